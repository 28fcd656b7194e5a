"""The dates in GS1 codes: two digits of a year, and a day that may be left open.

GS1 General Specifications, 7.12 (determination of century) and 3.4 (a day of 00 is the last of the month).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from erp_tui.core.i18n import _
from erp_tui.core.scanning.problems import ScanProblem

SPAN = 50
"""Years: a year of two digits lies at most so far ahead, and less than so far behind."""


def full_year(two_digits: int, today: date) -> int:
    """The year meant by two digits, seen from today (7.12): 51 to 99 ahead is the last century, 50 to 99
    behind the next."""
    century, year = divmod(today.year, 100)
    if two_digits - year > SPAN:
        century -= 1
    elif two_digits - year <= -SPAN:
        century += 1
    return century * 100 + two_digits


def parse_day(text: str, today: date, code: str) -> date:
    """The day of `YYMMDD`. Raises `ScanProblem` naming the identifier `code`."""
    year, month, day = full_year(int(text[:2]), today), int(text[2:4]), int(text[4:6])
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as error:  # calendar's own error for a month is one too
        raise _no_date(text, code) from error


def parse_moment(text: str, today: date, code: str) -> datetime:
    """The day and time of `YYMMDDHH`, with minutes and seconds where they are given, in the time of the place."""
    day = parse_day(text[:6], today, code)
    try:
        return datetime(
            day.year, day.month, day.day, int(text[6:8]), int(text[8:10] or 0), int(text[10:12] or 0)
        )
    except ValueError as error:
        raise _no_date(text, code) from error


def day_text(day: date) -> str:
    """`YYMMDD`."""
    return f"{day:%y%m%d}"


def _no_date(text: str, code: str) -> ScanProblem:
    return ScanProblem(
        _("({code}) is a date, but {text} is none: year, month and day of two digits each.").format(
            code=code, text=text
        ),
        code,
    )
