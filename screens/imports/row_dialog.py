"""What should stand in this row: its cells as the file has them, the wrong ones first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from erp_tui.core.remote.models import FieldDescription
from screens.imports.check_step import REFUSED
from widgets.form_panel import FormPanel
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportIssue, ImportRow


class Mended(NamedTuple):
    """The cells that were changed, by field, what stood in them, and whether all that read alike are meant."""

    changed: dict[str, str]
    was: dict[str, str]
    alike: bool = False


class RowDialog(ModalScreen[Mended | None]):
    """The row as the file has it, the wrong cells first; gives back the cells that were changed, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    RowDialog {
        align: center middle;
        & > Vertical { width: 76; max-width: 98%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & FormPanel { height: auto; max-height: 14; padding: 0; }
        & .row--title { height: auto; text-style: bold; }
        & .row--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="row.leave"),
        Binding("f10", "take", _("Take"), id="row.take"),
        Binding("f6", "take_alike", _("All alike"), id="row.alike"),
    ]

    def __init__(
        self,
        row: ImportRow,
        titles: Mapping[str, str],
        changeable: Sequence[str],
        *,
        typed: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        """`typed` is what was left half typed here before, `keep` hears after each change what stands there now."""
        super().__init__()
        self._typed = dict(typed or {})
        self._keep = keep
        self._row = row
        self._titles = titles
        wrong = [issue.field for issue in row.issues if issue.field in changeable]
        names = [*dict.fromkeys(wrong), *(name for name in changeable if name not in wrong)]
        shown = {issue.field: issue.value for issue in row.issues if issue.value is not None}
        # What was typed counts, not what it was understood as; of a refused row the values are as typed.
        typed = row.values if row.status == REFUSED else shown
        self._was = {
            name: str(typed.get(name, shown.get(name, row.values.get(name))) or "") for name in names
        }
        self.form = FormPanel(
            [FieldDescription(name=name, title=titles.get(name, name), type="text") for name in names],
            values=self._was,
        )

    def compose(self) -> ComposeResult:
        with Vertical():
            said = [_("Row {number} of the file").format(number=self._row.row)]
            said += [self._told(issue) for issue in self._row.issues]
            yield Static(server_text("\n".join(said), multiline=True), classes="row--title")
            yield self.form
            keys = _("F10 this row · F6 every row with the same text · Esc back · the file stays as it is")
            yield Static(server_text(keys), classes="row--keys")

    def _told(self, issue: ImportIssue) -> str:
        """What is wrong in which field, and what would mend it."""
        title = self._titles.get(issue.field, issue.field)
        where = f"{title}: " if title else ""
        return f"✗ {where}{issue.message} {issue.remedy or ''}".strip()

    def on_mount(self) -> None:
        self.form.restore(self._typed)
        self.form.focus_first()

    @on(FormPanel.Changed)
    def _half_typed(self, event: FormPanel.Changed) -> None:
        event.stop()
        if self._keep is not None:
            self._keep(self._changed())

    def _changed(self) -> dict[str, str]:
        return {name: value or "" for name, value in self.form.changed().items()}

    @on(FormPanel.Completed)
    def action_take(self) -> None:
        """Hands over what was changed, for this row."""
        self._hand_over(alike=False)

    def action_take_alike(self) -> None:
        """Hands over what was changed, for every row in which the same text stands."""
        self._hand_over(alike=True)

    def _hand_over(self, *, alike: bool) -> None:
        self.dismiss(Mended(self._changed(), self._was, alike))

    def action_leave(self) -> None:
        """Esc: what is half typed is there again when the row is."""
        self.dismiss(None)
