"""The option column of a table: digits typed beside rows, run together by one Enter (5250)."""

from __future__ import annotations

from collections.abc import Mapping

from widgets.table.paging import Row

RowId = int | str


class OptionColumn:
    """`titles` are the digits that are offered, `entered` those that were typed, by row, in the order of typing."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.titles = dict(titles)
        self.entered: dict[RowId, str] = {}
        self.rows: dict[RowId, Row] = {}

    def put(self, digit: str, rows: Mapping[RowId, Row]) -> None:
        """Types a digit beside these rows."""
        self.entered |= dict.fromkeys(rows, digit)
        self.rows |= rows

    def take_back(self, row_id: RowId) -> bool:
        """Takes back what was typed beside a row. Returns whether there was anything."""
        self.rows.pop(row_id, None)
        return self.entered.pop(row_id, None) is not None

    def clear(self) -> None:
        """Takes back everything."""
        self.entered.clear()
        self.rows.clear()
