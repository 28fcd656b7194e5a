"""The moments of a cron expression, in a time zone, as Debian's cron understands both."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

_WRITTEN = re.compile(r"[0-9A-Za-z*/,#-]+(?:[ \t]+[0-9A-Za-z*/,#-]+){4}")
# What the parser lets slip through for an expression that means nothing, such as the fifth step of a last Friday.
_REFUSALS = (CronSimError, AssertionError, ValueError, TypeError, OverflowError)


class CronProblem(ValueError):
    """An expression that means nothing, or a time that never comes; says so in a sentence."""


def next_after(expression: str, time_zone: str, moment: dt.datetime) -> dt.datetime:
    """The first moment of the expression after this one, in UTC. Raises `CronProblem`.

    A time that a clock change leaves out is run right after the change; one that comes twice is run once, unless
    the hour is a star. Whatever the zone does, each moment is later than the one before.
    """
    if not _WRITTEN.fullmatch(expression.strip()):
        raise CronProblem(
            _("“%(when)s” is no cron expression: five fields, such as “30 5 * * MON-FRI”.")
            % {"when": expression[:60]}
        )
    try:
        moments = CronSim(expression, moment.astimezone(ZoneInfo(time_zone)))
        for found in moments:
            if (following := found.astimezone(dt.UTC)) > moment:
                return following
    except _REFUSALS as error:
        raise CronProblem(
            _("“%(when)s” is no cron expression: %(reason)s.") % {"when": expression[:60], "reason": error}
        ) from error
    raise CronProblem(_("“%(when)s” never comes.") % {"when": expression[:60]})
