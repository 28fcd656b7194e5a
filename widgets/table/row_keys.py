"""Moving over rows: the keys are those of the table of actions, so that a key map can change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.binding import Binding

from erp_tui.core.actions import ACTIONS
from erp_tui.core.keys.action import ROWS

SCROLLING: Final = {
    "row_up": "scroll_up",
    "row_down": "scroll_down",
    "page_up": "page_up",
    "page_down": "page_down",
    "first_row": "scroll_home",
    "last_row": "scroll_end",
    "columns_left": "scroll_left",
    "columns_right": "scroll_right",
}
"""What a container that scrolls does for each of them."""

CHOOSING: Final = {
    "row_up": "cursor_up",
    "row_down": "cursor_down",
    "page_up": "page_up",
    "page_down": "page_down",
    "first_row": "first",
    "last_row": "last",
}
"""What a list of options does for each of them."""

IN_A_TABLE: Final = {
    "row_up": "move(-1)",
    "row_down": "move(1)",
    "page_up": "page(-1)",
    "page_down": "page(1)",
    "first_row": "first",
    "last_row": "last",
    "columns_left": "columns(-1)",
    "columns_right": "columns(1)",
}
"""What the paged table does for each of them."""


def row_bindings(does: Mapping[str, str]) -> list[Binding]:
    """The bindings of a widget that `does` this for the actions of moving. Keep `does` as its `ROW_ACTIONS`, by
    which the help finds them."""
    return [
        Binding(",".join(action.keys), does[action.id], action.title, show=False, id=action.id)
        for action in ACTIONS
        if action.scope == ROWS and action.id in does
    ]
