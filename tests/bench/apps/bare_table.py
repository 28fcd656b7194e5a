"""The floor of moving in a list: Textual's Line API over rows made by a formula, and nothing else on the screen."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

ROWS = 100_000


class BareTable(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "down")]

    def on_mount(self) -> None:
        self.cursor = 0
        self.virtual_size = Size(self.size.width - 1, ROWS)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        text = f"_   SKU-{number:07} Item [{number}] /x {number}.5".ljust(width)
        style = self.rich_style
        if number == self.cursor:
            style += Style(reverse=True)
        return Strip([Segment(text, style)], width)

    def action_down(self) -> None:
        self.cursor = min(self.cursor + 1, ROWS - 1)
        top = self.scroll_offset.y
        if self.cursor >= top + self.size.height:
            self.scroll_to(y=top + 1, animate=False, immediate=True)
        else:
            self.refresh(
                *(Region(0, number - top, self.size.width, 1) for number in (self.cursor - 1, self.cursor))
            )


class BareTableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield BareTable()


if __name__ == "__main__":
    BareTableApp().run()
