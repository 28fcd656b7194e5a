"""What must be true of sales orders: their amounts and totals."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.integrity import Finding, integrity_check
from server.inventory.orders.integrity import contradictions

from .models import SalesOrder, SalesOrderLine


@integrity_check("sales.orders", gettext_lazy("Amounts and totals of sales orders"))
def orders(actor: SecurityContext) -> Iterator[Finding]:
    """Sales orders that do not add up."""
    yield from contradictions(actor, SalesOrder, SalesOrderLine, "sales-orders")
