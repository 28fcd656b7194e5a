"""`:keys`: every key there is; Enter on one takes the next key that is pressed in its place, Delete gives back
the one that is shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from erp_tui.core.keys.terminal_keys import key_name
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

KEY_CELLS: Final = 14
TITLE_CELLS: Final = 16
AROUND: Final = 5
"""Cells for edges and the scroll bar."""

WIDEST: Final = 100
LEAST: Final = 10
KEEPS: Final = "escape"
"""The key that is never captured: it leaves everything as it was."""


class KeyLine(NamedTuple):
    """An action: its id, its keys as they are named to a person, what it does and where it works. `shipped` are the
    keys that it comes with, where the person has chosen others."""

    action: str
    keys: str
    title: str
    help: str
    where: str
    shipped: str = ""


class KeyChooser(ModalScreen[None]):
    """`lines` gives what there is now. `change(id, key)` takes a key for an action, None for the shipped one, and
    gives back why not, as a sentence, empty where it is done."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyChooser .key-chooser--said { height: auto; }
    KeyChooser .key-chooser--said.-asks { text-style: bold; }
    KeyChooser OptionList, KeyChooser OptionList:focus { height: auto; max-height: 1fr; border: none; padding: 0;
                                                         background: $surface; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), show=False, id="key_chooser.leave"),
        Binding("up", "step(-1)", show=False, id="key_chooser.up"),
        Binding("down", "step(1)", show=False, id="key_chooser.down"),
        Binding("pageup", "step(-8)", show=False, id="key_chooser.page_up"),
        Binding("pagedown", "step(8)", show=False, id="key_chooser.page_down"),
        Binding("delete", "give_back", show=False, id="key_chooser.give_back", priority=True),
    ]

    def __init__(
        self, lines: Callable[[], Sequence[KeyLine]], change: Callable[[str, str | None], str]
    ) -> None:
        super().__init__()
        self._lines, self._change = lines, change
        self._shown: list[KeyLine] = []
        self._capturing: KeyLine | None = None
        self._search = FieldInput()
        self._search.placeholder = _("type to find a key")
        self._said = Static(classes="key-chooser--said")
        self._list = OptionList()
        self._list.can_focus = False

    @property
    def takes_every_key(self) -> bool:
        """Whether the next key is wanted as it is, also one that acts wherever one is."""
        return self._capturing is not None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Keys"))
            panel.border_subtitle = server_text(
                _("↓ Enter changes the key · Del gives back the shipped one · Esc")
            )
            yield self._search
            yield self._said
            yield self._list

    def on_mount(self) -> None:
        self._search.focus()

    def on_resize(self, _event: events.Resize) -> None:
        self._show()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")
        self._show()

    def _show(self, at: str = "") -> None:
        """The lines that hold every word typed; the cursor stays on the action `at`."""
        words = folded(self._search.value).split()
        self._shown = [line for line in self._lines() if _holds(line, words)]
        width = max(min(self.size.width, WIDEST) - AROUND, KEY_CELLS + TITLE_CELLS + LEAST)
        self._list.clear_options()
        self._list.add_options(Option(_drawn(line, width)) for line in self._shown)
        place = next((number for number, line in enumerate(self._shown) if line.action == at), None)
        self._list.highlighted = place if place is not None else (0 if words and self._shown else None)
        if not self._shown:
            self._say(_("No action with a key is called so."))

    def _say(self, sentence: str, *, asks: bool = False) -> None:
        self._said.update(server_text(sentence, multiline=True))
        self._said.set_class(asks, "-asks")

    @property
    def _current(self) -> KeyLine | None:
        place = self._list.highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def action_step(self, step: int) -> None:
        """Up and down, while the cursor stays where one types."""
        if self._shown:
            now = self._list.highlighted
            place = (0 if step > 0 else len(self._shown) - 1) if now is None else now + step
            self._list.highlighted = min(max(place, 0), len(self._shown) - 1)

    # Changing

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        self._show(self._current.action if self._current else "")
        self._capture(self._current)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._capture(self._shown[event.option_index])

    def _capture(self, line: KeyLine | None) -> None:
        if line is None:
            self.app.bell()
            return
        self._capturing = line
        self.set_focus(None)
        self._ask(line)

    def _ask(self, line: KeyLine, refusal: str = "") -> None:
        asked = _("Press the new key for “{title}” ({keys} now); Esc leaves it as it is.").format(
            title=line.title, keys=line.keys
        )
        self._say(f"{refusal}\n{asked}".lstrip(), asks=True)

    async def on_key(self, event: events.Key) -> None:
        """The next key, whatever it does otherwise."""
        line = self._capturing
        if line is None:
            return
        event.stop()
        event.prevent_default()
        if event.key == KEEPS:
            self._done(line, _("“{title}” keeps {keys}.").format(title=line.title, keys=line.keys))
            return
        refusal = self._change(line.action, event.key)
        if refusal:
            self.app.bell()
            self._ask(line, refusal)
            return
        told = _("{key} does “{title}” from now on.")
        self._done(line, told.format(key=key_name(event.key), title=line.title))

    def action_give_back(self) -> None:
        """Delete: the key that is shipped. While something is typed to search, it deletes there."""
        line = self._current
        if self._search.cursor_position < len(self._search.value):
            self._search.action_delete_right()
        elif line is None or not line.shipped:
            self.app.bell()
            self._say(
                _("Choose a key of your own with ↓; Del gives back the one that is shipped.")
                if line is None
                else _("“{title}” has the key that it comes with.").format(title=line.title)
            )
        else:
            refusal = self._change(line.action, None)
            if refusal:
                self.app.bell()
            told = _("“{title}” has {keys} again.").format(title=line.title, keys=line.shipped)
            self._done(line, refusal or told)

    def _done(self, line: KeyLine, sentence: str) -> None:
        self._capturing = None
        self._search.focus()
        self._show(line.action)
        self._say(sentence)

    def action_leave(self) -> None:
        """Back to the screen beneath."""
        self.dismiss(None)


def _holds(line: KeyLine, words: Sequence[str]) -> bool:
    text = folded(" ".join(line))
    return all(word in text for word in words)


def _drawn(line: KeyLine, width: int) -> Content:
    """Keys, title and what it does, folded so that every line of it begins in the same column."""
    own = " " + _("Yours; {keys} as shipped.").format(keys=line.shipped) if line.shipped else ""
    where = f" [{line.where}]" if line.where else ""
    head = KEY_CELLS + TITLE_CELLS
    lines = wrap(f"{line.help}{own}{where}", max(width - head, LEAST)) or [""]
    title = line.title + " " * max(TITLE_CELLS - cell_len(line.title), 1)
    keys = line.keys + " " * max(KEY_CELLS - cell_len(line.keys), 1)
    indent = " " * head
    if cell_len(keys) + cell_len(title) > head:
        texts = ["", *(indent + each for each in lines)]
    else:
        texts = [lines[0], *(indent + each for each in lines[1:])]
    return Content.assemble(
        server_text(keys, "bold underline" if line.shipped else "bold"),
        server_text(title),
        server_text("\n".join(texts), multiline=True),
    )
