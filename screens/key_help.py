"""`?`: every key that works on the screen beneath, what it does, and why not where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text

KEY_COLUMN = 8
TITLE_COLUMN = 12


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
            yield Static(Content("\n").join([self._shown(line) for line in self._lines]))

    @staticmethod
    def _shown(line: KeyHelpLine) -> Content:
        shown = Content.assemble(
            server_text(f"{line.key:<{KEY_COLUMN}}", "bold"),
            server_text(f"{line.title:<{TITLE_COLUMN}} "),
            server_text(line.help),
        )
        if line.reason:
            shown = Content.assemble(shown, " ", server_text(f"({_('not now')}: {line.reason})", "italic"))
        return shown

    def action_dismiss_help(self) -> None:
        """Back to the screen beneath."""
        self.dismiss()
