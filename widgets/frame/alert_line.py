"""A line above the status that is there only while something concerns everything: the server is away, or back."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.text import server_text


class AlertLine(Widget):
    """One sentence with a mark; takes no room while there is none. `grave` tells a trouble from its end."""

    sentence: reactive[str] = reactive("")
    grave: reactive[bool] = reactive(default=False)

    def watch_sentence(self, sentence: str) -> None:
        self.set_class(bool(sentence), "-shown")

    def watch_grave(self, grave: bool) -> None:
        self.set_class(grave, "-grave")

    def render(self) -> Content:
        """`✗ No answer from the server since 10:31:02 …`"""
        mark = "✗" if self.grave else "●"
        return Content.assemble(" ", server_text(f"{mark} {self.sentence}"))
