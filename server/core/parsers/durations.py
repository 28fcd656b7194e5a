"""Durations as people write them: ``30d``, ``24h``, ``6m`` (X-05).

``m`` is months, as the commands of the founding documents use it; minutes are ``min``.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from django.utils.translation import gettext as _

from server.core.parsers.errors import ParseError

_GRAMMAR = re.compile(r"(?P<amount>[0-9]{1,6})(?P<unit>[a-z]+)", re.IGNORECASE)


class Unit(StrEnum):
    """The units of a duration, as they are written."""

    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


_ELAPSED = {
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of a unit. Hours and below are elapsed time; days and above go by the calendar.

    One day after noon is noon, also across a change to summer time; one month after January 31 is the last
    of February.
    """

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def after(self, moment: datetime, zone: tzinfo = UTC) -> datetime:
        """The moment this much later by the clocks of ``zone``, in UTC.

        Raises ``OverflowError`` outside the years 1 to 9999.
        """
        return self._moved(moment, zone, self.amount)

    def before(self, moment: datetime, zone: tzinfo = UTC) -> datetime:
        """The moment this much earlier by the clocks of ``zone``, in UTC; raises as `after` does."""
        return self._moved(moment, zone, -self.amount)

    def _moved(self, moment: datetime, zone: tzinfo, amount: int) -> datetime:
        if (elapsed := _ELAPSED.get(self.unit)) is not None:
            return moment.astimezone(UTC) + amount * elapsed
        local = moment.astimezone(zone)
        if self.unit in _DAYS:
            moved = local + timedelta(days=amount * _DAYS[self.unit])
        else:
            moved = _months_later(local, amount * _MONTHS[self.unit])
        return moved.astimezone(UTC)


def parse(text: str, *, parameter: str = "duration") -> Duration:
    """A whole number above zero and a unit: ``90s 15min 24h 30d 2w 6m 1y``. Raises `ParseError`."""
    stripped = text.strip()
    found = _GRAMMAR.fullmatch(stripped)
    expected = _(
        "a number and a unit, such as 30d (s seconds, min minutes, h hours, d days, w weeks, m months, y years)"
    )
    if found is None or not stripped.isascii():
        raise ParseError(parameter, text, 1, expected)
    try:
        unit = Unit(found["unit"].lower())
    except ValueError:
        raise ParseError(parameter, text, text.index(stripped) + found.start("unit") + 1, expected) from None
    if int(found["amount"]) == 0:
        raise ParseError(parameter, text, 1, _("a number above zero"))
    return Duration(int(found["amount"]), unit)


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"The year {year} cannot be told.")
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
