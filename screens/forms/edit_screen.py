"""What every form has in common: fields and lines, drafts while typing, errors in their place."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.containers import Vertical

from erp_tui.core.errors import ConflictError, ErpError, InvalidError, StaleError
from screens.forms.drafting import DraftingScreen
from screens.forms.looking_up import lookups_of, unverified, verified
from screens.forms.lookups import ApiLookups
from screens.forms.sending import SendingScreen
from screens.generic.zone import zone_of
from widgets.form_panel import FormPanel
from widgets.lines.lines_editor import LinesEditor
from widgets.shown import UTC_ZONE
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent


class EditScreen(SendingScreen, DraftingScreen):
    """A form panel, a lines editor where there are lines, and what sends them.

    A subclass builds its body in `build` and says in `intent` what F10 sends and in `succeeded` what then.
    """

    scope: ClassVar[str] = "form"
    DEFAULT_CSS: ClassVar[str] = """
    EditScreen > .edit--body { height: 1fr; }
    EditScreen .edit--body.-lined > FormPanel { height: auto; max-height: 50%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.form: FormPanel | None = None
        self.lines: LinesEditor | None = None
        self.lookups: ApiLookups | None = None
        self.zone = UTC_ZONE
        self._body = Vertical(classes="edit--body")

    def compose_body(self) -> Iterable[Any]:
        """The problem, if any, above the form."""
        yield self.problem
        yield self._body

    def on_mount(self) -> None:
        self._open()

    # What a subclass provides

    @abstractmethod
    async def build(self) -> None:
        """Asks for the description and makes `form` and `lines`. May raise `ErpError`."""

    @abstractmethod
    def intent(self) -> Intent:
        """What F10 sends."""

    # Opening

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _open(self) -> None:
        try:
            self.zone = await zone_of(self.api)
            self.lookups = lookups_of(self, self.zone)
            await self.build()
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        await self._body.mount(*(part for part in (self.form, self.lines) if part is not None))
        self._body.set_class(self.lines is not None, "-lined")
        if self.form is not None:
            self.form.focus_first()
        await self.offer_draft()
        self.ready()

    def ready(self) -> None:
        """Called when the form stands; a subclass may go on from here."""

    def without_typed(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """A draft without the fields that were typed into before it was offered: neither typing is lost."""
        typed = self.form.changed() if self.form else {}
        form = {name: text for name, text in (draft.get("form") or {}).items() if name not in typed}
        begun = self.lines is not None and (self.lines.has_entry or self.lines.lines)
        return {**draft, "form": form, "lines": None if begun and self._touched else draft.get("lines")}

    # Drafts

    def dump(self) -> dict[str, Any]:
        """All that was typed."""
        return {
            "form": self.form.dump() if self.form else {},
            "lines": self.lines.dump() if self.lines else {},
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Puts a draft back into the fields."""
        if self.form is not None:
            self.form.restore(data.get("form") or {})
        if self.lines is not None and data.get("lines"):
            self.lines.restore(data["lines"])
        self._touched = True

    def on_form_panel_changed(self) -> None:
        self.typed()

    def on_lines_editor_changed(self) -> None:
        self.typed()

    # Sending

    def check(self) -> bool:
        """Whether everything can be sent; shows why not where it is."""
        if self.form is not None and not self.form.check():
            self.app.bell()
            return False
        return self.lines is None or self.lines.finish_entry()

    def action_submit(self) -> None:
        """F10."""
        if self.busy or self.form is None or not self.check():
            return
        if unverified(self):
            self._submit_verified()
        else:
            self.send(self.intent())

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _submit_verified(self) -> None:
        """Sends once the server has confirmed the codes that this terminal remembered."""
        await verified(self)
        refused = self.form.first_wrong() if self.form is not None else None
        if refused is not None:
            refused.focus()
            self.app.bell()
        elif (self.lines is None or not self.lines.has_problems) and self.check():
            self.send(self.intent())

    def _done(self, result: Any) -> None:
        self.problem.clear()
        self.forget_draft()
        super()._done(result)

    def show_problem(self, problem: ErpError | str) -> None:
        """Above the form."""
        self.problem.show(problem)

    def refused(self, error: ErpError) -> None:
        """Shows an error where it belongs: under its fields, as a choice of values, or above the form."""
        self.keys.flush(error.sentence(), shown=True)
        if isinstance(error, InvalidError):
            self._show_invalid(error)
        elif isinstance(error, StaleError):
            self.stale(error)
        elif isinstance(error, ConflictError) and error.code == "description_changed":
            self.problem.show(error)
            self._rebuild()
        else:
            self.problem.show(error)

    def stale(self, error: StaleError) -> None:
        """Somebody else changed the record meanwhile."""
        self.problem.show(error)

    def _show_invalid(self, error: InvalidError) -> None:
        homeless = list(error.errors)
        if self.lines is not None:
            homeless = self.lines.show_errors(homeless)
        if self.form is not None:
            homeless = self.form.show_errors(homeless)
        if homeless or not error.errors:
            messages = " ".join(f"{each.field}: {each.message}".lstrip(": ") for each in homeless)
            self.problem.show(messages or error.sentence())
        else:
            self.problem.clear()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _rebuild(self) -> None:
        """Draws the form from the new description with everything that was typed."""
        typed = self.dump()
        try:
            await self.build()
        except ErpError as error:
            self.problem.show(error)
            return
        await self._body.remove_children()
        await self._body.mount(*(part for part in (self.form, self.lines) if part is not None))
        self.restore(typed)

    def action_refresh(self) -> None:
        """F5: draws the form from the server's present description; what was typed stays."""
        if self.form is None:
            self._open()
        else:
            self._rebuild()
