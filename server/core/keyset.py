"""Pages by the values of the last row instead of by offset: as fast at the end of a list as at its start.

The order is total and the same on SQLite and PostgreSQL: nulls come last in both directions, ties are broken
by id, and text goes by code point (see `server.core.collation`). Ids go the way of the last column, so that
one index on (organization, column, id) serves both directions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from server.core.cursors import Cursor, Direction, InvalidCursor, Value

Row = Any


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column or annotation to order by, as the ORM names it. One that cannot be null sorts by its index."""

    name: str
    descending: bool = False
    nullable: bool = True

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


class Keyset:
    """A total order over a list, and the conditions that cut it at a row."""

    def __init__(self, columns: Sequence[SortColumn]) -> None:
        """The given columns, first things first. ``id`` is added unless it is one of them."""
        names = [column.name for column in columns]
        self.columns = tuple(columns)
        if "id" not in names:
            descending = bool(columns) and columns[-1].descending
            self.columns += (SortColumn("id", descending, nullable=False),)

    @property
    def ordering(self) -> tuple[str, ...]:
        """The columns as the parameter `ordering` writes them, ``id`` included."""
        return tuple(map(str, self.columns))

    def order_by(self, *, backward: bool = False) -> list[OrderBy]:
        """What to order a queryset by; ``backward`` gives exactly the opposite order."""
        return [_order(column, backward) for column in self.columns]

    def beyond(self, values: Sequence[Value], *, backward: bool = False, including: bool = False) -> Q:
        """The condition for the rows after (or before, going ``backward``) the row with these values."""
        alternatives: list[Q] = []
        equal: list[Q] = []
        for column, value in zip(self.columns, values, strict=True):
            further = _further(column, value, backward)
            if further is not None:
                alternatives.append(reduce(and_, [*equal, further]))
            equal.append(_equal(column, value))
        if including:
            alternatives.append(reduce(and_, equal))
        # A row exists for which nothing is further only where every column is null; ids never are.
        condition = reduce(or_, alternatives)
        first, value = self.columns[0], values[0]
        if not first.nullable and len(self.columns) > 1:
            # Implied, but neither database finds the start of its index scan without it.
            condition = (
                Q((f"{first.name}__{'lte' if first.descending != backward else 'gte'}", value)) & condition
            )
        return condition

    def values_of(self, row: Row) -> tuple[Value, ...]:
        """The values of a row, a mapping or a model instance, under this order."""
        if isinstance(row, dict):
            return tuple(row[column.name] for column in self.columns)
        return tuple(_attribute(row, column.name) for column in self.columns)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in list order, and the cursors of the pages beside it (None: there is none)."""

    rows: list[Row]
    next: Cursor | None
    previous: Cursor | None


def read_page(
    queryset: QuerySet[Any],
    keyset: Keyset,
    *,
    limit: int,
    cursor: Cursor | None = None,
    last: bool = False,
    values_of: Callable[[Row], tuple[Value, ...]] | None = None,
) -> Page:
    """One page of at most ``limit`` rows, in one query: the first, the last, or the one beside a cursor.

    ``values_of`` gives the values of a row under the keyset where its rows do not carry the columns by name.
    Raises `InvalidCursor` if the cursor belongs to another ordering.
    """
    backward = goes_backward(keyset, cursor, last=last)
    if cursor is not None:
        queryset = queryset.filter(
            keyset.beyond(cursor.values, backward=backward, including=cursor.including)
        )
    rows = list(queryset.order_by(*keyset.order_by(backward=backward))[: limit + 1])
    return page_of(
        rows, keyset, limit=limit, cursor=cursor, backward=backward, values_of=values_of or keyset.values_of
    )


def goes_backward(keyset: Keyset, cursor: Cursor | None, *, last: bool = False) -> bool:
    """Whether the page is read against the order. Raises `InvalidCursor` for a cursor of another ordering."""
    if cursor is None:
        return last
    if cursor.ordering != keyset.ordering:
        raise InvalidCursor
    return cursor.direction is Direction.BEFORE


def page_of(
    rows: list[Row],
    keyset: Keyset,
    *,
    limit: int,
    cursor: Cursor | None,
    backward: bool,
    values_of: Callable[[Row], tuple[Value, ...]],
) -> Page:
    """The page of at most ``limit`` rows from what was read, which is one row more where there is more."""
    more = len(rows) > limit
    rows = rows[:limit]
    if backward:
        rows.reverse()

    def beside(direction: Direction) -> Cursor | None:
        """The cursor of the neighbouring page: there is one where more rows were seen, or where we came from."""
        ahead = (direction is Direction.BEFORE) == backward
        if not (more if ahead else cursor is not None):
            return None
        if rows:
            edge = rows[0] if direction is Direction.BEFORE else rows[-1]
            return Cursor(keyset.ordering, values_of(edge), direction)
        # Everything here has vanished meanwhile; the row of the cursor itself belongs to the way back.
        return None if cursor is None else Cursor(keyset.ordering, cursor.values, direction, including=True)

    return Page(rows, next=beside(Direction.AFTER), previous=beside(Direction.BEFORE))


def _order(column: SortColumn, backward: bool) -> OrderBy:
    descending = column.descending != backward
    # Nulls are named only where there are any: an index order that says nothing of them would not match.
    nulls = {"nulls_first" if backward else "nulls_last": True} if column.nullable else {}
    expression = F(column.name)
    return expression.desc(**nulls) if descending else expression.asc(**nulls)


def _further(column: SortColumn, value: Value, backward: bool) -> Q | None:
    """The rows further along this column alone; None where there cannot be any."""
    if value is None:
        return Q((f"{column.name}__isnull", False)) if backward else None
    descending = column.descending != backward
    further = Q((f"{column.name}__{'lt' if descending else 'gt'}", value))
    if column.nullable and not backward:
        further |= Q((f"{column.name}__isnull", True))
    return further


def _equal(column: SortColumn, value: Value) -> Q:
    return Q((f"{column.name}__isnull", True)) if value is None else Q((column.name, value))


def _attribute(row: Row, path: str) -> Value:
    for name in path.split("__"):
        if row is None:
            return None
        row = getattr(row, name)
    value: Value = row
    return value
