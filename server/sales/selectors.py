"""Reads of sales orders that are more than a filter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from server.core.context import SecurityContext
from server.inventory.units import to_base

from .models import SalesOrder, SalesOrderLine

PROMISED = (SalesOrder.State.CONFIRMED, SalesOrder.State.PARTIALLY_DELIVERED)


def reserved_quantities(actor: SecurityContext, products: Collection[int]) -> dict[int, Decimal]:
    """What confirmed orders still have to deliver of these products, in the base unit. A draft promises nothing."""
    lines = SalesOrderLine.objects.within(actor).filter(product_id__in=products, order__state__in=PROMISED)
    total: dict[int, Decimal] = defaultdict(Decimal)
    for product, quantity, delivered, cancelled, factor in lines.values_list(
        "product_id", "quantity", "delivered", "cancelled_quantity", "factor"
    ):
        total[product] += to_base(max(quantity - delivered - cancelled, Decimal(0)), factor)
    return total
