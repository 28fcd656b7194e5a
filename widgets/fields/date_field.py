"""Fields of days and of moments: `t`, `+7`, `eom`, `2802` are worked out as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from erp_tui.core.entry.values import (
    datetime_for_server,
    format_date,
    format_datetime,
    parse_date,
    parse_datetime,
    today_in,
)
from widgets.fields.base import VALUE, FieldWidget
from widgets.fields.text_field import TextField
from widgets.shown import UTC_ZONE

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription


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

    @property
    def kept(self) -> Any:
        """The value, which every terminal reads alike; the text while it is none yet."""
        value = self.value
        return {VALUE: value} if value is not None else self.text

    @kept.setter
    def kept(self, kept: Any) -> None:
        FieldWidget.kept.fset(self, kept)  # type: ignore[attr-defined]

    def shown(self, value: Any) -> str:
        """The day as it is written where the person lives; what is no day as it came."""
        try:
            return format_date(str(value))
        except ValueError:
            return str(value)

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
