"""`?`: every key that works on the screen beneath, what it does, and why not where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text


class KeyHelpLine(NamedTuple):
    """A key, its action, and the reason why it is disabled, empty where it is not."""

    key: str
    title: str
    help: str
    reason: str = ""


class KeyHelp(ModalScreen[None]):
    """The list, closed by Esc, F12, F3, Enter or `?`."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyHelp .dialog { width: 100%; max-width: 96; padding: 0 1; }
    KeyHelp .key-help--line { height: auto; }
    KeyHelp .key-help--key { width: 8; }
    KeyHelp .key-help--title { width: 13; }
    KeyHelp .key-help--text { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,enter,question_mark,q", "dismiss_help", show=False)
    ]

    def __init__(self, heading: str, lines: Sequence[KeyHelpLine], text: str = "") -> None:
        super().__init__()
        self._heading = heading
        self._lines = lines
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as panel:
            panel.border_title = server_text(self._heading)
            panel.border_subtitle = server_text(_("Esc closes"))
            if self._text:
                yield Static(server_text(self._text, multiline=True))
                yield Static("")
            for line in self._lines:
                with Horizontal(classes="key-help--line"):
                    yield Static(server_text(line.key, "bold"), classes="key-help--key")
                    yield Static(server_text(line.title), classes="key-help--title")
                    yield Static(self._explained(line), classes="key-help--text")

    @staticmethod
    def _explained(line: KeyHelpLine) -> Content:
        if not line.reason:
            return server_text(line.help)
        return Content.assemble(
            server_text(line.help), " ", server_text(f"({_('not now')}: {line.reason})", "italic")
        )

    def action_dismiss_help(self) -> None:
        """Back to the screen beneath."""
        self.dismiss()
