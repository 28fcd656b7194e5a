"""One line that names the parts of a screen by number and shows which is open: `1 Details  2 Lines`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from widgets.text import server_text

MOST = 9


class SectionTabs(Widget):
    """The titles, the open one reversed. The screen hands it digits; a click opens too."""

    DEFAULT_CSS: ClassVar[str] = """
    SectionTabs { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    titles: reactive[Sequence[str]] = reactive(tuple)
    open_index: reactive[int] = reactive(0)

    class Opened(Message):
        """Another part is wanted."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def open(self, index: int) -> None:
        """Opens a part by its number, counted from 0; a number that is not there rings the bell."""
        if not 0 <= index < min(len(self.titles), MOST):
            self.app.bell()
            return
        self.open_index = index
        self.post_message(self.Opened(index))

    def render(self) -> Content:
        return Content(" ").join(
            server_text(f" {index + 1} {title} ", "bold reverse" if index == self.open_index else "")
            for index, title in enumerate(self.titles[:MOST])
        )

    def on_click(self, event: events.Click) -> None:
        left = 1
        for index, title in enumerate(self.titles[:MOST]):
            right = left + server_text(f" {index + 1} {title} ").cell_length
            if left <= event.x < right:
                self.open(index)
                return
            left = right + 1
