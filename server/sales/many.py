"""Many sales orders at once, as a file of them holds: by the rules of a single one."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.context import SecurityContext
from server.core.resources.drafts import Draft
from server.inventory.many_orders import OrderKind, Pricing
from server.inventory.models import Product
from server.inventory.units import UnitTable

from .models import SalesOrder, SalesOrderLine
from .services import ORDER_SERIES, ListPrices, assign, completing


def check_sales_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what the services would refuse in it. Nothing is written."""
    KIND.check(actor, drafts)


def create_sales_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> list[SalesOrder]:
    """New drafts with their lines, as `create_sales_order` makes them. Raises as `OrderKind.create`."""
    return KIND.create(actor, drafts)


def _begin(actor: SecurityContext) -> SalesOrder:
    return SalesOrder(organization_id=actor.organization_id, seller_id=actor.user_id)


def _pricing(
    _actor: SecurityContext, _orders: Sequence[SalesOrder], units: UnitTable, _products: Sequence[Product]
) -> Pricing:
    return lambda order: ListPrices(units, order.rate)


def _announce(_actor: SecurityContext, _orders: Sequence[SalesOrder]) -> None:
    """Nobody waits for new sales orders but who follows the records themselves."""


KIND = OrderKind(
    line_model=SalesOrderLine,
    series=ORDER_SERIES,
    begin=_begin,
    assign=assign,
    completing=completing,
    pricing=_pricing,
    announce=_announce,
)
