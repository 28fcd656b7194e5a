"""CSV as RFC 4180 has it, in UTF-8; for people with the mark by which spreadsheets know UTF-8."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from server.core.formula_guard import guard

from .columns import ExportColumn
from .texts import Row, Style, cell_text

CONTENT_TYPE = "text/csv; charset=utf-8"


def write(columns: Sequence[ExportColumn], batches: Iterator[list[Row]], style: Style) -> Iterator[bytes]:
    """The file in pieces, one a batch."""
    heads = [column.name if style.by_name else guard(column.title) for column in columns]
    yield (b"" if style.by_name else codecs.BOM_UTF8) + _lines([heads])
    texts = [cell_text(column, style) for column in columns]
    for rows in batches:
        yield _lines([[text(value) for text, value in zip(texts, row, strict=True)] for row in rows])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
