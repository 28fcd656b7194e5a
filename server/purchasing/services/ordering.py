"""Purchase orders while they are drafts: one as a person enters it, many as a file holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.core.context import SecurityContext
from server.core.events import Event, emit_all
from server.core.resources.drafts import Draft
from server.inventory.models import Product
from server.inventory.orders.drafts import change_draft, create_draft, delete_draft, restore_draft
from server.inventory.orders.kind import Happened, OrderKind, Pricing
from server.inventory.orders.many import check_drafts, create_drafts
from server.inventory.units import UnitTable
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.rules import why_not_changeable
from server.purchasing.services.completing import completing, reassign
from server.purchasing.terms import PriceBook, SupplierTerms


def create_order(
    *, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None = None
) -> PurchaseOrder:
    """A new draft, see `create_draft`; what is not given comes from the supplier and the organization."""
    return create_draft(PURCHASE_ORDERS, actor, data, lines)


def update_order(
    *,
    actor: SecurityContext,
    instance: PurchaseOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> PurchaseOrder:
    """The draft, changed, see `change_draft`."""
    return change_draft(PURCHASE_ORDERS, actor, instance, data, lines)


def restore_order(
    *,
    actor: SecurityContext,
    instance: PurchaseOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> PurchaseOrder:
    """The draft as it was, see `restore_draft`."""
    return restore_draft(PURCHASE_ORDERS, actor, instance, data, lines)


def delete_order(*, actor: SecurityContext, instance: PurchaseOrder) -> None:
    """Delete a draft, see `delete_draft`."""
    delete_draft(PURCHASE_ORDERS, actor, instance)


def check_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what is wrong with it, see `check_drafts`."""
    check_drafts(PURCHASE_ORDERS, actor, drafts)


def create_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> list[PurchaseOrder]:
    """New drafts, see `create_drafts`."""
    return create_drafts(PURCHASE_ORDERS, actor, drafts)


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


def _announce(actor: SecurityContext, orders: Sequence[PurchaseOrder], what: Happened) -> None:
    emit_all(actor, [Event(f"purchase_order_{what}", "purchase-orders", order.pk) for order in orders])


PURCHASE_ORDERS = OrderKind(
    model=PurchaseOrder,
    line_model=PurchaseOrderLine,
    series="purchase-order",
    begin=_begin,
    reassign=reassign,
    completing=completing,
    pricing=_pricing,
    why_frozen=why_not_changeable,
    announce=_announce,
)
