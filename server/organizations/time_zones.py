"""Time zones by their IANA name."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def time_zone_names() -> frozenset[str]:
    """All names that this machine's time zone data knows."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Raise `ValidationError` for a name that is no time zone."""
    if name not in time_zone_names():
        raise ValidationError(
            _("“%(name)s” is no time zone. Give one such as Europe/Madrid or UTC.") % {"name": name},
            code="not_a_choice",
        )
