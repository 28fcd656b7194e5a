"""Dates and times as a person types and reads them, by the conventions in force; ISO 8601 is always understood.

The server holds times in UTC (DESIGN, "Data"); a person types and reads them in their own zone.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from erp_tui.core.entry.conventions import conventions
from erp_tui.core.entry.numbers import BadValue
from erp_tui.core.i18n import _

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED_DAY = "|".join(("today", "t", "eom", "som", *_WEEKDAYS))
_FROM_DAY = re.compile(rf"(?a)(?P<day>{_NAMED_DAY})?(?:(?P<number>[+-]\d{{1,4}})(?P<unit>[dwm]?))?")


def user_zone(name: str) -> ZoneInfo:
    """The time zone called ``name``; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def today_in(zone: ZoneInfo) -> date:
    """The date that it is now in ``zone``."""
    return datetime.now(zone).date()


def parse_date(text: str, today: date, *, day_first: bool | None = None) -> date:
    """The date that ``text`` means.

    ``t`` is today, ``+7`` and ``-3`` are days from today, ``+2w`` weeks, ``+1m`` months, ``eom`` the last
    day of this month, ``som`` its first, ``mon`` … ``sun`` the next such day; ``t-7`` and ``eom+3`` count from
    such a day, ``som-1m`` is the first of the month before. ``2802`` and ``28.2.`` are the
    28 February nearest to today, ``280226`` and ``28022026`` have their year; ``2026-02-28`` works too.
    ``day_first`` False reads ``0228``; the conventions in force decide unless told. Raises ``BadValue``.
    """
    if day_first is None:
        day_first = conventions().typed == "dmy"
    word = text.strip().lower()
    meant = _from_day(word, today) or _digits(word, today, day_first)
    if meant is None:
        raise BadValue(
            _("{text} is not a date; enter it like {iso}, {short}, t, +7 or eom.").format(
                text=text.strip() or "''",
                iso=today.isoformat(),
                short=today.strftime("%d%m" if day_first else "%m%d"),
            )
        )
    return meant


def moves_with_time(text: str) -> bool:
    """Whether ``text`` is a day that is another one tomorrow: ``t-7``, ``eom``, ``+2w``."""
    word = text.strip().lower()
    return bool(word) and _FROM_DAY.fullmatch(word) is not None


def parse_datetime(text: str, zone: ZoneInfo, now: datetime, *, day_first: bool | None = None) -> datetime:
    """The moment, in UTC, that ``text`` means in ``zone``: ``now``, ``14:30`` today, a date, or both.

    Raises ``BadValue``, also for a time that the change to summer time leaves out. A time that happens
    twice is the first of the two.
    """
    stripped = text.strip()
    if stripped.lower() == "now":
        return now.astimezone(UTC)
    day_text, separator, time_text = re.sub(r"[tT](?=\d\d:)", " ", stripped).rpartition(" ")
    if not separator and ":" not in time_text:
        day_text, time_text = time_text, ""
    today = now.astimezone(zone).date()
    day = parse_date(day_text, today, day_first=day_first) if day_text else today
    local = datetime.combine(day, _time(time_text, text), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadValue(
            _("{text} does not exist in {zone}: the clocks are put forward then. Enter a later time.").format(
                text=stripped, zone=zone.key
            )
        )
    return moment


def datetime_for_server(moment: datetime) -> str:
    """``moment`` as a write carries it: UTC with a Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def datetime_from_server(value: str) -> datetime:
    """The moment in an answer, in UTC. Raises ``ValueError`` where it is none or names no zone."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} names no time zone")
    return moment.astimezone(UTC)


def format_date(value: str | date) -> str:
    """A day as it is written where the person lives: ``2026-11-21``, ``21/11/2026``.

    Raises ``ValueError`` for text that is no day as the server sends it.
    """
    day = date.fromisoformat(value) if isinstance(value, str) else value
    parts = {"y": f"{day.year:04d}", "m": f"{day.month:02d}", "d": f"{day.day:02d}"}
    written = conventions()
    return written.date_mark.join(parts[part] for part in written.date_order)


def format_datetime(value: str | datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """A moment to be read in ``zone``: ``2026-11-21 10:26``. Raises ``ValueError`` where it is none."""
    moment = (datetime_from_server(value) if isinstance(value, str) else value).astimezone(zone)
    return f"{format_date(moment.date())} {moment:{'%H:%M:%S' if seconds else '%H:%M'}}"


def format_age(moment: datetime, now: datetime) -> str:
    """How long ago a moment is, in the largest unit that says enough: `just now`, `5 min`, `3 h`, `2 d`."""
    minutes = int((now - moment).total_seconds()) // 60
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    if minutes < 48 * 60:
        return _("{count} h").format(count=minutes // 60)
    return _("{count} d").format(count=minutes // (24 * 60))


def _from_day(word: str, today: date) -> date | None:
    """A day that has a name, so many days, weeks or months from it, or so many from today."""
    match = _FROM_DAY.fullmatch(word)
    if match is None or not word:
        return None
    name, number, unit = match["day"] or "t", int(match["number"] or 0), match["unit"]
    try:
        if unit != "m":
            return _named_day(name, today) + timedelta(days=number * (7 if unit == "w" else 1))
        if name in {"som", "eom"}:
            return _named_day(name, _months_later(today, number))
        return _months_later(_named_day(name, today), number)
    except (OverflowError, ValueError):
        return None


def _named_day(name: str, today: date) -> date:
    if name == "eom":
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if name == "som":
        return today.replace(day=1)
    if name in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS.index(name) - today.weekday() - 1) % 7 + 1)
    return today


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _digits(word: str, today: date, day_first: bool) -> date | None:
    if match := re.fullmatch(r"(?a)(\d{4})-(\d{1,2})-(\d{1,2})", word):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if (match := re.fullmatch(r"(?a)(\d{2})(\d{2})(\d{4}|\d{2})?", word)) or (
        match := re.fullmatch(r"(?a)(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2})?)?", word)
    ):
        parts = match.groups()
    else:
        return None
    day, month = (int(parts[0]), int(parts[1])) if day_first else (int(parts[1]), int(parts[0]))
    if parts[2]:
        return _date(int(parts[2]) + (2000 if len(parts[2]) == 2 else 0), month, day)
    near = (_date(today.year + shift, month, day) for shift in (0, 1, -1))
    return min((found for found in near if found), key=lambda found: abs(found - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str, whole: str) -> time:
    match = re.fullmatch(r"(?a)(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
    try:
        if match:
            return time(int(match[1]), int(match[2]), int(match[3] or 0))
        if not text:
            return time()
    except ValueError as error:
        raise _bad_time(whole) from error
    raise _bad_time(whole)


def _bad_time(text: str) -> BadValue:
    return BadValue(
        _("{text} is not a time; enter it like 14:30, now, or {example}.").format(
            text=text.strip(), example="2026-11-21 14:30"
        )
    )
