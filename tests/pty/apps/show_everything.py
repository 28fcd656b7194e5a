"""Shows hostile strings by every route from a widget to the terminal, another one by each; `n` moves all of them on.

After as many screens as there are strings each has gone by every route. `STEP=8` shows every eighth of these screens:
all strings and all routes still, but each string by an eighth of the routes. `PLACE` is the file that says which screen is
shown, of how many, once it is at rest. `UNFILTERED=1` leaves the line filter out: the control.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any, ClassVar

from rich.style import Style as RichStyle
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.filter import LineFilter
from textual.style import Style
from textual.widget import Widget
from textual.widgets import (
    Button,
    Checkbox,
    Collapsible,
    DataTable,
    Footer,
    Header,
    Input,
    Label,
    ListItem,
    ListView,
    Log,
    Markdown,
    OptionList,
    Placeholder,
    Pretty,
    RadioButton,
    RichLog,
    Select,
    SelectionList,
    Static,
    Tabs,
    TextArea,
    Tree,
)
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from erp_tui.app import ErpApp
from erp_tui.terminal.settling import everything_idle
from screens.base import ErpScreen
from tests.pty.hostile import HOSTILE
from tests.pty.places import print_place
from widgets.frame.key_bar import KeyLabel
from widgets.text import server_text

STEP = int(os.environ.get("STEP", "1"))
PLACES = range(0, len(HOSTILE), STEP)


class FilledLog(Log):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def on_mount(self) -> None:
        self.write_line(self._text)


class FilledRichLog(RichLog):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def on_mount(self) -> None:
        self.write(Text(self._text))
        self.write(self._text)


def routes(strings: Iterator[str]) -> Iterable[Widget]:
    """One widget a route, each with the next string as it is, never through `server_text` but for the first three."""
    yield Static(server_text(next(strings)), id="served")
    yield Static(server_text(next(strings), "bold red"))
    yield Static(server_text(next(strings), multiline=True))
    yield Static(raw(next(strings)))
    yield Static(next(strings), markup=False)
    yield Label(next(strings), markup=False)
    yield Static(Text(next(strings)))
    text = next(strings)
    yield Static(Text(text, style=RichStyle(link=text, meta={"@click": "app.boom"})))
    yield Static(Content.styled("link", Style(link=next(strings))))
    yield Static(Content.styled("click", Style.from_meta({"@click": "app.boom"})))
    yield Button(raw(next(strings)))
    yield Checkbox(raw(next(strings)))
    yield RadioButton(raw(next(strings)))
    text = next(strings)
    yield Input(value=text, placeholder=text)
    yield TextArea(next(strings))
    text = next(strings)
    yield OptionList(Option(raw(text)), raw(text))
    yield SelectionList(Selection(raw(next(strings)), 1))
    yield Select([(raw(next(strings)), 1)], value=1, prompt="x")
    yield ListView(ListItem(Label(raw(next(strings)))))
    text = next(strings)
    yield Collapsible(Static(raw(text)), title=unmarked(text), collapsed=False)
    yield Tabs(raw(next(strings)))
    yield Placeholder(unmarked(next(strings)))
    yield Pretty([next(strings)])
    yield Markdown(next(strings))
    text = next(strings)
    bordered = Static(raw(text), classes="bordered")
    bordered.border_title = raw(text)
    bordered.border_subtitle = raw(text)
    yield bordered
    text = next(strings)
    tree: Tree[None] = Tree(Text(text))
    tree.root.add_leaf(Text(text))
    tree.root.expand()
    yield tree
    text = next(strings)
    table: DataTable[Any] = DataTable()
    table.add_column(Text(text))
    table.add_row(Text(text), label=Text(text))
    yield table
    yield FilledLog(next(strings))
    yield FilledRichLog(next(strings))


def raw(text: str) -> Content:
    """A text with all its control bytes, which Textual would take out."""
    return Content(text, strip_control_codes=False)


def unmarked(text: str) -> str:
    """A text for a widget that takes nothing but markup."""
    return server_text(text).plain.replace("[", "\\[")


def strings_from(place: int) -> Iterator[str]:
    """The strings from this one on, and again from the first."""
    return islice(cycle(HOSTILE), place, None)


class Everything(ErpScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "next", priority=True)]
    CSS = """
    Everything VerticalScroll > * { height: auto; max-height: 5; }
    .bordered { border: solid white; }
    """

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place
        self.heading = HOSTILE[place]

    def shown_word(self) -> str:
        return HOSTILE[self.place]

    def compose_body(self) -> Iterable[Any]:
        yield Header()
        with VerticalScroll():
            yield Static(f"<{self.place}>", id="place")
            yield from routes(strings_from(self.place))
        yield Footer()

    def on_mount(self) -> None:
        text = HOSTILE[self.place]
        self.app.title = text
        self.app.sub_title = text
        self.app.notify(text, title=text, timeout=0.3)
        self.run_worker(self.say_where(), group="say-where")

    async def say_where(self) -> None:
        """Writes the place once everything of the screen has been painted."""
        calm = 0
        while calm < 3:
            await asyncio.sleep(0.01)
            calm = calm + 1 if everything_idle(self.app) else 0
        print_place(self.place // STEP, len(PLACES))

    def action_next(self) -> None:
        if self.place + STEP < len(HOSTILE):
            self.app.switch_screen(Everything(self.place + STEP))
        else:
            self.app.exit(0)


class EverythingApp(ErpApp):
    async def _open_first_screen(self) -> None:
        self.push_screen(Everything(0))

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return filters[:-1] if os.environ.get("UNFILTERED") else filters

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        place = screen.place if isinstance(screen, Everything) else 0
        return (KeyLabel("F1", HOSTILE[place], "boom"),)

    def action_boom(self) -> None:
        raise AssertionError("data ran an action")


if __name__ == "__main__":
    EverythingApp().run()
