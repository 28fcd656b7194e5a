"""`?` and F1: every key that works on the screen beneath, what it does, and why not where it does not.

Typing narrows; a line that is chosen is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from screens.system.searched_keys import SearchedKeys, folded_line
from widgets.text import server_text

CELLS: Final = (8, 14)
"""How wide keys and titles are."""


class KeyHelpLine(NamedTuple):
    """A key, its action, and the reason why it is disabled, empty where it is not. `action` is its id."""

    key: str
    title: str
    help: str
    reason: str = ""
    action: str = ""


class KeyHelp(SearchedKeys[KeyHelpLine, str | None]):
    """Gives back the id of the action that was chosen, or None. F1 again opens the guide, by `page`."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyHelp .key-help--text { height: auto; max-height: 40%; }
    KeyHelp .key-help--text > Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "guide", show=False, id="key_help.guide"),
    ]

    def __init__(self, heading: str, lines: Sequence[KeyHelpLine], text: str = "", page: str = "") -> None:
        super().__init__()
        self._heading = heading
        self._lines = lines
        self._text = text
        self._page = page

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(self._heading)
            panel.border_subtitle = server_text(
                _("↓ Enter does it · F1 the guide · Esc closes")
                if self._page
                else _("↓ Enter does it · Esc closes")
            )
            if self._text:
                with VerticalScroll(classes="key-help--text", can_focus=False):
                    yield Static(server_text(self._text, multiline=True))
            yield self.search
            yield self.said
            yield self.list

    def lines(self) -> Sequence[KeyHelpLine]:
        """Those of the screen beneath, as it was when the help was asked for."""
        return self._lines

    def searched(self, line: KeyHelpLine) -> str:
        """All of it but the id."""
        return f"{line.key} {line.title} {line.help} {line.reason}"

    def said_of_none(self) -> str:
        """Where to look for what has no key."""
        return _("No key here does this; Ctrl+P finds what has none.")

    def drawn(self, line: KeyHelpLine, width: int) -> Content:
        """One that is disabled is struck out, with its reason."""
        if not line.reason:
            return folded_line(line.key, line.title, line.help, width, CELLS)
        said = f"{line.help} ({_('not now: {reason}').format(reason=line.reason)})"
        return folded_line(line.key, line.title, said, width, CELLS, ("bold", "strike", "italic"))

    @on(Input.Changed)
    def _end_by_its_key(self, event: Input.Changed) -> None:
        """The key that opened the help closes it."""
        if event.value == "?":
            self.dismiss(None)

    def chosen(self, line: KeyHelpLine | None) -> None:
        """It is done once the help is closed; Enter alone closes it."""
        self.dismiss(line.action if line is not None else None)

    def action_guide(self) -> None:
        """F1 once more: the page of the guide about this screen."""
        self.dismiss(f"help {self._page}" if self._page else None)
