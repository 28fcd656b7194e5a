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

    def shown(self) -> list[tuple[int, str]]:
        """The titles that fit, with their numbers from 0: closer together where room is short, and where that is
        not enough those around the open one, between marks that say that there are more."""
        titles = [f" {index + 1} {title} " for index, title in enumerate(self.titles[:MOST])]
        room = self.content_size.width
        if _width(titles) > room:
            titles = [title.strip() for title in titles]
        first, last = 0, len(titles)
        while last - first > 1 and _width(titles[first:last]) + 4 * (last - first < len(titles)) > room:
            if last - 1 > self.open_index:
                last -= 1
            else:
                first += 1
        return [(index, titles[index]) for index in range(first, last)]

    def render(self) -> Content:
        shown = self.shown()
        parts = [
            server_text(title, "bold reverse" if index == self.open_index else "") for index, title in shown
        ]
        if shown and shown[0][0] > 0:
            parts.insert(0, Content("…"))
        if shown and shown[-1][0] < min(len(self.titles), MOST) - 1:
            parts.append(Content("…"))
        return Content(" ").join(parts)

    def on_click(self, event: events.Click) -> None:
        shown = self.shown()
        left = 3 if shown and shown[0][0] > 0 else 1
        for index, title in shown:
            right = left + server_text(title).cell_length
            if left <= event.x < right:
                self.open(index)
                return
            left = right + 1


def _width(titles: Sequence[str]) -> int:
    return sum(server_text(title).cell_length for title in titles) + max(len(titles) - 1, 0)
