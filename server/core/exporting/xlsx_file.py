"""A workbook of one sheet: numbers as numbers, dates as dates, text as text and never as a formula."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from server.core.errors import Invalid
from server.core.formula_guard import DANGEROUS, guard_word
from server.core.resources.specs import DECIMAL_TYPES

from .columns import MASK, ExportColumn
from .texts import Row, Style, plain_text

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575
LONGEST_TEXT = 32_767
EXACT_DIGITS = 15
"""Spreadsheets count in floats: a longer number would come back as another one, so it stays a text."""
PIECE = 256 * 1024
FORMATS = {
    "money": "#,##0.00##",
    "unit_price": "#,##0.00####",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
}
FIRST_DATE = dt.date(1900, 3, 1)
"""Before it, spreadsheets and calendars disagree: they know a 29 February 1900."""

# What XML cannot hold is written as Excel escapes it, and so is a text that looks like such an escape.
_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

Fill = Callable[[Any, Any], None]


def write(columns: Sequence[ExportColumn], batches: Iterator[list[Row]], style: Style) -> Iterator[bytes]:
    """The file in pieces, once all rows are in it: a workbook ends with what it holds.

    Rows lie in temporary files, not in memory. Raises `Invalid` for what no sheet can hold.
    """
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Export"))
    try:
        with tempfile.TemporaryFile() as file:
            _fill(sheet, columns, batches, style)
            workbook.save(file)
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece
    finally:
        discard(sheet)


def _fill(sheet: Any, columns: Sequence[ExportColumn], batches: Iterator[list[Row]], style: Style) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet) for _column in columns]
    for head, column in zip(heads, columns, strict=True):
        put_text(head, column.name if style.by_name else column.title)
        head.font = Font(bold=True)
    sheet.append(heads)
    fills = [_fill_of(column, style) for column in columns]
    count = 0
    for rows in batches:
        count += len(rows)
        if count > MOST_ROWS:
            message = _("A sheet holds at most %(limit)d rows. Export as CSV, or filter the list first.")
            raise Invalid.field("format", "too_large", message % {"limit": MOST_ROWS})
        for row in rows:
            cells = [WriteOnlyCell(sheet) if value is not None else None for value in row]
            for cell, fill, value in zip(cells, fills, row, strict=True):
                if cell is not None:
                    fill(cell, value)
            sheet.append(cells)


def _fill_of(column: ExportColumn, style: Style) -> Fill:
    if column.masked:
        return lambda cell, _value: put_text(cell, MASK)
    if column.choices and not style.by_name:
        return lambda cell, value: put_text(cell, column.choices.get(value, str(value)))
    if column.type in DECIMAL_TYPES:
        shape = FORMATS.get(column.type)
        return lambda cell, value: _put_number(cell, Decimal(value), shape)
    if column.type == "integer":
        return lambda cell, value: _put_number(cell, Decimal(value))
    if column.type == "boolean":
        return _put_plain
    if column.type == "date":
        return lambda cell, value: _put_date(cell, _as_date(value))
    if column.type == "datetime":
        return lambda cell, value: _put_moment(cell, value, style.zone)
    return lambda cell, value: put_text(cell, guard_word(plain_text(value)))


def _put_plain(cell: Any, value: Any) -> None:
    cell.value = bool(value)


def _put_number(cell: Any, number: Decimal, shape: str | None = None) -> None:
    if len(number.normalize().as_tuple().digits) > EXACT_DIGITS:
        put_text(cell, format(number, "f"))
        return
    cell.value = number
    if shape:
        cell.number_format = shape


def _put_date(cell: Any, day: dt.date) -> None:
    if day < FIRST_DATE:
        put_text(cell, day.isoformat())
        return
    cell.value = day
    cell.number_format = FORMATS["date"]


def _put_moment(cell: Any, value: Any, zone: ZoneInfo) -> None:
    """In the zone of the reader: a sheet knows none."""
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    local = moment.astimezone(zone).replace(tzinfo=None)
    if local.date() < FIRST_DATE:
        put_text(cell, plain_text(moment))
        return
    cell.value = local
    cell.number_format = FORMATS["datetime"]


def put_text(cell: Any, text: str) -> None:
    """Makes a cell a text that is never run as a formula. Raises `Invalid` for one that no cell can hold."""
    if len(text) > LONGEST_TEXT:
        message = _(
            "A cell of a sheet holds at most %(limit)d characters, and “%(start)s…” is longer. "
            "Export as CSV, or leave that column out."
        )
        raise Invalid.field("format", "too_long", message % {"limit": LONGEST_TEXT, "start": text[:40]})
    cell._value = _ESCAPED.sub(_escape, text)
    cell.data_type = "s"
    if DANGEROUS.match(text):
        # Stays text also when somebody edits the cell.
        cell.quotePrefix = True


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _as_date(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def discard(sheet: Any) -> None:
    """Deletes the sheet's own temporary file, which openpyxl leaves until the process ends where nothing was saved."""
    writer = sheet._writer
    if writer is None:
        return
    if not sheet.closed:
        sheet.close()
    if Path(writer.out).exists():
        writer.cleanup()
