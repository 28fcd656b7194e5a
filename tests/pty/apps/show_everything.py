"""Shows one hostile string after another by every route from a widget to the terminal; `n` is the next.

`UNFILTERED=1` leaves the line filter out: the control.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
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
from screens.base import ErpScreen
from tests.pty.hostile import HOSTILE
from widgets.key_bar import KeyLabel
from widgets.text import server_text


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


def routes(text: str) -> Iterable[Widget]:
    """One widget a route; the text goes in as it is, never through `server_text` but for the first three."""
    yield Static(server_text(text), id="served")
    yield Static(server_text(text, "bold red"))
    yield Static(server_text(text, multiline=True))
    raw = Content(text, strip_control_codes=False)
    yield Static(raw)
    yield Static(text, markup=False)
    yield Label(text, markup=False)
    yield Static(Text(text))
    yield Static(Text(text, style=RichStyle(link=text, meta={"@click": "app.boom"})))
    yield Static(Content.styled("link", Style(link=text)))
    yield Static(Content.styled("click", Style.from_meta({"@click": "app.boom"})))
    yield Button(raw)
    yield Checkbox(raw)
    yield RadioButton(raw)
    yield Input(value=text, placeholder=text)
    yield TextArea(text)
    yield OptionList(Option(raw), raw)
    yield SelectionList(Selection(raw, 1))
    yield Select([(raw, 1)], value=1, prompt="x")
    yield ListView(ListItem(Label(raw)))
    yield Collapsible(Static(raw), title=server_text(text).plain.replace("[", "\\["), collapsed=False)
    yield Tabs(raw)
    yield Placeholder(server_text(text).plain.replace("[", "\\["))
    yield Pretty([text])
    yield Markdown(text)
    bordered = Static(raw, classes="bordered")
    bordered.border_title = raw
    bordered.border_subtitle = raw
    yield bordered
    tree: Tree[None] = Tree(Text(text))
    tree.root.add_leaf(Text(text))
    tree.root.expand()
    yield tree
    table: DataTable[Any] = DataTable()
    table.add_column(Text(text))
    table.add_row(Text(text), label=Text(text))
    yield table
    yield FilledLog(text)
    yield FilledRichLog(text)


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
            yield from routes(HOSTILE[self.place])
        yield Footer()

    def on_mount(self) -> None:
        text = HOSTILE[self.place]
        self.app.title = text
        self.app.sub_title = text
        self.app.notify(text, title=text, timeout=0.3)

    def action_next(self) -> None:
        if self.place + 1 < len(HOSTILE):
            self.app.switch_screen(Everything(self.place + 1))
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
