"""The last line of a screen: the keys that work here, the rest behind `?`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from erp_tui.core.i18n import _
from widgets.text import server_text

AT_MOST: Final = 8
COLUMNS_A_LABEL: Final = 10
GAP: Final = "  "


class KeyLabel(NamedTuple):
    """A key and what it does, as shown: `F6`, `New`. `action` is what a click on it runs."""

    key: str
    title: str
    action: str


class KeyBar(Widget):
    """At most eight labels at 80 columns, more on a wider screen; what does not fit is said to be under `?`."""

    labels: reactive[Sequence[KeyLabel]] = reactive(tuple)

    class Pressed(Message):
        """A label was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def shown(self, width: int) -> list[KeyLabel]:
        """The labels that fit a line of so many cells, the last one `?` where some are left out."""
        more = KeyLabel("?", _("Keys"), "help_keys")
        chosen: list[KeyLabel] = []
        used = 2 + _width(more)
        for label in self.labels:
            used += len(GAP) + _width(label)
            if used > width or len(chosen) + 1 >= max(AT_MOST, width // COLUMNS_A_LABEL):
                break
            chosen.append(label)
        return [*chosen, more]

    def render(self) -> Content:
        """Keys in bold reverse, titles plain, so that they part without colour."""
        pieces: list[Content | str] = [" "]
        for label in self.shown(self.size.width):
            pieces += (server_text(label.key, "bold reverse"), " ", server_text(label.title), GAP)
        return Content.assemble(*pieces)

    def on_click(self, event: events.Click) -> None:
        """A click on a label does what its key does."""
        left = 1
        for label in self.shown(self.size.width):
            right = left + _width(label)
            if left <= event.x < right:
                self.post_message(self.Pressed(label.action))
                return
            left = right + len(GAP)


def _width(label: KeyLabel) -> int:
    return server_text(label.key).cell_length + 1 + server_text(label.title).cell_length
