"""A date or a number that can be read in two ways: asked once for its column, with what it would mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from erp_tui.core.i18n import _
from erp_tui.core.transfer.importing import target_field
from widgets.dialogs.pick_dialog import PickDialog

if TYPE_CHECKING:
    from erp_tui.core.remote.import_models import ImportRow
    from erp_tui.core.remote.models import Description

AMBIGUOUS: Final = "ambiguous"
DATES: Final = frozenset({"date", "datetime"})
NUMBERS: Final = frozenset({"integer", "quantity", "money", "unit_price", "rate", "percent"})
_DATE = re.compile(r"\s*(\d{1,2})[^\d](\d{1,2})[^\d](\d{2}|\d{4})\b")
_CENTURY_TURNS: Final = 69
"""From this on two digits are a year of the last century, as the server reads them."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A column whose texts leave open what they mean, by the first of them; ``row`` is its row."""

    field: str
    title: str
    text: str
    row: int
    dates: bool

    @property
    def member(self) -> str:
        """The member of the mapping that settles it."""
        return "date_order" if self.dates else "decimal_mark"


def ambiguities(
    rows: Iterable[ImportRow], mapping: Mapping[str, Mapping[str, Any]], description: Description
) -> list[Ambiguity]:
    """The columns that leave it open, each by the first row that shows it."""
    found: dict[str, Ambiguity] = {}
    for row in rows:
        for issue in row.issues:
            field = target_field(description, issue.field)
            if issue.code != AMBIGUOUS or issue.level != "error" or field is None or issue.field in found:
                continue
            if "column" in mapping.get(issue.field, {}) and field.type in DATES | NUMBERS:
                found[issue.field] = Ambiguity(
                    issue.field, field.title, issue.value or "", row.row, field.type in DATES
                )
    return list(found.values())


def question_about(column: Ambiguity) -> PickDialog:
    """The question, answered with what the mapping takes."""
    title = _("What is “{text}” in “{title}” (row {row})?").format(
        text=column.text, title=column.title, row=column.row
    )
    body = _("It can be read in two ways. The answer holds for the whole column and is remembered.")
    if column.dates:
        return PickDialog(title, _date_answers(column.text), body=body)
    answers = [
        (".", _("a point before the decimals: 1,234.56")),
        (",", _("a comma before the decimals: 1.234,56")),
    ]
    return PickDialog(title, answers, body=body)


def _date_answers(text: str) -> list[tuple[str, str]]:
    match = _DATE.match(text)
    answers = [("DMY", _("the day first")), ("MDY", _("the month first"))]
    if match is None:
        return answers
    first, second, year = (int(part) for part in match.groups())
    if len(match[3]) == 2:
        year += 1900 if year >= _CENTURY_TURNS else 2000
    days = {"DMY": (second, first), "MDY": (first, second)}
    return [(order, f"{title}: {_long(year, *days[order])}") for order, title in answers]


def _long(year: int, month: int, day: int) -> str:
    """The day in the order that is read in one way everywhere: the order is the very question."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return "–"
