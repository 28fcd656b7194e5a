"""What stock comes to once all that is promised has left and all that is ordered has come.

Inventory knows no orders: those who sell say what is reserved, those who buy what is expected, when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db.models import Sum

from server.core.context import SecurityContext

from .models import Product, StockBalance

Flow = Callable[[SecurityContext, Collection[int]], Mapping[int, Decimal]]
"""Quantities in the base unit by the key of their product; what is not named is nothing."""

_flows: dict[str, dict[str, Flow]] = {"reserved": {}, "expected": {}}


@dataclass(slots=True, frozen=True)
class Forecast:
    """The stock of a product over all our own locations, in its base unit."""

    on_hand: Decimal
    reserved: Decimal
    expected: Decimal

    @property
    def available(self) -> Decimal:
        """What will be there; below zero where more is promised than will come."""
        return self.on_hand - self.reserved + self.expected


def plug_flow(direction: Literal["reserved", "expected"], name: str, flow: Flow) -> None:
    """Called once by an app that knows orders, under a name of its own."""
    _flows[direction][name] = flow


def forecasts(actor: SecurityContext, products: Iterable[Product]) -> dict[int, Forecast]:
    """The forecast of each product by its key. The statements do not grow with the products."""
    keys = [product.pk for product in products]
    balances = StockBalance.objects.within(actor).filter(product_id__in=keys, is_internal=True)
    on_hand = dict(
        balances.order_by()
        .values("product_id")
        .annotate(total=Sum("quantity"))
        .values_list("product_id", "total")
    )
    reserved, expected = _total("reserved", actor, keys), _total("expected", actor, keys)
    nothing = Decimal(0)
    return {
        key: Forecast(on_hand.get(key, nothing), reserved.get(key, nothing), expected.get(key, nothing))
        for key in keys
    }


def _total(direction: str, actor: SecurityContext, keys: list[int]) -> dict[int, Decimal]:
    total: dict[int, Decimal] = {}
    for flow in _flows[direction].values():
        for key, quantity in flow(actor, keys).items():
            total[key] = total.get(key, Decimal(0)) + quantity
    return total
