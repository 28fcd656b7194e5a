"""Days that move with time, as people write them: ``t``, ``t-7``, ``eom``, ``som-1m``; the same as in a form."""

import calendar
import re
from datetime import date, timedelta

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = "|".join(("today", "t", "som", "eom", *_WEEKDAYS))
_DAY = re.compile(rf"(?P<name>{_NAMES})?(?:(?P<number>[+-][0-9]{{1,4}})(?P<unit>[dwm]?))?")


def relative_day(text: str, today: date) -> date | None:
    """The day meant on ``today``; None where the text is no such day, or one beyond the years 1 to 9999.

    ``t`` is today, ``som`` and ``eom`` are the first and the last of its month, ``mon`` … ``sun`` the next such
    day; ``+7``, ``-2w`` and ``+1m`` count days, weeks and months from one of these, or from today.
    """
    word = text.strip().lower()
    match = _DAY.fullmatch(word)
    if match is None or not word:
        return None
    name, number, unit = match["name"] or "t", int(match["number"] or 0), match["unit"]
    try:
        if unit != "m":
            return _named(name, today) + timedelta(days=number * (7 if unit == "w" else 1))
        if name in ("som", "eom"):
            return _named(name, _months_later(today, number))
        return _months_later(_named(name, today), number)
    except (OverflowError, ValueError):
        return None


def _named(name: str, today: date) -> date:
    if name == "som":
        return today.replace(day=1)
    if name == "eom":
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if name in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS.index(name) - today.weekday() - 1) % 7 + 1)
    return today


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
