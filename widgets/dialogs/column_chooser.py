"""Which columns a list shows, in which order, how wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.text import server_text

NARROWEST, WIDEST = 3, 120
STEP = 2


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column: whether it is shown, and its width (0: as wide as what it shows; `natural` is that now)."""

    name: str
    title: str
    shown: bool
    width: int = 0
    natural: int = 12


@dataclass(frozen=True, slots=True)
class ColumnsChosen:
    """What was chosen: the shown columns from left to right, and the widths set by hand; empty for the usual."""

    names: tuple[str, ...] = ()
    widths: tuple[tuple[str, int], ...] = ()


class ColumnChooser(ModalScreen[ColumnsChosen | None]):
    """Gives back what was chosen, or None for no change. Columns that are shown stand first, in their order."""

    DEFAULT_CSS: ClassVar[str] = """
    ColumnChooser {
        align: center middle;
        & > Vertical { width: 64; max-width: 95%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus {
            height: auto; max-height: 13; border: none; padding: 0; background: $surface;
        }
        & .chooser--title { height: auto; text-style: bold; }
        & .chooser--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("No change"), id="columns.leave"),
        Binding("enter,f10", "take", _("Take"), priority=True, id="columns.take"),
        Binding("space", "turn", _("Show or hide"), id="columns.turn"),
        Binding("plus,ctrl+down", "move(1)", _("Further right"), id="columns.right"),
        Binding("minus,ctrl+up", "move(-1)", _("Further left"), id="columns.left"),
        Binding("greater_than_sign,right", "widen(1)", _("Wider"), id="columns.wider"),
        Binding("less_than_sign,left", "widen(-1)", _("Narrower"), id="columns.narrower"),
        Binding("zero", "widen(0)", _("As wide as needed"), id="columns.natural"),
        Binding("r", "reset", _("The usual columns"), id="columns.reset"),
    ]

    def __init__(self, title: str, choices: Sequence[ColumnChoice]) -> None:
        super().__init__()
        self.heading = title
        self.choices = list(choices)
        self._list = OptionList()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="chooser--title")
            yield self._list
            yield Static(server_text(self._keys(), multiline=True), classes="chooser--keys")

    @staticmethod
    def _keys() -> str:
        return "\n".join(
            (
                _("Space shows or hides · + and - move it right and left"),
                _("< and > make it narrower and wider, 0 as wide as needed"),
                _("Enter takes this · r the usual columns again · Esc no change"),
            )
        )

    def on_mount(self) -> None:
        self._list.add_options(Option(self._drawn(each)) for each in self.choices)
        self._list.highlighted = 0
        self._list.focus()

    @staticmethod
    def _drawn(choice: ColumnChoice) -> Content:
        mark = "[x]" if choice.shown else "[ ]"
        width = _("{cells} wide").format(cells=choice.width) if choice.width else ""
        line = Content.assemble(server_text(mark), " ", server_text(choice.title))
        return Content.assemble(line, "  ", server_text(width, "dim")) if width else line

    @property
    def _place(self) -> int:
        return self._list.highlighted or 0

    def _set(self, place: int, choice: ColumnChoice) -> None:
        self.choices[place] = choice
        self._list.replace_option_prompt_at_index(place, self._drawn(choice))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        """A click turns it over; Enter is taken before it comes here."""
        event.stop()
        self.action_turn()

    def action_turn(self) -> None:
        """Space: shows or hides it, and goes on to the next; one column always stays."""
        choice = self.choices[self._place]
        if choice.shown and sum(each.shown for each in self.choices) == 1:
            self.app.bell()
            return
        self._set(self._place, replace(choice, shown=not choice.shown))
        self._list.highlighted = min(self._place + 1, len(self.choices) - 1)

    def action_move(self, step: int) -> None:
        """Changes places with its neighbour."""
        place, other = self._place, self._place + step
        if not 0 <= other < len(self.choices):
            self.app.bell()
            return
        mine, theirs = self.choices[place], self.choices[other]
        self._set(place, theirs)
        self._set(other, mine)
        self._list.highlighted = other

    def action_widen(self, step: int) -> None:
        """Gives it a width of its own, or with 0 takes that away."""
        choice = self.choices[self._place]
        width = (choice.width or choice.natural) + step * STEP if step else 0
        self._set(self._place, replace(choice, width=min(max(width, NARROWEST), WIDEST) if step else 0))

    def action_take(self) -> None:
        """Enter."""
        names = tuple(each.name for each in self.choices if each.shown)
        widths = tuple((each.name, each.width) for each in self.choices if each.width)
        self.dismiss(ColumnsChosen(names, widths))

    def action_reset(self) -> None:
        """r."""
        self.dismiss(ColumnsChosen())

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
