"""Values as a person types and reads them: the one place to import from; numbers and dates are two files."""

from __future__ import annotations

from erp_tui.core.dates import (
    datetime_for_server,
    datetime_from_server,
    format_age,
    format_datetime,
    parse_date,
    parse_datetime,
    today_in,
    user_zone,
)
from erp_tui.core.numbers import (
    COMMA,
    POINT,
    SCALES,
    BadValue,
    NumberFormat,
    decimal_for_server,
    decimal_from_server,
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
    "format_datetime",
    "format_decimal",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "today_in",
    "user_zone",
]
