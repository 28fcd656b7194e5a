"""Raising a purchase order: supplier, lines, review, done (E-030…E-034)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work

from erp_tui.core.entry.values import today_in
from erp_tui.core.errors import ErpError, InvalidError, OutcomeUnknown
from erp_tui.core.i18n import _
from screens.forms.copy_of import copied
from screens.forms.drafting import DraftingScreen
from screens.forms.looking_up import lookups_of, verified
from screens.forms.sending import SendingScreen
from screens.generic import routes
from screens.generic.zone import zone_of
from screens.purchasing.order_steps import LinesStep, OrderReview, SupplierStep
from screens.purchasing.prices import SupplierPrices
from widgets.fields.lookup_field import LookupField
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.waiting import LOOK_UP_GROUP
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import Description, FieldDescription, OperationResult, Record

ORDERS = "purchase-orders"
HEAD_FIELDS = ("supplier", "expected_on", "location", "customer", "currency", "rate", "supplier_reference")
LINE_FIELDS = ("product", "quantity", "unit", "unit_price")
DRAFT = "purchase-orders/new"
SUPPLIER, LINES, REVIEW = range(3)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps, once the description is known."""

    head: SupplierStep
    lines: LinesStep
    review: OrderReview
    frame: WizardFrame

    @property
    def wrong(self) -> bool:
        """Whether something that was refused stands as it was."""
        return self.lines.wrong or any(field.error for field in self.head.fields.values())


class OrderWizard(SendingScreen, DraftingScreen):
    """F10 goes from step to step; nothing is written before the last one, and nothing typed is ever lost."""

    word: ClassVar[str] = "po new"
    scope: ClassVar[str] = "wizard"
    DEFAULT_CSS: ClassVar[str] = "OrderWizard WizardFrame { height: 1fr; }"

    def __init__(self, like: Record | None = None) -> None:
        """`like` is an order that the new one begins as a copy of."""
        super().__init__()
        self.like = like
        self.begins_anew = like is not None
        self.heading = _("New purchase order")
        self.description: Description | None = None
        self.steps: Steps | None = None
        self.prices: SupplierPrices | None = None
        self.order: Record | None = None

    def compose_body(self) -> Iterable[Any]:
        """A problem that belongs to no step; the steps are mounted once they are described."""
        yield self.problem

    def on_mount(self) -> None:
        self._open()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self) -> None:
        try:
            description = await self.api.describe_resource(ORDERS)
            zone = await zone_of(self.api)
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        self.description = description
        lookups = lookups_of(self, zone)
        self.prices = SupplierPrices(self.api)
        line_fields = description.lines.fields if description.lines else []
        entered = (
            description.lines.model_copy(update={"fields": _chosen(line_fields, LINE_FIELDS)})
            if description.lines
            else None
        )
        assert entered is not None, "purchase orders have lines"
        values = copied(description, self.like.data, today_in(zone)) if self.like is not None else {}
        head = SupplierStep(
            _chosen(description.fields, HEAD_FIELDS), values=values, lookups=lookups, zone=zone
        )
        lines = LinesStep(
            entered,
            lines=values.get(entered.name, ()),
            lookups=lookups,
            fill=self.prices.fill,
            finish=self.prices.finish,
            zone=zone,
        )
        review = OrderReview(line_fields)
        frame = WizardFrame([head, lines, review])
        self.steps = Steps(head, lines, review, frame)
        await self.mount(frame, after=self.problem)
        if self.like is not None:
            self.retitle(
                _("New purchase order, copied from {number}").format(number=self.like.data["number"])
            )
        await self.offer_draft()

    # Drafts

    def draft_name(self) -> str:
        """One draft: a person raises one order at a time on a terminal."""
        return DRAFT

    def dump(self) -> dict[str, Any]:
        """What every step holds."""
        return self.steps.frame.dump() if self.steps else {}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back, on the step where it was left."""
        if self.steps is not None:
            self.steps.frame.restore(data)
            self._use_terms(self.steps)

    @on(FormPanel.Changed)
    @on(LinesEditor.Changed)
    def _something_typed(self) -> None:
        if self.order is not None:
            return
        self.typed()
        if self.steps is not None and not self.steps.wrong:
            self.steps.frame.mended()

    # Moving

    def why_not(self, action_id: str) -> str:
        """The keys of the steps have done their work once the order is there."""
        if self.order is not None and action_id.startswith("wizard_"):
            return _("the order is created.")
        return ""

    @on(FormPanel.Completed)
    @on(LinesEditor.Completed)
    def _step_completed(self) -> None:
        self.action_wizard_submit()

    def action_wizard_submit(self) -> None:
        """F10."""
        if self.steps is not None and not self.busy:
            self._forward(self.steps)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _forward(self, steps: Steps) -> None:
        """The supplier has to be known before its prices can be, and by the server before anything is sent."""
        await verified(self)
        if steps.frame.index != SUPPLIER or await steps.head.look_up():
            self._use_terms(steps)
            steps.frame.forward()

    def action_wizard_back(self) -> None:
        """F7."""
        if self.steps is not None and not self.steps.frame.back():
            self.app.bell()

    def action_wizard_preview(self) -> None:
        """F8: what the server would make of it, from any step."""
        if self.steps is not None and self.steps.head.check() and self.steps.lines.check():
            self.steps.frame.go_to(REVIEW)

    def action_refresh(self) -> None:
        """F5: reads the descriptions again where they could not be read."""
        if self.steps is None:
            self._open()
        elif self.steps.frame.index == REVIEW and not self.busy and self.order is None:
            self._review(self.steps)

    def action_back(self) -> None:
        """Esc: one step back; on the first one leaves, and what was typed is kept as a draft."""
        if self.order is None and self.steps is not None and self.steps.frame.back():
            return
        self.action_leave()

    @on(WizardFrame.Entered)
    def _entered(self, event: WizardFrame.Entered) -> None:
        if self.steps is None:
            return
        self._use_terms(self.steps)
        if event.index == REVIEW:
            self._review(self.steps)

    @on(LookupField.Resolved)
    def _reference_known(self) -> None:
        if self.steps is not None:
            self._use_terms(self.steps)

    def _use_terms(self, steps: Steps) -> None:
        if self.prices is not None:
            self.prices.for_supplier(steps.head.supplier, steps.head.currency)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _review(self, steps: Steps) -> None:
        steps.review.wait()
        try:
            preview = await self.api.create(ORDERS, self._body(steps), dry_run=True, description=self._etag)
        except ErpError as error:
            self.refused(error)
            return
        steps.review.show(preview)

    # Sending

    @property
    def _etag(self) -> str | None:
        return self.description.etag if self.description else None

    @staticmethod
    def _body(steps: Steps) -> dict[str, Any]:
        return {**steps.head.given(), "lines": steps.lines.values()}

    @on(WizardFrame.Finished)
    def _finished(self, event: WizardFrame.Finished) -> None:
        if self.steps is not None:
            self.send(self._intent_of(self.steps))

    def _intent_of(self, steps: Steps) -> Intent:
        from erp_tui.core.kept.outbox import Intent

        title = _("Order from {supplier}").format(supplier=steps.head.supplier_name)
        return Intent("create", ORDERS, self._body(steps), title, description=self._etag)

    def show_problem(self, problem: ErpError | str) -> None:
        """On the step that is shown. While the outcome is unknown the step stays locked."""
        if self.steps is None:
            self.problem.show(problem)
            return
        self.steps.frame.fail(problem)
        self.steps.frame.busy = isinstance(problem, OutcomeUnknown)

    def work_failed(self, work: str, error: ErpError) -> bool:
        """The preview stopped at an error in the program: F10 asks for it again."""
        if work != self._review.__name__:
            return super().work_failed(work, error)
        if self.steps is not None:
            self.steps.review.nothing_known()
        self.show_problem(error)
        return True

    def refused(self, error: ErpError) -> None:
        """Shows the refusal on the step where it can be mended."""
        self.keys.flush(error.sentence(), shown=True)
        if self.steps is None or not isinstance(error, InvalidError):
            self.show_problem(error)
            return
        steps = self.steps
        of_lines = [each for each in error.errors if each.field.startswith("lines")]
        of_head = [each for each in error.errors if each not in of_lines]
        step = LINES if of_lines and not of_head else SUPPLIER
        steps.frame.fail(error, step)
        if step == LINES:
            steps.lines.show_errors(of_lines)
        else:
            steps.head.show_errors(of_head)

    def succeeded(self, result: Any) -> None:
        """The order is there: by its number, and what can be done with it."""
        self.forget_draft()
        if self.order is None:
            self.order = result
        else:
            self._confirmed(result)
            return
        assert self.order is not None
        self.retitle(_("Purchase order {number}").format(number=self._number))
        self._offer_next(_("Order {number} is created as a draft.").format(number=self._number), confirm=True)

    @property
    def _number(self) -> str:
        return str(self.order.data.get("number", "")) if self.order else ""

    def _offer_next(self, sentence: str, *, confirm: bool) -> None:
        choices = [
            ("confirm", _("Confirm it now, so that it can be received")),
            ("receive", _("Receive it now")),
            ("open", _("Open it")),
            ("new", _("Raise another order")),
            ("leave", _("Back")),
        ]
        offered = [each for each in choices if each[0] != ("receive" if confirm else "confirm")]
        if self.steps is not None:
            self.steps.frame.succeed(sentence, offered)
            self.refresh_keys()

    @on(WizardFrame.NextChosen)
    def _next_chosen(self, event: WizardFrame.NextChosen) -> None:
        if self.order is None or self.busy:
            return
        match event.action:
            case "confirm":
                self._confirm(self.order)
            case "receive":
                self._replace_by(f"receive {self._number}")
            case "open":
                self.app.switch_screen(routes.detail_screen(ORDERS, self.order.id))
            case "new":
                self._replace_by("po new")
            case _:
                self.host.leave_screen()

    def _replace_by(self, word: str) -> None:
        self.host.leave_screen()
        self.host.open_word(word)

    def _confirm(self, order: Record) -> None:
        from erp_tui.core.kept.outbox import Intent

        title = _("Confirm order {number}").format(number=self._number)
        self.send(Intent("operate", "purchasing.confirm", {"order": order.id}, title, version=order.version))

    def _confirmed(self, result: OperationResult) -> None:
        self._offer_next(result.message, confirm=False)


def _chosen(fields: Iterable[FieldDescription], names: Iterable[str]) -> list[FieldDescription]:
    """The fields of these names, in this order; one that this person may not see is left out."""
    known = {field.name: field for field in fields}
    return [known[name] for name in names if name in known and not known[name].read_only]


def open_new() -> OrderWizard:
    """A new order."""
    return OrderWizard()


def open_copy(order: Record) -> OrderWizard:
    """A new order like this one."""
    return OrderWizard(order)


def open_word(_arguments: Iterable[str]) -> OrderWizard:
    """`po new`; what follows is ignored."""
    return OrderWizard()
