"""Which rows of a long remote list are held, and what to ask for when others are wanted.

Knows row numbers and cursors only: no screen, no HTTP. A list may have a million rows, of which a bounded
number is held; the cursors of pages that were let go stay, so that they can be asked for again.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = Mapping[str, Any]

PAGE_ROWS = 100
"""Rows of one page: two screens of a tall terminal, some 20 kB of JSON."""

LARGEST_OFFSET = 10_000
"""The server refuses a larger offset; further rows are reached by cursor (docs/api.md, Resources)."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of a list, asked for by exactly one of its ways (docs/api.md, Resources)."""

    limit: int = PAGE_ROWS
    offset: int | None = None
    after: str | None = None
    before: str | None = None
    last: bool = False
    exact_count: bool = False


class PageResult(Protocol):
    """What a fetch gives back; `erp_tui.core.remote.models.Page` is one."""

    @property
    def rows(self) -> Sequence[Row]: ...

    @property
    def count(self) -> int | None: ...

    @property
    def count_capped(self) -> bool: ...

    @property
    def next(self) -> str | None: ...

    @property
    def previous(self) -> str | None: ...


@dataclass(slots=True)
class _Block:
    """A run of rows that came in one answer. Rows are let go first; the way to ask again is kept."""

    start: int
    length: int
    request: PageRequest
    next: str | None
    previous: str | None

    @property
    def end(self) -> int:
        return self.start + self.length


class RowWindow:
    """The known part of a remote list.

    `total` is the number of rows to scroll over: exact once `total_exact`, else what is known to exist.
    """

    def __init__(self, *, page_rows: int = PAGE_ROWS, held_pages: int = 40) -> None:
        self.page_rows = page_rows
        self.held_pages = held_pages
        self.total = 0
        self.total_exact = False
        self._starts: list[int] = []
        self._blocks: dict[int, _Block] = {}
        self._rows: OrderedDict[int, list[Row]] = OrderedDict()

    @property
    def held_rows(self) -> int:
        """How many rows are in memory."""
        return sum(len(rows) for rows in self._rows.values())

    def row(self, number: int) -> Row | None:
        """The row with this number, counted from 0, or None while it is not held."""
        block = self._block_over(number)
        if block is None or block.start not in self._rows:
            return None
        self._rows.move_to_end(block.start)
        return self._rows[block.start][number - block.start]

    def request_for(self, number: int) -> PageRequest | None:
        """How to ask for the page over a row that is not held.

        None when no way leads there: beyond the largest offset and beside no known page. The nearest known
        page towards it then has to come first, see `nearest_reachable`.
        """
        known = self._block_over(number)
        if known is not None:
            return known.request
        size = self.page_rows
        before, after = self._block_before(number), self._block_after(number)
        if before is not None and before.next is not None and number < before.end + size:
            return PageRequest(limit=size, after=before.next)
        if after is not None and after.previous is not None and number >= after.start - size:
            return PageRequest(limit=min(size, after.start), before=after.previous)
        if number - number % size <= LARGEST_OFFSET:
            return PageRequest(limit=size, offset=number - number % size)
        if self.total_exact and number >= self.total - size:
            return self.request_for_end()
        return None

    def request_for_end(self) -> PageRequest:
        """How to ask for the last page; it also finds out how many rows there are."""
        return PageRequest(limit=self.page_rows, last=True, exact_count=not self.total_exact)

    def nearest_reachable(self, number: int) -> int:
        """The row nearest to this one that can be asked for in one request, or is held."""
        if self._block_over(number) is not None or self.request_for(number) is not None:
            return number
        before, after = self._block_before(number), self._block_after(number)
        candidates = [LARGEST_OFFSET]
        if before is not None:
            candidates.append(before.end + self.page_rows - 1 if before.next else before.end - 1)
        if after is not None:
            candidates.append(after.start - self.page_rows if after.previous else after.start)
        return min(candidates, key=lambda candidate: abs(candidate - number))

    def start_of(self, request: PageRequest, result: PageResult) -> int | None:
        """Number of the first row of an answer, or None when the place it was beside is forgotten."""
        if request.offset is not None:
            return request.offset
        if request.last:
            total = result.count if result.count is not None and not result.count_capped else self.total
            return max(0, total - len(result.rows))
        for block in self._blocks.values():
            if request.after is not None and block.next == request.after:
                return block.end
            if request.before is not None and block.previous == request.before:
                return max(0, block.start - len(result.rows))
        return None

    def put(self, request: PageRequest, result: PageResult) -> bool:
        """Takes an answer in. Returns whether the number of rows to scroll over has changed."""
        old_total = self.total
        if request.last and result.count is not None and not result.count_capped:
            self.total, self.total_exact = result.count, True
        start = self.start_of(request, result)
        if start is None:
            return False
        block = _Block(start, len(result.rows), request, result.next, result.previous)
        if block.length:
            if start not in self._blocks:
                insort(self._starts, start)
            self._blocks[start] = block
            self._rows[start] = list(result.rows)
            self._rows.move_to_end(start)
        self._learn_total(block, result)
        while len(self._rows) > self.held_pages:
            self._rows.popitem(last=False)
        return self.total != old_total

    def replace(self, row: Row) -> int | None:
        """Puts a record as it is now in place of the row with its id. Returns the number of the row, None where
        it is not held."""
        for start, rows in self._rows.items():
            for index, held in enumerate(rows):
                if held.get("id") == row.get("id"):
                    rows[index] = row
                    return start + index
        return None

    def clear(self, *, keep_total: bool = False) -> None:
        """Forgets all rows, to ask for them anew."""
        self._starts.clear()
        self._blocks.clear()
        self._rows.clear()
        if not keep_total:
            self.total, self.total_exact = 0, False

    def _learn_total(self, block: _Block, result: PageResult) -> None:
        if result.next is None and not block.request.before:
            self.total, self.total_exact = block.end, True
        elif result.count is not None and not result.count_capped:
            self.total, self.total_exact = result.count, True
        elif not self.total_exact:
            beyond = block.end + (self.page_rows if result.next is not None else 0)
            self.total = max(self.total, beyond, result.count or 0)

    def _block_over(self, number: int) -> _Block | None:
        index = bisect_right(self._starts, number)
        for start in reversed(self._starts[max(0, index - 2) : index]):
            block = self._blocks[start]
            if block.start <= number < block.end:
                return block
        return None

    def _block_before(self, number: int) -> _Block | None:
        index = bisect_right(self._starts, number)
        return self._blocks[self._starts[index - 1]] if index else None

    def _block_after(self, number: int) -> _Block | None:
        index = bisect_right(self._starts, number)
        return self._blocks[self._starts[index]] if index < len(self._starts) else None
