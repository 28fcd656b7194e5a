"""What the lines of a document come to: how many, and the sum of quantity times price, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from erp_tui.core.entry.values import decimal_from_server, format_decimal
from erp_tui.core.i18n import _, ngettext

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription

PRICE_TYPES = frozenset({"unit_price", "money"})


def line_totals(lines: Sequence[Mapping[str, Any]], fields: Sequence[FieldDescription]) -> str:
    """`3 lines · total 1,234.50 · 1 without a price`: the sum is in the document's currency."""
    counted = ngettext("{count} line", "{count} lines", len(lines)).format(count=len(lines))
    quantity = next((field.name for field in fields if field.type == "quantity"), None)
    price = next((field.name for field in fields if field.type in PRICE_TYPES), None)
    if quantity is None or price is None or not lines:
        return counted
    total = sum((_number(line.get(quantity)) * _number(line.get(price)) for line in lines), Decimal(0))
    shown = format_decimal(total, decimals=2, grouped=True)
    said = _("{lines} · total {total}").format(lines=counted, total=shown)
    unpriced = sum(line.get(price) is None for line in lines)
    if unpriced:
        said += " · " + ngettext("{count} without a price", "{count} without a price", unpriced).format(
            count=unpriced
        )
    return said


def _number(value: Any) -> Decimal:
    return Decimal(0) if value is None else decimal_from_server(value)
