"""Many purchase orders at once, as a file of them holds: by the rules of a single one."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.context import SecurityContext
from server.core.events import Event, emit_all
from server.core.resources.drafts import Draft
from server.inventory.many_orders import OrderKind, Pricing
from server.inventory.models import Product
from server.inventory.units import UnitTable
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.services.completing import completing, reassign
from server.purchasing.services.ordering import SERIES
from server.purchasing.terms import PriceBook, SupplierTerms


def check_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what the services would refuse in it. Nothing is written."""
    KIND.check(actor, drafts)


def create_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> list[PurchaseOrder]:
    """New drafts with their lines, as `create_order` makes them. Raises as `OrderKind.create`."""
    return KIND.create(actor, drafts)


def _begin(actor: SecurityContext) -> PurchaseOrder:
    return PurchaseOrder(organization_id=actor.organization_id, buyer_id=actor.user_id)


def _pricing(
    actor: SecurityContext, orders: Sequence[PurchaseOrder], units: UnitTable, products: Sequence[Product]
) -> Pricing:
    book = PriceBook.load(actor, {order.supplier_id for order in orders}, products)

    def terms(order: PurchaseOrder) -> SupplierTerms:
        return book.terms(
            supplier_id=order.supplier_id, currency=order.currency, day=order.ordered_on, units=units
        )

    return terms


def _announce(actor: SecurityContext, orders: Sequence[PurchaseOrder]) -> None:
    emit_all(actor, [Event("purchase_order_created", "purchase-orders", order.pk) for order in orders])


KIND = OrderKind(
    line_model=PurchaseOrderLine,
    series=SERIES,
    begin=_begin,
    assign=reassign,
    completing=completing,
    pricing=_pricing,
    announce=_announce,
)
