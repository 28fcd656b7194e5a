"""Sales orders while they are drafts: one as a person enters it, many as a file holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError
from server.core.resources.drafts import Draft
from server.core.rounding import round_half_up
from server.inventory.models import Product
from server.inventory.orders.drafts import change_draft, create_draft, delete_draft, restore_draft
from server.inventory.orders.head import assign_with_terms, complete_rate, refused_partner
from server.inventory.orders.kind import Happened, OrderKind, Pricing
from server.inventory.orders.many import check_drafts, create_drafts
from server.inventory.units import UnitTable
from server.organizations.models import Organization
from server.partners.models import Partner
from server.sales.models import SalesOrder, SalesOrderLine

PRICE_DECIMALS = 6


class ListPrices:
    """The products' list prices, in the currency of the order."""

    def __init__(self, units: UnitTable, rate: Decimal) -> None:
        self._units = units
        self._rate = rate

    def unit_for(self, product: Product) -> int:
        return self._units.sales_unit(product)

    def price_for(self, product: Product, unit_id: int, quantity: Decimal) -> Decimal | None:
        factor = self._units.factor(product, unit_id)
        if product.list_price is None or factor is None:
            return None
        return round_half_up(product.list_price * factor / self._rate, PRICE_DECIMALS)

    def remark(self, product: Product, unit_id: int, quantity: Decimal) -> str | None:
        return None


def why_not_changeable(actor: SecurityContext, order: SalesOrder) -> str | None:  # noqa: ARG001
    """Why the order and its lines cannot be edited or deleted; None for a draft."""
    if order.state == SalesOrder.State.DRAFT:
        return None
    return _("Order %(number)s is %(state)s; only a draft can be changed.") % {
        "number": order.number,
        "state": order.get_state_display(),
    }


def create_sales_order(
    *, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None = None
) -> SalesOrder:
    """A new draft, see `create_draft`; what is not given comes from the customer."""
    return create_draft(SALES_ORDERS, actor, data, lines)


def update_sales_order(
    *,
    actor: SecurityContext,
    instance: SalesOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> SalesOrder:
    """The draft, changed, see `change_draft`."""
    return change_draft(SALES_ORDERS, actor, instance, data, lines)


def restore_sales_order(
    *,
    actor: SecurityContext,
    instance: SalesOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> SalesOrder:
    """The draft as it was, see `restore_draft`."""
    return restore_draft(SALES_ORDERS, actor, instance, data, lines)


def delete_sales_order(*, actor: SecurityContext, instance: SalesOrder) -> None:
    """Delete a draft, see `delete_draft`."""
    delete_draft(SALES_ORDERS, actor, instance)


def check_sales_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what is wrong with it, see `check_drafts`."""
    check_drafts(SALES_ORDERS, actor, drafts)


def create_sales_orders(*, actor: SecurityContext, drafts: Sequence[Draft]) -> list[SalesOrder]:
    """New drafts, see `create_drafts`."""
    return create_drafts(SALES_ORDERS, actor, drafts)


def _completing(
    actor: SecurityContext, orders: Sequence[SalesOrder]
) -> Callable[[SalesOrder, Mapping[str, Any]], list[FieldError]]:
    """The function that fills in the head of one of these orders and returns what is wrong with it.

    What it needs to know of the world is read here, for all of them at once: two statements.
    """
    named = {order.customer_id for order in orders}
    customers = {partner.pk: partner for partner in Partner.objects.within(actor).filter(pk__in=named)}
    base_currency = Organization.objects.within(actor).get().base_currency
    today = timezone.localdate(timezone=ZoneInfo(actor.time_zone))

    def complete(order: SalesOrder, data: Mapping[str, Any]) -> list[FieldError]:
        errors: list[FieldError] = []
        order.customer = customer = customers[order.customer_id]
        if "customer" in data:
            errors += refused_partner("customer", customer, is_role=customer.is_customer)
        order.ordered_on = order.ordered_on or today
        order.currency = (order.currency or customer.currency or base_currency).upper()
        if order.payment_terms_days is None:
            order.payment_terms_days = customer.payment_terms_days
        errors += complete_rate(order, base_currency)
        return errors

    return complete


def _reassign(order: SalesOrder, data: Mapping[str, Any]) -> None:
    """Another customer has other terms."""
    assign_with_terms(order, data, "customer", ("currency", "rate", "payment_terms_days"))


def _begin(actor: SecurityContext) -> SalesOrder:
    return SalesOrder(organization_id=actor.organization_id, seller_id=actor.user_id)


def _pricing(
    _actor: SecurityContext, _orders: Sequence[SalesOrder], units: UnitTable, _products: Sequence[Product]
) -> Pricing:
    return lambda order: ListPrices(units, order.rate)


def _announce(_actor: SecurityContext, _orders: Sequence[SalesOrder], _what: Happened) -> None:
    """Nobody waits for sales orders but who follows the records themselves."""


SALES_ORDERS = OrderKind(
    model=SalesOrder,
    line_model=SalesOrderLine,
    series="sales-order",
    begin=_begin,
    reassign=_reassign,
    completing=_completing,
    pricing=_pricing,
    why_frozen=why_not_changeable,
    announce=_announce,
)
