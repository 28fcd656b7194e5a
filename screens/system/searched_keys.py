"""The keys as a list that typing narrows: one for what is done with the line that is chosen, `:keys` or `?`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from rich.cells import cell_len
from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text

WIDEST: Final = 100
AROUND: Final = 5
"""Cells for edges and the scroll bar."""

NARROW: Final = 56
"""Below this width what an action does stands under its name."""

LEAST: Final = 10
"""Cells for what an action does, however narrow the screen is."""


class Line(Protocol):
    """An action in the list; `action` is its id, empty where the line is only told of."""

    @property
    def action(self) -> str: ...


OneLine = TypeVar("OneLine", bound=Line)
Result = TypeVar("Result")


class SearchedKeys(ModalScreen[Result], Generic[OneLine, Result]):
    """A subclass composes `search`, `said` and `list` in its dialog, gives the lines, and acts in `chosen`."""

    DEFAULT_CSS: ClassVar[str] = """
    SearchedKeys .searched-keys--said { height: auto; }
    SearchedKeys OptionList, SearchedKeys OptionList:focus { height: auto; max-height: 1fr; border: none; padding: 0;
                                                             background: $surface; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), show=False, id="searched_keys.leave"),
        Binding("up", "step(-1)", show=False, id="searched_keys.up"),
        Binding("down", "step(1)", show=False, id="searched_keys.down"),
        Binding("pageup", "step(-8)", show=False, id="searched_keys.page_up"),
        Binding("pagedown", "step(8)", show=False, id="searched_keys.page_down"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.search = FieldInput()
        self.search.placeholder = _("type to find a key")
        self.said = Static(classes="searched-keys--said")
        self.said.display = False
        self.list = OptionList()
        self.list.can_focus = False
        self._shown: list[OneLine] = []

    # What a subclass gives

    @abstractmethod
    def lines(self) -> Sequence[OneLine]:
        """All lines there are now."""

    @abstractmethod
    def searched(self, line: OneLine) -> str:
        """The text of a line in which words are looked for."""

    @abstractmethod
    def drawn(self, line: OneLine, width: int) -> Content:
        """A line, so many cells wide."""

    @abstractmethod
    def said_of_none(self) -> str:
        """The sentence where no line holds what is typed."""

    @abstractmethod
    def chosen(self, line: OneLine | None) -> None:
        """Enter, or a click, on a line; None where Enter is pressed on none."""

    # The list

    def on_mount(self) -> None:
        self.search.focus()

    def on_resize(self, _event: events.Resize) -> None:
        self.show()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self.say("")
        self.show()

    def show(self, at: str = "") -> None:
        """The lines that hold every word typed; the cursor stays on the action `at`. None is chosen before one was
        typed or moved to."""
        self._shown = self._holding()
        width = max(min(self.size.width, WIDEST) - AROUND, LEAST)
        self.list.clear_options()
        self.list.add_options(Option(self.drawn(line, width)) for line in self._shown)
        place = next((number for number, line in enumerate(self._shown) if at and line.action == at), None)
        first = 0 if self._words and self._shown else None
        self.list.highlighted = first if place is None else place
        if not self._shown:
            self.say(self.said_of_none())

    def say(self, sentence: str) -> None:
        """A sentence above the list; an empty one takes no line."""
        self.said.update(server_text(sentence, multiline=True))
        self.said.display = bool(sentence)

    @property
    def current(self) -> OneLine | None:
        """The line under the cursor."""
        place = self.list.highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    @property
    def _words(self) -> list[str]:
        return folded(self.search.value).split()

    def _holding(self) -> list[OneLine]:
        words = self._words
        return [line for line in self.lines() if all(word in folded(self.searched(line)) for word in words)]

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        event.stop()
        # What is typed in one burst counts before it is drawn.
        if self._words and self._shown != self._holding():
            self.show()
        self.chosen(self.current)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.chosen(self._shown[event.option_index])

    def action_step(self, step: int) -> None:
        """Up and down, while the cursor stays where one types."""
        if self._shown:
            now = self.list.highlighted
            place = (0 if step > 0 else len(self._shown) - 1) if now is None else now + step
            self.list.highlighted = min(max(place, 0), len(self._shown) - 1)

    def action_leave(self) -> None:
        """Back to the screen beneath."""
        self.dismiss(None)


def folded_line(
    key: str,
    title: str,
    said: str,
    width: int,
    cells: tuple[int, int],
    styles: tuple[str, str, str] = ("bold", "", ""),
) -> Content:
    """Key, title and what it does, folded so that every line of it begins in the same column.

    `cells` is how wide keys and titles are, `styles` is of the three in turn.
    """
    head = sum(cells)
    under = width < NARROW
    folded_text = wrap(said, max(width - (2 if under else head), LEAST)) or [""]
    titled = title + " " * max(cells[1] - cell_len(title), 1)
    keyed = key + " " * max(cells[0] - cell_len(key), 1)
    indent = "  " if under else " " * head
    if under or cell_len(titled) + cell_len(keyed) > head:
        texts = ["", *(indent + each for each in folded_text)]
    else:
        texts = [folded_text[0], *(indent + each for each in folded_text[1:])]
    return Content.assemble(
        server_text(keyed, styles[0]),
        server_text(titled, styles[1]),
        server_text("\n".join(texts), styles[2], multiline=True),
    )
