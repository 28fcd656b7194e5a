"""How a value of the server is shown: exact decimals without idle zeros, times in a zone, choices by title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from erp_tui.core.entry.values import format_date, format_datetime, format_decimal
from erp_tui.core.i18n import _

NUMBERS = frozenset({"integer", "quantity", "money", "unit_price", "rate", "percent"})
"""Field types that are numbers (docs/api.md, Values)."""

LEAST_DECIMALS = {"money": 2, "unit_price": 2}
"""Decimals that are shown even when they are zeros: an amount of money always has its cents."""

UTC_ZONE = ZoneInfo("UTC")


def shown_value(
    value: Any, kind: str = "text", choices: Mapping[str, str] | None = None, zone: ZoneInfo = UTC_ZONE
) -> str:
    """The value as a person reads it; empty for None. Nothing is rounded, and what does not fit its type is
    shown as it came. Not yet safe to draw: see `server_text`."""
    if value is None:
        return ""
    if choices is not None and str(value) in choices:
        return choices[str(value)]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    try:
        if kind in NUMBERS:
            return format_decimal(value, decimals=LEAST_DECIMALS.get(kind, 0), grouped=True)
        if kind == "datetime":
            return format_datetime(value, zone)
        if kind == "date":
            return format_date(str(value))
    except ValueError:
        return str(value)
    return str(value)
