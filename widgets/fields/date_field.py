"""Fields of days and of moments: `t`, `+7`, `eom`, `2802` are worked out as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from erp_tui.core.values import (
    datetime_for_server,
    format_datetime,
    parse_date,
    parse_datetime,
    today_in,
)
from widgets.fields.text_field import TextField
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.models import FieldDescription


class DateField(TextField):
    """A day, given to the server as ISO 8601. `zone` is the zone in which today is today."""

    def __init__(
        self, description: FieldDescription, *, zone: ZoneInfo = UTC_ZONE, bare: bool = False
    ) -> None:
        self.zone = zone
        super().__init__(description, bare=bare)

    def parse(self, text: str) -> Any:
        """The day as `2026-11-21`. Raises `BadValue`."""
        return parse_date(text, today_in(self.zone)).isoformat()

    def show_hint(self) -> None:
        """Shows the day that a short form means."""
        value = self.value
        self.set_hint(
            f"= {self.shown(value)}" if value is not None and self.shown(value) != self.text else ""
        )


class DateTimeField(DateField):
    """A moment, typed in the person's zone and given to the server in UTC."""

    def parse(self, text: str) -> Any:
        """The moment as `2026-11-21T09:26:00.000000Z`. Raises `BadValue`."""
        return datetime_for_server(parse_datetime(text, self.zone, datetime.now(UTC)))

    def shown(self, value: Any) -> str:
        """The moment in the person's zone, to the minute."""
        return format_datetime(value, self.zone)
