"""JSON: one array, or one object a line. Values stand as the API writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server.core.http.json import dumps

from .columns import MASK, ExportColumn
from .texts import Row, Style

CONTENT_TYPE = "application/json"
LINES_CONTENT_TYPE = "application/x-ndjson"


def write(
    columns: Sequence[ExportColumn],
    batches: Iterator[list[Row]],
    style: Style,  # noqa: ARG001 - JSON goes by names whatever was asked for
) -> Iterator[bytes]:
    """An array, a row a line; a file that was cut off lacks its closing bracket."""
    before = b"[\n"
    for rows in batches:
        if rows:
            yield before + b",\n".join(_objects(columns, rows))
            before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def write_lines(
    columns: Sequence[ExportColumn],
    batches: Iterator[list[Row]],
    style: Style,  # noqa: ARG001 - as above
) -> Iterator[bytes]:
    """An object a line."""
    for rows in batches:
        yield b"".join(each + b"\n" for each in _objects(columns, rows))


def _objects(columns: Sequence[ExportColumn], rows: Sequence[Row]) -> list[bytes]:
    names = [column.name for column in columns]
    masked = [column.name for column in columns if column.masked]
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    for name in masked:
        for each in objects:
            if each[name] is not None:
                each[name] = MASK
    return [dumps(each) for each in objects]
