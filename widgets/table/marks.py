"""The rows that a person marked, for something that is done to several at once."""

from __future__ import annotations

from collections.abc import Iterable

from widgets.table.paging import Row

RowId = int | str


class Marks(dict[RowId, Row]):
    """Marked rows by id, in the order of marking. They outlive scrolling, sorting and reading again.

    `anchor` is the number of the row that was marked last, from which a range goes on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.anchor: int | None = None

    def turn(self, row: Row, number: int) -> None:
        """Marks a row, or takes its mark away."""
        self.anchor = number
        if self.pop(row["id"], None) is None:
            self[row["id"]] = row

    def put(self, rows: Iterable[Row]) -> None:
        """Marks these rows too."""
        for row in rows:
            self[row["id"]] = row

    def renew(self, rows: Iterable[Row]) -> None:
        """Takes the present values of rows that are marked: an action names the version that was seen last."""
        if self:
            for row in rows:
                if row.get("id") in self:
                    self[row["id"]] = row

    def clear(self) -> None:
        """Takes all marks away."""
        super().clear()
        self.anchor = None
