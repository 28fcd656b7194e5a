"""Values as a person types and reads them: the one place to import from; numbers and dates are two files."""

from __future__ import annotations

from erp_tui.core.entry.conventions import COMMA, POINT, NumberFormat
from erp_tui.core.entry.dates import (
    datetime_for_server,
    datetime_from_server,
    format_age,
    format_date,
    format_datetime,
    moves_with_time,
    parse_date,
    parse_datetime,
    today_in,
    user_zone,
)
from erp_tui.core.entry.numbers import (
    SCALES,
    BadValue,
    decimal_for_server,
    decimal_from_server,
    format_count,
    format_decimal,
    parse_decimal,
)

__all__ = [
    "COMMA",
    "POINT",
    "SCALES",
    "BadValue",
    "NumberFormat",
    "datetime_for_server",
    "datetime_from_server",
    "decimal_for_server",
    "decimal_from_server",
    "format_age",
    "format_count",
    "format_date",
    "format_datetime",
    "format_decimal",
    "moves_with_time",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "today_in",
    "user_zone",
]
