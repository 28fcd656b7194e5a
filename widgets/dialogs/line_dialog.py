"""All of one line of a list: names and values, to be read and left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text


class LineDialog(ModalScreen[None]):
    """Esc or Enter leaves."""

    DEFAULT_CSS: ClassVar[str] = """
    LineDialog {
        align: center middle;
        & > Vertical { width: 90%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & VerticalScroll { height: auto; max-height: 16; }
        & VerticalScroll > Static { height: auto; }
        & .line--title { text-style: bold; height: auto; margin: 0 0 1 0; }
        & .line--keys { height: 1; text-style: dim; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,enter", "leave", _("Back"), id="line.back"),
    ]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.question = title
        self.facts = facts

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="line--title")
            with VerticalScroll():
                shown: list[Content] = []
                for name, value in self.facts:
                    shown += [server_text(name, "bold"), server_text(value, multiline=True)]
                yield Static(Content("\n").join(shown))
            yield Static(_("Esc goes back"), classes="line--keys")

    def action_leave(self) -> None:
        self.dismiss(None)
