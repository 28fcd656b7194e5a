"""One value of a row, changed in the list itself: the field's own editor over the cell, the error under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.fields.base import FieldWidget
from widgets.text import server_text

LEAST_CELLS = 24
ERROR_CELLS = 48
"""A sentence under the editor has so much room, where the list has."""


class CellEditor(Vertical):
    """Stands over a cell. Enter sends `Entered`, Tab `Turned`, Esc `Left`; it is removed by who mounted it."""

    DEFAULT_CSS: ClassVar[str] = """
    CellEditor {
        position: absolute; layer: above; height: auto; background: $boost;
        & > .cell--title, & > .cell--error { height: auto; padding: 0 1; background: $panel; }
        & > .cell--error { display: none; color: $error; text-style: bold; }
        &.-wrong > .cell--error { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12", "leave", _("Leave the value as it was"), id="cell.leave"),
        Binding("tab", "turn(1)", _("The next column"), id="cell.next"),
        Binding("shift+tab", "turn(-1)", _("The column before"), id="cell.previous"),
    ]
    help_text = _(
        "Enter saves the value and goes down a row; Tab goes to the next column; Esc changes nothing."
    )

    class Entered(Message):
        """Enter was pressed on a value that can be read."""

    class Left(Message):
        """Esc was pressed."""

    class Turned(Message):
        """Another column of the row is wanted."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, field: FieldWidget, value: Any, row: Mapping[str, Any]) -> None:
        super().__init__()
        self.field = field
        self._value, self._row = value, row
        self._cell, self._within = Region(), Region()
        self._before = ""
        self._error = Static(classes="cell--error")

    def compose(self) -> ComposeResult:
        yield self.field
        yield self._error

    def on_mount(self) -> None:
        self.field.load(self._value, self._row)
        self._before = self.field.text
        self.field.focus()
        self.call_after_refresh(self._show_beginning)

    def _show_beginning(self) -> None:
        """A value wider than its cell was scrolled to its end before the cell had a width."""
        self.field.editor.scroll_to(0, 0, animate=False)

    @property
    def is_changed(self) -> bool:
        """Whether what stands in it differs from what was there."""
        return self.field.text != self._before

    def place(self, cell: Region, within: Region) -> None:
        """Lays it over a cell, as wide as an editor needs, inside the list."""
        self._cell, self._within = cell, within
        least = ERROR_CELLS if self.has_class("-wrong") else LEAST_CELLS
        width = min(max(cell.width, least), within.width)
        left = max(within.x, min(cell.x, within.right - width))
        self.styles.width = width
        self.styles.offset = (left, cell.y)

    def say(self, sentence: str) -> None:
        """Shows what is wrong under the editor; empty takes it away."""
        self._error.update(server_text(sentence, multiline=True))
        self.set_class(bool(sentence), "-wrong")
        self.place(self._cell, self._within)

    def advance_from(self, field: FieldWidget) -> None:
        """Enter in the field, on a good value."""
        self.post_message(self.Entered())

    def on_field_widget_error_changed(self, event: FieldWidget.ErrorChanged) -> None:
        event.stop()
        self.say(event.field.error or "")

    def on_field_widget_changed(self, event: FieldWidget.Changed) -> None:
        event.stop()
        self.say("")

    def action_turn(self, step: int) -> None:
        self.post_message(self.Turned(step))

    def action_leave(self) -> None:
        self.post_message(self.Left())
