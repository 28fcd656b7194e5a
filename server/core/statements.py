"""Queries compiled once and run often: the ORM writes the SQL, the request only fills in its parameters.

Building and compiling a list of twenty columns takes the ORM several times as long as the database takes to
answer it. What differs between two requests for the same list is a handful of values, so the SQL is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from threading import Lock
from typing import Any, Generic, Self, TypeVar

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.expressions import Col, Expression

from server.core.fields import ExactDecimalField
from server.core.tenancy import TenantQuerySet

Kept = TypeVar("Kept")
Raw = Sequence[Any]
"""A row as the database driver gives it."""
Convert = Callable[[Sequence[Any]], list[Any]]
"""From the raw values of one column to what stands in JSON."""


class Parameter(Expression):
    """The place of a value that is known only when the statement runs; it is prepared as `output_field` does."""

    def __init__(self, name: str, output_field: models.Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]

    def prepared(self, value: Any, connection: Any) -> Any:
        """The value as the database driver takes it."""
        return self.output_field.get_db_prep_value(value, connection)


class Statement:
    """One compiled query of `.values()`."""

    def __init__(self, queryset: Any) -> None:
        _require_scope(queryset)
        self._using: str = queryset.db
        connection = connections[self._using]
        query = queryset.query
        compiler = query.get_compiler(connection=connection)
        try:
            self._sql, self._parameters = compiler.as_sql()
        except EmptyResultSet:
            self._sql, self._parameters, self._converters = "", (), {}
            self._names: dict[str, int] = {}
            return
        names = list(query.selected) or [*query.values_select, *query.annotation_select]
        expressions = [column[0] for column in compiler.select[: compiler.col_count]]
        self._names = {name: position for position, name in enumerate(names)}
        self._converters = compiler.get_converters(expressions)
        self._wire = {
            position: _wire_of(expressions[position], chain, connection)
            for position, (chain, _expression) in self._converters.items()
        }

    @property
    def using(self) -> str:
        """The alias of the database that it was compiled for."""
        return self._using

    def fetch(self, values: Mapping[str, Any] | None = None) -> list[Raw]:
        """The rows, raw, with these values in the places of the parameters."""
        if not self._sql:
            return []
        connection = connections[self._using]
        filled = _filled(self._parameters, values or {}, connection)
        with connection.cursor() as cursor:
            cursor.execute(self._sql, filled)
            rows: list[Raw] = cursor.fetchall()
        return rows

    def batches(self, size: int) -> Iterator[list[Raw]]:
        """All rows, raw, so many at a time: the database keeps the rest. Nothing waits in memory."""
        if not self._sql:
            return
        connection = connections[self._using]
        with connection.chunked_cursor() as cursor:
            cursor.execute(self._sql, _filled(self._parameters, {}, connection))
            while rows := cursor.fetchmany(size):
                yield rows

    def as_json(self, rows: Sequence[Raw], names: Iterable[str]) -> list[dict[str, Any]]:
        """These columns of the rows, ready for `server.core.http.json.dumps`; JSON in a column is not parsed."""
        shown = list(names)
        return [dict(zip(shown, row, strict=True)) for row in self.as_tuples(rows, shown)]

    def as_tuples(self, rows: Sequence[Raw], names: Iterable[str]) -> list[tuple[Any, ...]]:
        """As `as_json`, without the names."""
        if not rows:
            return []
        columns = list(zip(*rows, strict=True))
        ready = []
        for name in names:
            position = self._names[name]
            convert = self._wire.get(position)
            ready.append(columns[position] if convert is None else convert(columns[position]))
        return list(zip(*ready, strict=True))

    def value(self, row: Raw, name: str) -> Any:
        """One column of a row as the ORM gives it."""
        position = self._names[name]
        value = row[position]
        if position in self._converters:
            chain, expression = self._converters[position]
            for convert in chain:
                value = convert(value, expression, connections[self._using])
        return value

    def first(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The first row as `.values()` gives it, or None."""
        rows = self.fetch(values)
        return {name: self.value(rows[0], name) for name in self._names} if rows else None


class UnionStatement(Statement):
    """Several queries of the same columns as one statement, in their order.

    Each is a query by itself, with its own index and its own limit. A row ends with the number of its query.
    """

    def __init__(self, querysets: Sequence[Any]) -> None:
        self._unite([Statement(queryset) for queryset in querysets])

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> Self:
        """Of queries that are compiled already; at least one."""
        united = cls.__new__(cls)
        united._unite(statements)
        return united

    def _unite(self, parts: Sequence[Statement]) -> None:
        matching = [(number, part) for number, part in enumerate(parts) if part._sql]
        first = matching[0][1] if matching else parts[0]
        self._using, self._names, self._converters = first._using, first._names, first._converters
        self._wire = first._wire if matching else {}
        self._sql = " UNION ALL ".join(
            f"SELECT part{number}.*, {number} FROM ({part._sql}) part{number}"  # noqa: S608 - compiled by the ORM
            for number, part in matching
        )
        self._parameters = tuple(chain.from_iterable(part._parameters for _number, part in matching))


class CountStatement:
    """How many rows a query has, counted no further than ``most``."""

    def __init__(self, queryset: Any, most: int | None = None) -> None:
        _require_scope(queryset)
        self._using = queryset.db
        counted = queryset.order_by().values("pk")[:most]
        compiler = counted.query.get_compiler(connection=connections[self._using])
        try:
            inner, self._parameters = compiler.as_sql()
        except EmptyResultSet:
            self._sql, self._parameters = "", ()
        else:
            self._sql = f"SELECT COUNT(*) FROM ({inner}) counted"  # noqa: S608 - compiled by the ORM

    def fetch(self, values: Mapping[str, Any] | None = None) -> int:
        """The number, with these values in the places of the parameters."""
        if not self._sql:
            return 0
        connection = connections[self._using]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, _filled(self._parameters, values or {}, connection))
            return int(cursor.fetchone()[0])


class StatementCache(Generic[Kept]):
    """Compiled statements by what distinguishes them; the oldest leave when there are too many."""

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._kept: dict[Hashable, Kept] = {}
        self._guard = Lock()

    @property
    def size(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def get(self, key: Hashable, build: Callable[[], Kept]) -> Kept:
        """The statement of this key, built where it is not kept."""
        kept = self._kept.get(key)
        if kept is None:
            kept = build()
            with self._guard:
                while len(self._kept) >= self._capacity:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = kept
        return kept


def _require_scope(queryset: Any) -> None:
    # The ORM's own ways to a row ask for it too; compiling goes around them.
    if isinstance(queryset, TenantQuerySet):
        queryset.require_scope()


def _filled(parameters: Iterable[Any], values: Mapping[str, Any], connection: Any) -> tuple[Any, ...]:
    return tuple(
        parameter.prepared(values[parameter.name], connection)
        if isinstance(parameter, Parameter)
        else parameter
        for parameter in parameters
    )


def _wire_of(expression: Any, chain: Sequence[Any], connection: Any) -> Convert:
    """How a column that the ORM would convert value by value gets into JSON."""
    field = expression.output_field
    plain = isinstance(expression, Col)
    if isinstance(field, ExactDecimalField):
        return lambda column: _decimals(field, column, expression, connection)
    if isinstance(field, models.JSONField) and plain and field.decoder is None:
        return lambda column: [
            orjson.Fragment(value) if isinstance(value, str) else value for value in column
        ]

    def converted(value: Any) -> Any:
        for convert in chain:
            value = convert(value, expression, connection)
        return value

    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return lambda column: [_moment(value, converted) for value in column]
    return lambda column: [converted(value) for value in column]


def _decimals(field: ExactDecimalField, column: Sequence[Any], expression: Any, connection: Any) -> list[Any]:
    unit, places = 10**field.decimal_places, field.decimal_places

    def text(value: Any) -> str | None:
        if places and type(value) is int and value >= 0:
            return f"{value // unit}.{value % unit:0{places}d}"
        number = field.from_db_value(value, expression, connection)
        return None if number is None else format(number, "f")

    # Stocks and prices repeat: each is written once.
    texts = {value: text(value) for value in set(column)}
    return [texts[value] for value in column]


def _moment(value: Any, converted: Callable[[Any], Any]) -> Any:
    """SQLite keeps UTC as `2026-11-21 09:26:00[.123456]`, which is one letter away from RFC 3339."""
    if isinstance(value, str) and len(value) in (19, 26) and value[10] == " ":
        return f"{value[:10]}T{value[11:]}Z"
    return converted(value)
