"""A list on its way into a file: counted, then read in one snapshot and written batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.recording import record_changes
from server.core.resources import Resource
from server.core.resources.line_columns import line_path
from server.core.resources.list_source import narrowed
from server.core.resources.listing import default_ordering, ordering_of
from server.core.resources.reading import columns_for, rows_of
from server.core.snapshot import snapshot
from server.core.statements import CountStatement, Statement

from . import csv_file, json_file, xlsx_file
from .asking import ExportRequest
from .columns import ExportColumn, columns_of, line_columns_of
from .places import place
from .texts import Row, Style

BATCH = 1_000

Write = Callable[..., Iterator[bytes]]
_WRITERS: dict[str, tuple[str, Write]] = {
    "csv": (csv_file.CONTENT_TYPE, csv_file.write),
    "xlsx": (xlsx_file.CONTENT_TYPE, xlsx_file.write),
    "json": (json_file.CONTENT_TYPE, json_file.write),
    "jsonl": (json_file.LINES_CONTENT_TYPE, json_file.write_lines),
}


class RowsMissing(RuntimeError):
    """Fewer or more rows were read than counted; the file is cut off rather than ended as if it were whole."""


class Body:
    """The pieces of a file. `close` ends the reading, also of one that was never begun."""

    def __init__(self, pieces: Iterator[bytes], closing: ExitStack) -> None:
        self._pieces = pieces
        self._closing = closing

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives the database back."""
        self._closing.close()


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready to be sent: how many rows it has, and which columns are masked in it."""

    filename: str
    content_type: str
    rows: int
    masked: tuple[str, ...]
    body: Body


def export(actor: SecurityContext, resource: Resource, request: ExportRequest) -> Export:
    """The file that a request asks for, its first piece made already: what is wrong is said instead of it.

    Personal values that leave are audited first. Raises `Invalid` as a list does, `Throttled`.
    """
    columns = columns_of(actor, resource, request.fields)
    queryset = narrowed(actor, resource, request.narrowing)
    by_line: list[str] = []
    rows_counted = queryset
    if request.lines:
        columns += line_columns_of(actor, resource)
        declared: Any = resource.lines
        by_line = [line_path(resource, declared.ordering), line_path(resource, "pk")]
        # A document without lines has one row all the same.
        rows_counted = queryset.annotate(of_line=F(line_path(resource, "pk")))
    counted = CountStatement(rows_counted)
    keyset = ordering_of(
        actor,
        resource,
        lambda most: CountStatement(queryset, most).fetch(),
        request.narrowing.get("ordering") or default_ordering(actor, resource),
    )
    everything = columns_for(actor, resource)
    selected = {column.selected: column.source for column in columns}
    selected |= {column.name: everything[column.name] for column in keyset.columns}
    ordered = rows_of(queryset, selected).order_by(*keyset.order_by(), *by_line)
    style = Style(request.by_name, ZoneInfo(actor.time_zone))
    content_type, write = _WRITERS[request.format]
    with ExitStack() as closing:
        closing.enter_context(place())
        _audit(actor, resource, request, columns, counted)
        closing.enter_context(snapshot(queryset.db))
        count = counted.fetch()
        batches = _batches(Statement(ordered), columns, count)
        closing.callback(batches.close)
        pieces = write(columns, batches, style)
        closing.callback(pieces.close)  # type: ignore[attr-defined]
        first = next(pieces, b"")
        second = next(pieces, b"")
        body = Body(chain((first, second), pieces), closing.pop_all())
    return Export(
        f"{resource.name}-{timezone.now().astimezone(style.zone).date()}.{request.format}",
        content_type,
        count,
        tuple(column.name for column in columns if column.masked),
        body,
    )


def _batches(statement: Statement, columns: list[ExportColumn], count: int) -> Any:
    names = [column.selected for column in columns]
    read = 0
    for raw in statement.batches(BATCH):
        read += len(raw)
        rows: list[Row] = statement.as_tuples(raw, names)
        if read > count:
            break
        yield rows
    if read != count:
        raise RowsMissing(f"{count} rows were counted and {read} read.")


def _audit(
    actor: SecurityContext,
    resource: Resource,
    request: ExportRequest,
    columns: list[ExportColumn],
    counted: CountStatement,
) -> None:
    """One entry for personal data that leaves: which of it, of how many, and in which list."""
    leaving = [column.name for column in columns if column.personal and not column.masked]
    if not leaving:
        return
    # Counted before the transaction, which on SQLite is the one writer's place.
    told = {
        "fields": leaving,
        "rows": counted.fetch(),
        "format": request.format,
        **{name: text for name, text in request.narrowing.items() if name != "ordering"},
    }
    table = resource.model._meta.db_table
    change = Change(resource.name, table, None, str(resource.title), "export", new=told)
    with transaction.atomic():
        record_changes(actor.fresh(), [change])
