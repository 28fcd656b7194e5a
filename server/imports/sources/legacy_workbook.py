"""Workbooks as Excel wrote them until 2003 (.xls), read by xlrd."""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import xlrd
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from xlrd.biffh import XLRDError

from server.imports.sources.cells import shown_date, shown_number
from server.imports.sources.port import Found, Limits, Refused, Rows, Sheet

# Streams of the container that say what it is.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OTHERS = tuple(
    name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint Document", "VisioDocument", "__nameid")
)


def read(
    path: Path,
    rows: Rows,
    *,
    sheet: str | None,
    limits: Limits,  # noqa: ARG001 - such a sheet holds at most 65,536 rows of 256 cells
) -> Found:
    """Puts the rows of the sheet, or of the first visible one that holds any; see `port.Source`."""
    content = path.read_bytes()
    if ENCRYPTED in content:
        raise Refused("password_protected")
    if any(stream in content for stream in OTHERS):
        raise Refused("other_format", kind="ole")
    book = _open(content)
    found = Found(sheets=[Sheet(each.name, each.visibility != 0) for each in book.sheets()])
    if sheet is not None and sheet not in book.sheet_names():
        raise Refused("no_such_sheet", sheet=sheet[:80], sheets=book.sheet_names()[:20])
    if sheet is None and all(each.hidden for each in found.sheets):
        raise Refused("only_hidden_sheets", sheets=book.sheet_names()[:20])
    for table in book.sheets():
        if table.name == sheet or (sheet is None and table.visibility == 0):
            found.sheet = table.name
            if _put_all(book, table, rows, found) or sheet is not None:
                return found
    return found


def _open(content: bytes) -> Any:
    try:
        with Path(os.devnull).open("w") as nowhere:
            return xlrd.open_workbook(
                file_contents=content, logfile=nowhere, formatting_info=True, ragged_rows=True
            )
    except XLRDError as error:
        if "encrypted" in str(error).lower():
            raise Refused("password_protected") from error
        raise Refused("damaged_workbook") from error


def _put_all(book: Any, table: Any, rows: Rows, found: Found) -> int:
    """Puts the rows of a sheet; returns how many hold anything. A merged value stands in each of its rows."""
    epoch: dt.datetime = MAC_EPOCH if book.datemode else WINDOWS_EPOCH
    down: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for top, bottom, left, _right in table.merged_cells:
        for index in range(top + 1, min(bottom, table.nrows)):
            down[index].append((left, top))
    filled, merged = 0, set()
    for index in range(table.nrows):
        cells = [_text(book, cell, epoch) for cell in table.row(index)]
        if not any(cells):
            continue
        for column, top in down[index]:
            text = _text(book, table.cell(top, column), epoch) if column < table.row_len(top) else ""
            if text:
                merged.add((top, column))
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] or text
        rows.put(index + 1, cells, [])
        filled += 1
    if merged:
        top, column = min(merged)
        found.notes.append(
            ("merged_cells", {"count": len(merged), "first": f"{get_column_letter(column + 1)}{top + 1}"})
        )
    return filled


def _text(book: Any, cell: Any, epoch: dt.datetime) -> str:
    """Returns the cell as a person sees it."""
    kind, value = cell.ctype, cell.value
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if kind == xlrd.XL_CELL_TEXT:
        return str(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "true" if value else "false"
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#ERROR"))
    shape = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if kind == xlrd.XL_CELL_DATE:
        return shown_date(float(value), shape, epoch)
    number = float(value)
    return shown_number(
        str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number), shape
    )
