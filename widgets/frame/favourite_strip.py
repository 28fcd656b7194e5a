"""The favourites of the first screen, each with its digit: always in sight, however long the list above is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.table.columns import fit
from widgets.text import server_text

ACROSS: Final = 3


class FavouriteStrip(Widget):
    """Three across, in the order of the digits; no line without a favourite."""

    DEFAULT_CSS: ClassVar[str] = """
    FavouriteStrip { height: auto; padding: 0 1; background: $panel; }
    """
    can_focus = False

    favourites: reactive[Mapping[int, str]] = reactive({}, layout=True)
    heading: reactive[str] = reactive("")

    def render(self) -> Content:
        """`1 po new                 2 receive                3 stock`"""
        cell = max((self.size.width - ACROSS + 1) // ACROSS, 10)
        lines = [server_text(self.heading, "bold underline")]
        kept = sorted(self.favourites.items())
        for start in range(0, len(kept), ACROSS):
            cells = [
                Content.assemble(server_text(str(slot), "bold"), " ", server_text(fit(line, cell - 2)))
                for slot, line in kept[start : start + ACROSS]
            ]
            lines.append(Content(" ").join(cells))
        return Content("\n").join(lines)
