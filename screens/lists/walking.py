"""From one record to the next in the order of the list that it was opened from."""

from __future__ import annotations

from typing import Protocol

from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row


class Walk(Protocol):
    """The way through a list, as a detail screen may take it."""

    async def step(self, step: int) -> Row | None:
        """The row so many further, on which the list's cursor stands then; None at either end.

        Raises what reading the list raises.
        """


class TableWalk:
    """Through the rows of a paged table, across its pages; the cursor of the table goes along."""

    def __init__(self, table: PagedTable) -> None:
        self._table = table

    async def step(self, step: int) -> Row | None:
        """The row so many further; None at either end."""
        number = self._table.cursor + step
        if not 0 <= number < self._table.total:
            return None
        rows = await self._table.read_rows(range(number, number + 1))
        if not rows:
            return None
        self._table.position_to(number)
        return rows[0]
