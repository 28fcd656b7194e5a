"""Periods as people write them: ``month``, ``24h``, ``2025-06``, ``2025-01-01,2025-03-31`` (X-05)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

from server.core.parsers import durations
from server.core.parsers.errors import ParseError

WORDS = ("day", "week", "month", "quarter", "year")

_CALENDAR = re.compile(
    r"(?P<year>[0-9]{4})(?:-q(?P<quarter>[1-4])|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to, but not including, ``end``; both in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def parse(text: str, *, now: datetime, zone: tzinfo, parameter: str = "period") -> Period:
    """The period meant at ``now`` by somebody in ``zone``. Raises `ParseError`.

    - ``day``, ``week`` (from Monday, ISO 8601), ``month``, ``quarter``, ``year``: the current one, whole;
    - a duration such as ``24h`` or ``30d``: so long, up to now;
    - ``2025``, ``2025-Q2``, ``2025-06``, ``2025-06-03``: that one;
    - ``from,to``: from the beginning of the one to the end of the other, each written as in the line above.
    """
    try:
        if "," in text:
            return _from_to(text, zone, parameter)
        if (period := _single(text.strip().lower(), now, zone)) is not None:
            return period
    except OverflowError:
        raise ParseError(parameter, text, 1, _("a time within the years 1 to 9999")) from None
    raise ParseError(
        parameter,
        text,
        1,
        _("one of day, week, month, quarter, year; or such as 24h, 30d, 2025-06, 2025-01-01,2025-03-31"),
    )


def _single(text: str, now: datetime, zone: tzinfo) -> Period | None:
    if text in WORDS:
        return _between(*_current(text, now.astimezone(zone).date()), zone)
    if (days := _calendar_days(text)) is not None:
        return _between(*days, zone)
    try:
        duration = durations.parse(text)
    except ParseError:
        return None
    return Period(duration.before(now, zone), now.astimezone(UTC))


def _from_to(text: str, zone: tzinfo, parameter: str) -> Period:
    first, second = text.split(",", 1)
    start, _after_first = _endpoint(text, first, 0, parameter)
    _last, end = _endpoint(text, second, len(first) + 1, parameter)
    if end <= start:
        raise ParseError(
            parameter,
            text,
            len(first) + 2,
            _("an end that is not before the beginning, %(start)s") % {"start": start.isoformat()},
        )
    return _between(start, end, zone)


def _endpoint(text: str, part: str, offset: int, parameter: str) -> tuple[date, date]:
    days = _calendar_days(part.strip().lower())
    if days is None:
        position = offset + len(part) - len(part.lstrip()) + 1
        raise ParseError(
            parameter, text, position, _("a date such as 2025-06-30, or a month such as 2025-06")
        )
    return days


def _current(word: str, today: date) -> tuple[date, date]:
    match word:
        case "day":
            return today, today + timedelta(days=1)
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=7)
        case "month":
            return _months(today.year, today.month, 1)
        case "quarter":
            return _months(today.year, 3 * ((today.month - 1) // 3) + 1, 3)
        case _:
            return _months(today.year, 1, 12)


def _calendar_days(text: str) -> tuple[date, date] | None:
    """The first day and the day after the last of a written year, quarter, month or day; None if it is none."""
    found = _CALENDAR.fullmatch(text)
    if found is None:
        return None
    year = int(found["year"])
    try:
        if found["quarter"]:
            return _months(year, 3 * int(found["quarter"]) - 2, 3)
        if not found["month"]:
            return _months(year, 1, 12)
        if not found["day"]:
            return _months(year, int(found["month"]), 1)
        day = date(year, int(found["month"]), int(found["day"]))
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    years, following = divmod(month - 1 + count, 12)
    return date(year, month, 1), date(year + years, following + 1, 1)


def _between(first: date, after_last: date, zone: tzinfo) -> Period:
    return Period(*(datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after_last)))
