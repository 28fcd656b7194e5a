"""A list of options that is moved over by the keys of the table of actions."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import OptionList

from widgets.table.row_keys import CHOOSING, row_bindings


class RowOptions(OptionList):
    """Textual's list; a person's own key map holds in it."""

    ROW_ACTIONS = CHOOSING
    BINDINGS: ClassVar[list[BindingType]] = [*row_bindings(CHOOSING)]
