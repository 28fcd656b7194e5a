"""The first line of a screen: what it is at the left, the word that opens it at the right."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.text import server_text


class TitleBar(Widget):
    """One line: ` Purchase order 10023                                    po 10023 `."""

    heading: reactive[str] = reactive("")
    word: reactive[str] = reactive("")

    def __init__(self, heading: str = "", word: str = "") -> None:
        super().__init__()
        self.set_reactive(TitleBar.heading, heading)
        self.set_reactive(TitleBar.word, word)

    def render(self) -> Content:
        """The heading is cut when the line is short; the word is never."""
        word = server_text(self.word)
        room = max(self.size.width - word.cell_length - 3, 0)
        heading = server_text(self.heading).truncate(room, ellipsis=True, pad=True)
        return Content.assemble(" ", heading, " ", word, " ")
