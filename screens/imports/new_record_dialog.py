"""The record that is to be made for a text when the file is taken in: what it needs, begun with the text itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.form_panel import FormPanel
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription
    from widgets.fields.lookup import Lookups


class NewRecordDialog(ModalScreen[dict[str, Any] | None]):
    """Gives back the values of the new record, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    NewRecordDialog {
        align: center middle;
        & > Vertical { width: 76; max-width: 98%; height: auto; max-height: 95%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & FormPanel { height: auto; max-height: 14; padding: 0; }
        & .new--title { height: auto; text-style: bold; margin: 0 0 1 0; }
        & .new--keys { height: auto; text-style: dim; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="new.leave"),
        Binding("f10", "take", _("Take"), id="new.take"),
    ]

    def __init__(
        self, description: Description, text: str, begun: Mapping[str, Any], lookups: Lookups | None
    ) -> None:
        super().__init__()
        self._titled = description.title_one or description.title
        self._text = text
        # What a new record begins with by itself is not asked.
        self.form = FormPanel(needed_fields(description, begun), values=begun, lookups=lookups)

    def compose(self) -> ComposeResult:
        with Vertical():
            title = _("{one} for “{text}”: made when the file is taken in, and taken back with it").format(
                one=self._titled, text=self._text
            )
            yield Static(server_text(title), classes="new--title")
            yield self.form
            keys = _("Enter goes on, on the last line takes it · F10 at once · Esc back")
            yield Static(server_text(keys), classes="new--keys")

    def on_mount(self) -> None:
        self.form.focus_first()

    @on(FormPanel.Completed)
    def action_take(self) -> None:
        """Hands over what is filled in, once all that is needed is."""
        wrong = next((field for field in self.form.fields.values() if not field.check()), None)
        if wrong is not None:
            wrong.focus()
            self.app.bell()
            return
        self.dismiss(self.form.given())

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)


def needed_fields(description: Description, begun: Mapping[str, Any]) -> list[FieldDescription]:
    """The fields without which no record is made, and those that are begun."""
    return [
        field
        for field in description.fields
        if not field.read_only and (field.name in begun or (field.required and field.default is None))
    ]
