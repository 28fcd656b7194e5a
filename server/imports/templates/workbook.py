"""A template as a workbook: a sheet with nothing but the heads, one that explains them, and one of choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from .columns import TemplateColumn
from .notes import note

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TITLE = 31
"""Letters that the name of a sheet may have."""
CHOSEN_ROWS = 5_000
"""Rows in which a cell offers its choices."""
WIDTH = 18
WIDE = 46
AS_TEXT = "@"
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


def write(title: str, columns: Sequence[TemplateColumn]) -> bytes:
    """Returns the file. Nothing but the first sheet is data, so that no example is ever taken in with it."""
    from openpyxl import Workbook

    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = _sheet_title(title)
    _fill_data(sheet, columns)
    _explain(workbook.create_sheet(_sheet_title(note(_("How to fill it in")))), columns)
    _offer(workbook.create_sheet(_sheet_title(note(_("Choices")))), sheet, columns)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _fill_data(sheet: Any, columns: Sequence[TemplateColumn]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    needed = PatternFill("solid", fgColor="FFE699")
    for number, column in enumerate(columns, 1):
        cell = _put(sheet, 1, number, column.head)
        cell.font = Font(bold=True)
        if column.required:
            cell.fill = needed
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(WIDTH, len(column.head) + 2)
        # A code such as 00123 keeps its zeros.
        sheet.column_dimensions[letter].number_format = AS_TEXT
    sheet.freeze_panes = "A2"


def _explain(sheet: Any, columns: Sequence[TemplateColumn]) -> None:
    from openpyxl.styles import Alignment, Font

    heads = (_("Column"), _("Field"), _("Required"), _("Takes"), _("Example"))
    for place, head in enumerate(heads, 1):
        _put(sheet, 1, place, head).font = Font(bold=True)
    for row, column in enumerate(columns, 2):
        cells = (
            column.title,
            column.name,
            _("yes") if column.required else _("no"),
            column.takes,
            column.example,
        )
        for place, text in enumerate(cells, 1):
            _put(sheet, row, place, text).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDE", (WIDTH, WIDTH, WIDTH, WIDE, WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _offer(choices: Any, sheet: Any, columns: Sequence[TemplateColumn]) -> None:
    """Puts the choices on a hidden sheet and lets the cells of their column offer them."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    choices.sheet_state = "hidden"
    offered = 0
    for number, column in enumerate(columns, 1):
        if not column.choices:
            continue
        offered += 1
        _put(choices, 1, offered, column.title)
        for row, choice in enumerate(column.choices, 2):
            _put(choices, row, offered, choice)
        source = get_column_letter(offered)
        validation = DataValidation(
            type="list",
            formula1=f"'{choices.title}'!${source}$2:${source}${len(column.choices) + 1}",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=column.title,
            error=column.takes[:255],
        )
        sheet.add_data_validation(validation)
        letter = get_column_letter(number)
        validation.add(f"{letter}2:{letter}{CHOSEN_ROWS}")


def _put(sheet: Any, row: int, column: int, text: str) -> Any:
    """Puts a text as text, also one that looks like a formula."""
    cell = sheet.cell(row, column)
    cell.number_format = AS_TEXT
    cell._value, cell.data_type = text, "s"
    return cell


def _sheet_title(text: str) -> str:
    return _NO_TITLE.sub(" ", text)[:LONGEST_TITLE].strip()
