"""How a value of the server is shown: exact decimals without idle zeros, dates as days, choices by title."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from erp_tui.core.i18n import _

NUMBERS = frozenset({"integer", "quantity", "money", "unit_price", "rate", "percent"})
"""Field types that are numbers (docs/api.md, Values)."""

LEAST_DECIMALS = {"money": 2, "unit_price": 2}
"""Decimals that are shown even when they are zeros: an amount of money always has its cents."""


def shown_value(value: Any, kind: str = "text", choices: Mapping[str, str] | None = None) -> str:
    """The value as a person reads it; empty for None. Nothing is rounded. Not yet safe to draw: see `server_text`."""
    if value is None:
        return ""
    if choices is not None and str(value) in choices:
        return choices[str(value)]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind in NUMBERS:
        return shown_number(str(value), LEAST_DECIMALS.get(kind, 0))
    if kind == "datetime" and isinstance(value, str):
        return value[:16].replace("T", " ")
    return str(value)


def shown_number(text: str, least_decimals: int = 0) -> str:
    """An exact decimal with groups of three and without idle zeros: `12.5000` is `12.50` as money."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    whole, _point, decimals = f"{number:,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least_decimals, "0")
    return f"{whole}.{decimals}" if decimals else whole
