"""A list that is already here, given to a paged table as if it were far away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from widgets.table.paged_table import Fetch
from widgets.table.paging import PageRequest, PageResult, Row


@dataclass(frozen=True, slots=True)
class LocalPage:
    """One page of a list in memory; its cursors are row numbers."""

    rows: Sequence[Row]
    count: int
    next: str | None
    previous: str | None
    count_capped: bool = False


def local_fetch(rows: Callable[[], Sequence[Row]]) -> Fetch:
    """A fetch over whatever `rows` gives when it is asked."""

    async def fetch(request: PageRequest) -> PageResult:
        listed = rows()
        start = _start(request, len(listed))
        end = min(start + request.limit, len(listed))
        return LocalPage(
            rows=listed[start:end],
            count=len(listed),
            next=str(end) if end < len(listed) else None,
            previous=str(start) if start else None,
        )

    return fetch


def _start(request: PageRequest, count: int) -> int:
    if request.last:
        return max(0, count - request.limit)
    if request.before is not None:
        return max(0, int(request.before) - request.limit)
    return int(request.after) if request.after is not None else request.offset or 0
