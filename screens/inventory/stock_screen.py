"""The stock of one product, place or lot: what lies where, against the minimum, and every move behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from erp_tui.core.entry.values import decimal_from_server, format_decimal
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from screens.base import ErpScreen
from screens.generic import routes
from screens.generic.fetching import resource_fetch
from screens.generic.zone import zone_of
from screens.inventory.subjects import NAMED, Subject, find_subject, shown_as
from widgets.fields.text_field import FieldInput
from widgets.problem_panel import ProblemPanel
from widgets.table.columns import Column, columns_of
from widgets.table.paged_table import PagedTable
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Record
    from erp_tui.core.scanning.reading import Scan

BALANCES, MOVES = "stock-balances", "stock-moves"


class CodeBar(Horizontal):
    """Scan or code, then Enter."""

    DEFAULT_CSS: ClassVar[str] = """
    CodeBar { height: 1; padding: 0 1; background: $panel; }
    CodeBar > Label { width: auto; padding: 0 1 0 0; text-style: bold; }
    CodeBar > FieldInput { width: 30; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.input = FieldInput()

    def compose(self) -> ComposeResult:
        yield Label(server_text(_("Product, place or lot")))
        yield self.input


class StockScreen(ErpScreen[None]):
    """Type a code at any time; Tab and the arrow keys walk the balances and moves, Enter opens a row."""

    word: ClassVar[str] = "stock"
    scope: ClassVar[str] = "stock"
    DEFAULT_CSS: ClassVar[str] = """
    StockScreen > .stock--head { height: auto; min-height: 2; padding: 0 1; text-style: bold; }
    StockScreen > .stock--moves { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    StockScreen > #balances { height: 2fr; }
    StockScreen > #moves { height: 3fr; }
    """

    help_text = marked(
        "Scan or type the code of a product, a place or a lot, then Enter. Tab goes on to what lies where, and to "
        "the moves, which Enter opens; Esc comes back to the code. A scan is taken wherever the cursor stands."
    )

    def __init__(self, wanted: str = "") -> None:
        super().__init__()
        self.heading = _("Stock")
        self.wanted = wanted
        self.subject: Subject | None = None
        self.product: Record | None = None
        self.bar = CodeBar()
        self.problem = ProblemPanel()
        self.balances = PagedTable(id="balances")
        self.moves = PagedTable(id="moves")
        self._head = Static(classes="stock--head")
        self._moves_title = Static(server_text(_("Moves, the latest first")), classes="stock--moves")
        self._columns: dict[str, list[Column]] = {}

    def shown_word(self) -> str:
        """The word with the code, which opens the same stock again."""
        return f"stock {self.subject.word if self.subject else ''}".strip()

    def compose_body(self) -> Iterable[Any]:
        """The code, what there is, the ledger."""
        yield self.bar
        yield self.problem
        yield self._head
        yield self.balances
        yield self._moves_title
        yield self.moves

    def on_mount(self) -> None:
        self.bar.input.value = self.wanted
        self.bar.input.focus()
        if self.wanted:
            self._open(self.wanted)
        else:
            self._head.update(
                server_text(_("Scan or type the code of a product, a place or a lot, then Enter."))
            )

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if text := event.value.strip():
            self._open(text)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    def take_scan(self, scan: Scan, *, typing: bool) -> bool:
        """Shows the stock of what was scanned, wherever the cursor is."""
        if scan.problem is not None:
            self._not_found(scan.problem.sentence())
        else:
            self._open(scan.key)
        return True

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self, text: str) -> None:
        try:
            if not self._columns:
                zone = await zone_of(self.api)
                for resource in (MOVES, BALANCES):
                    self._columns[resource] = columns_of(await self.api.describe_resource(resource), zone)
            found = await find_subject(self.api, text, self.keys.scanner)
            subject = found[0] if len(found) == 1 else await self._choice(text, found)
            product = await self.api.get("products", subject.product) if subject and subject.product else None
        except ErpError as error:
            self.keys.flush(error.sentence(), shown=True)
            self.problem.show(error)
            return
        if subject is None:
            if not found:
                self._not_found(
                    _(
                        "Nothing is called '{text}': no product, barcode, place or lot. Scan or type another one."
                    ).format(text=shown_as(text))
                )
            return
        self.problem.clear()
        self._show(subject, product)

    async def _choice(self, text: str, found: Sequence[Subject]) -> Subject | None:
        """Which of several is meant: asked, because guessing would show another's stock."""
        if not found:
            return None
        from screens.scanning.choice_dialog import ScanChoice

        chosen = await self.app.push_screen_wait(
            ScanChoice(shown_as(text), [each.candidate for each in found])
        )
        return next((each for each in found if each.candidate is chosen), None)

    def _not_found(self, sentence: str) -> None:
        self.keys.flush(sentence, shown=True)
        self.host.tones.bad()
        self.problem.show(sentence)
        self.bar.input.focus()
        self.bar.input.select_all()

    def _show(self, subject: Subject, product: Record | None) -> None:
        self.subject, self.product = subject, product
        self.retitle(_("Stock of {what}").format(what=subject.label))
        self.bar.input.value = subject.word
        self.bar.input.focus()
        self.bar.input.select_all()
        self._head.update(server_text(_summary(product.data) if product else subject.about(), multiline=True))
        self._moves_title.update(server_text(subject.moves_title()))
        self.balances.show(
            self._columns_for(BALANCES, subject),
            resource_fetch(self.api, BALANCES, filter=f"{subject.filter},on_hand"),
            empty=_("There is nothing in stock."),
        )
        self.moves.show(
            self._columns_for(MOVES, subject),
            resource_fetch(self.api, MOVES, filter=subject.move_filter, ordering="-effective_at"),
            ordering="-effective_at",
            empty=_("Nothing has ever moved."),
        )

    def _columns_for(self, resource: str, subject: Subject) -> list[Column]:
        """Without the columns that would say the same in every row."""
        return [column for column in self._columns[resource] if column.name not in NAMED[subject.kind]]

    def action_refresh(self) -> None:
        """F5: reads everything again."""
        text = self.subject.word if self.subject else self.bar.input.value.strip()
        if text:
            self._open(text)

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        resource = BALANCES if event.table is self.balances else MOVES
        self.app.push_screen(routes.detail_screen(resource, int(event.row["id"])))

    def action_back(self) -> None:
        """Esc: from a table to the code, from there back."""
        if self.bar.input.has_focus:
            self.host.leave_screen()
        else:
            self.bar.input.focus()


def _summary(product: Mapping[str, Any]) -> str:
    """On hand, minimum and maximum in the base unit, and in words whether something has to be done."""
    unit = str(product.get("unit_code") or "")
    on_hand = _number(product.get("on_hand"))
    minimum = _number(product.get("minimum_level"))
    parts = [_("On hand {quantity} {unit}").format(quantity=_shown(on_hand), unit=unit)]
    if minimum is not None:
        parts.append(_("minimum {quantity} {unit}").format(quantity=_shown(minimum), unit=unit))
    if (maximum := _number(product.get("maximum_level"))) is not None:
        parts.append(_("maximum {quantity} {unit}").format(quantity=_shown(maximum), unit=unit))
    line = " · ".join(parts)
    if minimum is not None and on_hand is not None and on_hand < minimum:
        short = _("! Below the minimum by {quantity} {unit}.").format(
            quantity=_shown(minimum - on_hand), unit=unit
        )
        return f"{line}\n{short}"
    return line


def _number(value: Any) -> Decimal | None:
    return None if value is None else decimal_from_server(value)


def _shown(value: Decimal | None) -> str:
    return "?" if value is None else format_decimal(value, grouped=True)


def open_word(arguments: Sequence[str]) -> StockScreen:
    """`stock`, `stock WIDGET-1`, `stock location:MAIN`, `stock lot:L-1`."""
    return StockScreen(" ".join(arguments))
