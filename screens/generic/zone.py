"""The time zone of the person who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from erp_tui.core.entry.values import user_zone

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api


async def zone_of(api: Api) -> ZoneInfo:
    """The zone in which times are shown and typed; UTC where this machine does not know the person's own."""
    return user_zone((await api.meta()).user.time_zone)
