"""One line of input that opens above a list, for a filter or a position, and closes again."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class EntryBar(Horizontal):
    """`Filter: state=open`. Enter sends `Entered`, Esc sends `Closed` and changes nothing."""

    DEFAULT_CSS: ClassVar[str] = """
    EntryBar { display: none; height: 1; padding: 0 1; background: $panel; }
    EntryBar.-open { display: block; }
    EntryBar > .entry-bar--label { width: auto; padding: 0 1 0 0; text-style: bold; }
    EntryBar > FieldInput { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12", "close", _("Close without a change"), id="entry_bar.close"),
    ]

    class Entered(Message):
        """Enter was pressed; `purpose` is what the bar was opened for."""

        def __init__(self, bar: EntryBar, purpose: str, text: str) -> None:
            super().__init__()
            self.bar = bar
            self.purpose = purpose
            self.text = text

    class Closed(Message):
        """The bar was left without a change."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.purpose = ""
        self._label = Static(classes="entry-bar--label")
        self.input = FieldInput()

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.input

    def open(self, purpose: str, label: str, text: str = "", *, placeholder: str = "") -> None:
        """Opens the bar for a purpose, with a text to go on from."""
        self.purpose = purpose
        self._label.update(server_text(label))
        self.input.placeholder = placeholder
        self.input.select_on_focus = False
        self.input.value = text
        self.input.cursor_position = len(text)
        self.add_class("-open")
        self.input.focus()

    def close(self) -> None:
        """Hides the bar."""
        self.remove_class("-open")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self.post_message(self.Entered(self, self.purpose, event.value.strip()))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    def action_close(self) -> None:
        self.close()
        self.post_message(self.Closed())
