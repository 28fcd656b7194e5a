"""`?` and F1: every key that works on the screen beneath, what it does, and why not where it does not.

Typing narrows; a line that is chosen is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

KEY_CELLS: Final = 8
TITLE_CELLS: Final = 14
WIDEST: Final = 100
NARROWEST: Final = 14
BESIDE_THE_TEXT: Final = 5
"""Cells for edges and the scroll bar."""

NARROW: Final = 56
"""Below this width what an action does stands under its name."""


class KeyHelpLine(NamedTuple):
    """A key, its action, and the reason why it is disabled, empty where it is not. `action` is its id."""

    key: str
    title: str
    help: str
    reason: str = ""
    action: str = ""


class KeyHelp(ModalScreen[str | None]):
    """Gives back the id of the action that was chosen, or None. F1 again opens the guide, by `page`."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyHelp .key-help--text { height: auto; max-height: 40%; }
    KeyHelp .key-help--text > Static { height: auto; }
    KeyHelp .key-help--ask { height: 1; }
    KeyHelp OptionList, KeyHelp OptionList:focus { height: auto; max-height: 1fr; border: none; padding: 0;
                                                   background: $surface; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), show=False, id="key_help.leave"),
        Binding("up", "step(-1)", show=False, id="key_help.up"),
        Binding("down", "step(1)", show=False, id="key_help.down"),
        Binding("pageup", "step(-8)", show=False, id="key_help.page_up"),
        Binding("pagedown", "step(8)", show=False, id="key_help.page_down"),
        Binding("f1", "guide", show=False, id="key_help.guide"),
    ]

    def __init__(self, heading: str, lines: Sequence[KeyHelpLine], text: str = "", page: str = "") -> None:
        super().__init__()
        self._heading = heading
        self._lines = lines
        self._text = text
        self._page = page
        self._shown: list[KeyHelpLine] = []
        self._search = FieldInput()
        self._search.placeholder = _("type to find a key")
        self._list = OptionList()
        self._list.can_focus = False
        self._none = Static(classes="key-help--ask")

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
            yield self._search
            yield self._none
            yield self._list

    def on_mount(self) -> None:
        self._search.focus()

    def on_resize(self, _event: events.Resize) -> None:
        self._show()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == "?":
            # The key that opened the help closes it.
            self.dismiss(None)
            return
        self._show()

    def _show(self) -> None:
        """The lines that hold every word typed; none is chosen before one was typed or moved to."""
        words = folded(self._search.value).split()
        self._shown = [line for line in self._lines if _holds(line, words)]
        width = max(min(self.size.width, WIDEST) - BESIDE_THE_TEXT, NARROWEST)
        self._list.clear_options()
        self._list.add_options(Option(_drawn(line, width)) for line in self._shown)
        self._list.highlighted = 0 if words and self._shown else None
        self._none.update(
            server_text("" if self._shown else _("No key here does this; Ctrl+P finds what has none."))
        )
        self._none.display = not self._shown

    def action_step(self, step: int) -> None:
        """Up and down, while the cursor stays where one types."""
        if self._shown:
            now = self._list.highlighted
            place = (0 if step > 0 else len(self._shown) - 1) if now is None else now + step
            self._list.highlighted = min(max(place, 0), len(self._shown) - 1)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_if_typed_ahead()
        place = self._list.highlighted
        self.dismiss(self._shown[place].action if place is not None else None)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].action)

    def _show_if_typed_ahead(self) -> None:
        """What is typed in one burst counts before it is drawn."""
        words = folded(self._search.value).split()
        if words and self._shown != [line for line in self._lines if _holds(line, words)]:
            self._show()

    def action_guide(self) -> None:
        """F1 once more: the page of the guide about this screen."""
        self.dismiss(f"help {self._page}" if self._page else None)

    def action_leave(self) -> None:
        """Back to the screen beneath."""
        self.dismiss(None)


def _holds(line: KeyHelpLine, words: Sequence[str]) -> bool:
    text = folded(f"{line.key} {line.title} {line.help} {line.reason}")
    return all(word in text for word in words)


def _drawn(line: KeyHelpLine, width: int) -> Content:
    """Key, title and what it does, folded so that every line of it begins in the same column."""
    said = f"{line.help} ({_('not now: {reason}').format(reason=line.reason)})" if line.reason else line.help
    head = KEY_CELLS + TITLE_CELLS
    under = width < NARROW
    room = max(width - (2 if under else head), 10)
    lines = wrap(said, room) or [""]
    title = line.title + " " * max(TITLE_CELLS - cell_len(line.title), 1)
    key = line.key + " " * max(KEY_CELLS - cell_len(line.key), 1)
    if under or cell_len(title) + cell_len(key) > head:
        indent = "  " if under else " " * head
        texts = ["", *(indent + each for each in lines)]
    else:
        texts = [lines[0], *(" " * head + each for each in lines[1:])]
    style = "italic" if line.reason else ""
    return Content.assemble(
        server_text(key, "bold"),
        server_text(title, "strike" if line.reason else ""),
        server_text("\n".join(texts), style, multiline=True),
    )
