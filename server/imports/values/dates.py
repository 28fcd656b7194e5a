"""Dates as people write them; the order of day and month is settled by the column, never guessed by row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from django.utils.translation import gettext as _

from server.imports.issues import Flaw

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
THREE = re.compile(r"(\d{1,4})\s*([./\- ])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º)?[ .\-/]+(?:de )?([A-Za-zäéû]{3,10})\.?[ ,.\-/]+(?:de )?(\d{2}|\d{4})"
)
MONTH_DAY = re.compile(r"([A-Za-zäéû]{3,10})\.?[ .\-/]+(\d{1,2})(?:st|nd|rd|th)?[ ,.\-/]+(\d{4})")
MIDNIGHT = re.compile(r"[T ]+00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?$|[ ]+12:00(?::00)? AM$")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar ene enero janv janvier",
            "feb february februar febrero févr février fevrier",
            "mar march märz mrz marzo mars",
            "apr april abr abril avr avril",
            "may mai mayo",
            "jun june juni junio juin",
            "jul july juli julio juil juillet",
            "aug august ago agosto août aout",
            "sep sept september septiembre setiembre septembre",
            "oct october okt oktober octubre octobre",
            "nov november noviembre novembre",
            "dec december dez dezember dic diciembre déc décembre decembre",
        ),
        1,
    )
    for name in names.split()
}
# Longer texts are no dates, and must not cost the patterns above their time.
LONGEST_DATE = 40
# POSIX strptime %y: 69-99 are of the last century.
CENTURY_TURNS = 69


class DateStyle(NamedTuple):
    """The order of a column's dates, DMY, MDY or YMD; None where its texts leave it open."""

    order: str | None = None
    mixed: bool = False


class DateEvidence:
    """Gathers from the texts of a column, chunk by chunk, in which order it writes dates."""

    def __init__(self) -> None:
        self._proofs: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Takes further texts into account: a 27 can be no month."""
        for text in texts:
            match = THREE.fullmatch(_bare(text))
            if match is None or len(match[1]) > 2:
                continue
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second:
                self._proofs.add("DMY")
            elif second > 12 >= first:
                self._proofs.add("MDY")

    def style(self, *, declared: str | None = None) -> DateStyle:
        """Returns the order that a person declared, else the one that the texts prove."""
        if declared:
            return DateStyle(declared)
        return DateStyle(min(self._proofs) if len(self._proofs) == 1 else None, mixed=len(self._proofs) > 1)


def read_date(text: str, style: DateStyle) -> tuple[date | None, Flaw | None]:
    """Returns the date that the text writes, or an error (`invalid`, `ambiguous`)."""
    bare = _bare(text)
    try:
        found = _read(bare, style)
    except ValueError:
        found = None
    if isinstance(found, date):
        return found, None
    if found == "ambiguous":
        return None, Flaw(
            "ambiguous",
            _("“%(text)s” may be day and month, or month and day.") % {"text": text},
            _("Declare the order of the dates in this column: DMY or MDY."),
        )
    return None, Flaw(
        "invalid",
        _("“%(text)s” is not a date.") % {"text": text},
        _("Write it as year-month-day, such as 2026-11-21."),
    )


def read_datetime(text: str, style: DateStyle, zone: tzinfo) -> tuple[datetime | None, Flaw | None]:
    """Returns the moment in UTC; a time without an offset is of `zone`, a date alone is its midnight."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        day, flaw = read_date(text, style)
        if day is None:
            return None, flaw
        moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC), None


def _bare(text: str) -> str:
    """Returns the text without a midnight behind it; nothing where it is too long to be a date."""
    text = text.strip()
    return MIDNIGHT.sub("", text) if len(text) <= LONGEST_DATE else ""


def _read(text: str, style: DateStyle) -> date | str | None:
    if match := ISO.fullmatch(text) or COMPACT.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := THREE.fullmatch(text):
        return _read_three(match[1], match[2], match[3], match[4], style)
    if match := DAY_MONTH.fullmatch(text):
        day, month, year = match[1], match[2], match[3]
    elif match := MONTH_DAY.fullmatch(text):
        month, day, year = match[1], match[2], match[3]
    else:
        return None
    number = MONTHS.get(month.lower())
    return date(_year(year), number, int(day)) if number else None


def _read_three(first: str, separator: str, second: str, third: str, style: DateStyle) -> date | str | None:
    if len(first) == 4:
        return date(int(first), int(second), int(third))
    if len(third) == 4 or style.order != "YMD":
        year, order = _year(third), style.order
        if int(first) > 12 or int(second) > 12:
            order = "DMY" if int(first) > 12 else "MDY"
            if style.order in ("DMY", "MDY") and style.order != order:
                return None
        elif order is None and (first == second or (separator == "." and not style.mixed)):
            order = "DMY"  # with points it is the custom everywhere that uses points
        if order is None:
            return "ambiguous"
        day, month = (first, second) if order != "MDY" else (second, first)
        return date(year, int(month), int(day))
    return date(_year(first), int(second), int(third))


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise ValueError(text)
    return int(text) + (1900 if int(text) >= CENTURY_TURNS else 2000)
