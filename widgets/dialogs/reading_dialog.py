"""A text of any length, to be read in full."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.table.row_keys import SCROLLING, row_bindings
from widgets.text import server_text


class ReadingScroll(VerticalScroll):
    """The text itself, moved over by the keys of rows."""

    ROW_ACTIONS = SCROLLING
    BINDINGS: ClassVar[list[BindingType]] = [*row_bindings(SCROLLING)]


class ReadingDialog(ModalScreen[bool]):
    """Gives back whether the text is to be copied."""

    DEFAULT_CSS: ClassVar[str] = """
    ReadingDialog {
        align: center middle;
        & > Vertical { width: 90%; height: auto; max-height: 90%; border: heavy $primary; background: $surface;
                       padding: 0 1; }
        & .reading--title { height: auto; text-style: bold; }
        & ReadingScroll { height: auto; max-height: 70vh; min-height: 1; }
        & ReadingScroll > Static { height: auto; }
        & .reading--keys { height: 1; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,enter", "answer(False)", _("Back"), id="reading.back"),
        Binding("ctrl+y", "answer(True)", _("Copy"), id="reading.copy"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.heading = title
        self.text = text

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="reading--title")
            with ReadingScroll():
                yield Static(server_text(self.text, multiline=True))
            yield Static(server_text(_("Esc goes back · Ctrl+Y copies it")), classes="reading--keys")

    def on_mount(self) -> None:
        self.query_one(ReadingScroll).focus()

    def action_answer(self, copied: bool) -> None:
        self.dismiss(copied)
