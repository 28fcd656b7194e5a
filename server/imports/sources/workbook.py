"""Workbooks (.xlsx, .xlsm): `packages` looks at the archive, `book` at what it holds, `sheet_xml` reads the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from server.imports.sources.book import GENERAL, Book, read_book
from server.imports.sources.cells import is_date, shown_date, shown_number, unescaped
from server.imports.sources.packages import check_parts, merged_areas, open_package
from server.imports.sources.port import WARNING, Found, Limits, Mark, Refused, Rows
from server.imports.sources.sheet_xml import Cell, column_of, shared_strings, sheet_rows


def read(path: Path, rows: Rows, *, sheet: str | None, limits: Limits) -> Found:
    """Puts the rows of the sheet, or of the first visible one that holds any; see `port.Source`."""
    archive = open_package(path, limits)
    check_parts(archive)
    book = read_book(archive)
    found = Found(sheets=[each for each, _part in book.sheets])
    if not book.sheets:
        raise Refused("no_sheet")
    if sheet is not None and sheet not in {each.name for each in found.sheets}:
        raise Refused("no_such_sheet", sheet=sheet[:80], sheets=[each.name for each in found.sheets][:20])
    if sheet is None and all(each.hidden for each in found.sheets):
        raise Refused("only_hidden_sheets", sheets=[each.name for each in found.sheets][:20])
    cells = _Cells(archive, book)
    for each, part in book.sheets:
        if each.name == sheet or (sheet is None and not each.hidden):
            found.sheet = each.name
            if _put_all(archive, part, cells, rows, found) or sheet is not None:
                break
    return found


def _put_all(archive: ZipFile, part: str, cells: _Cells, rows: Rows, found: Found) -> int:
    """Puts the rows of a sheet; returns how many hold anything."""
    filled, marked = 0, 0
    for number, texts, marks in _rows(cells, archive, part):
        rows.put(number, texts, marks)
        filled += 1
        marked += bool(marks)
    if marked:
        found.notes.append(("formulas_without_value", {"count": marked}))
    if cells.merged:
        found.notes.append(("merged_cells", {"count": cells.merged, "first": cells.first_merged}))
    return filled


class _Cells:
    """What the cells of every sheet need: the texts that they refer to, the formats and the first day."""

    def __init__(self, archive: ZipFile, book: Book) -> None:
        self.epoch = MAC_EPOCH if book.from_1904 else WINDOWS_EPOCH
        self.shapes = book.shapes or [GENERAL]
        self.dates = [is_date(shape) for shape in self.shapes]
        self.texts = shared_strings(archive.open(book.strings)) if book.strings else []
        self.merged, self.first_merged = 0, ""

    def text(self, cell: Cell) -> str:
        """Returns the cell as a person sees it. Raises ValueError or IndexError where the file is damaged."""
        value = cell.value or ""
        if not value:
            return ""
        if cell.kind == "s":
            return unescaped(self.texts[int(value)])
        if cell.kind in ("inlineStr", "str"):
            return unescaped(value)
        if cell.kind == "b":
            return "true" if value.strip() in ("1", "true") else "false"
        if cell.kind == "e":
            return value if value.startswith("#") else f"#{value}"
        if cell.kind == "d":
            return value.strip().removesuffix("T00:00:00")
        if self.dates[cell.style]:
            return shown_date(float(value), self.shapes[cell.style], self.epoch)
        return shown_number(value, self.shapes[cell.style])


def _rows(book: _Cells, archive: ZipFile, part: str) -> Iterator[tuple[int, list[str], list[Mark]]]:
    """Yields the rows that hold anything; a value merged over several rows stands in each of them."""
    areas = _areas_down(merged_areas(archive.open(part)))
    book.merged, book.first_merged = 0, ""
    running: dict[int, tuple[int, str]] = {}
    for number, found in sheet_rows(archive.open(part)):
        cells = [""] * (found[-1].column if found else 0)
        marks = []
        for cell in found:
            cells[cell.column - 1] = book.text(cell)
            if cell.formula and not cell.value and cell.kind != "str":
                place = f"{get_column_letter(cell.column)}{number}"
                marks.append(Mark("formula_without_value", {"cell": place}, WARNING))
        for column, last in areas.pop(number, ()):
            if column <= len(cells) and cells[column - 1]:
                running[column] = (last, cells[column - 1])
                book.merged += 1
                book.first_merged = book.first_merged or f"{get_column_letter(column)}{number}"
        if not any(cells) and not marks:
            continue
        for column, (last, value) in list(running.items()):
            if number > last:
                del running[column]
            elif column > len(cells):
                cells += [""] * (column - len(cells) - 1) + [value]
            else:
                cells[column - 1] = cells[column - 1] or value
        yield number, cells, marks


def _areas_down(areas: list[tuple[bytes, bytes]]) -> dict[int, list[tuple[int, int]]]:
    """Returns by first row the (column, last row) of the areas that are merged over several rows."""
    down: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for first, last in areas:
        top, bottom = (int(reference.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for reference in (first, last))
        if bottom > top:
            down[top].append((column_of(first), bottom))
    return down
