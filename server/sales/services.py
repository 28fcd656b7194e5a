"""Sales orders and opportunities: numbered, priced and totalled like their purchasing siblings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid
from server.core.locks import lock
from server.core.numbering import next_number
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import translated
from server.core.rounding import round_half_up
from server.inventory.models import Product
from server.inventory.order_lines import OrderLines, order_total
from server.inventory.units import UnitTable
from server.organizations.models import Organization
from server.partners.models import Partner

from .models import Opportunity, SalesOrder, SalesOrderLine

ORDER_SERIES = "sales-order"
OPPORTUNITY_SERIES = "opportunity"
ONE = Decimal(1)
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


@transaction.atomic
def create_sales_order(
    *, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None = None
) -> SalesOrder:
    """A new draft with its lines; what is not given comes from the customer. Raises `Invalid`."""
    order = SalesOrder(organization_id=actor.organization_id, seller_id=actor.user_id)
    _assign(order, data)
    _complete(actor, order, data)
    order.number = next_number(actor, ORDER_SERIES)
    with translated(order):
        order.save()
    changes: list[Change] = []
    if lines:
        written, changes = _writer(actor, order).write(lines)
        order.total = order_total(written, order.currency)
        SalesOrder.objects.within(actor).filter(pk=order.pk).update(total=order.total)
    record_changes(actor, [created(order), *changes])
    return order


@transaction.atomic
def update_sales_order(
    *,
    actor: SecurityContext,
    instance: SalesOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> SalesOrder:
    """Change a draft; `lines`, if given, are the whole new list. Raises `Conflict`, `Invalid`."""
    if reason := why_not_changeable(actor, instance):
        raise Conflict(reason)
    before = snapshot(instance)
    _assign(instance, data)
    _complete(actor, instance, data)
    changes: list[Change] = []
    existing = lock(SalesOrderLine.objects.within(actor).filter(order=instance))
    written: Sequence[Any] = existing
    if lines is not None:
        written, changes = _writer(actor, instance).write(lines, existing)
    instance.total = order_total(written, instance.currency)
    header = updated(instance, before)
    if header is None and not changes:
        return instance
    instance.version += 1
    with translated(instance):
        instance.save()
    if header is not None:
        header.version = instance.version
        changes.insert(0, header)
    record_changes(actor, changes)
    return instance


@transaction.atomic
def delete_sales_order(*, actor: SecurityContext, instance: SalesOrder) -> None:
    """Delete a draft with its lines. Raises `Conflict` unless it is a draft."""
    if reason := why_not_changeable(actor, instance):
        raise Conflict(reason)
    lines = lock(SalesOrderLine.objects.within(actor).filter(order=instance))
    record_changes(actor, [*(deleted(line, root=instance) for line in lines), deleted(instance)])
    instance.delete()


@transaction.atomic
def create_opportunity(
    *,
    actor: SecurityContext,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,  # noqa: ARG001 - the signature of every create service
) -> Opportunity:
    """A new opportunity under the next number, in the customer's currency unless told otherwise."""
    opportunity = Opportunity(organization_id=actor.organization_id, owner_id=actor.user_id)
    _assign(opportunity, data)
    customer = Partner.objects.within(actor).get(pk=opportunity.customer_id)
    organization = Organization.objects.within(actor).get()
    opportunity.currency = opportunity.currency or customer.currency or organization.base_currency
    opportunity.number = next_number(actor, OPPORTUNITY_SERIES)
    with translated(opportunity):
        opportunity.clean()
        opportunity.save()
    record_changes(actor, [created(opportunity)])
    return opportunity


def _assign(instance: Any, data: dict[str, Any]) -> None:
    for name, value in data.items():
        setattr(instance, instance._meta.get_field(name).attname, value)


def _complete(actor: SecurityContext, order: SalesOrder, data: dict[str, Any]) -> None:
    errors = []
    order.customer = customer = Partner.objects.within(actor).get(pk=order.customer_id)
    if "customer" in data and (customer.blocked_reason or not customer.is_active):
        message = _("%(partner)s is blocked or not in use: %(reason)s.")
        values = {"partner": customer.code, "reason": customer.blocked_reason or "–"}
        errors.append(FieldError("customer", "not_a_choice", message % values))
    base_currency = Organization.objects.within(actor).get().base_currency
    order.ordered_on = order.ordered_on or timezone.localdate(timezone=ZoneInfo(actor.time_zone))
    order.currency = (order.currency or customer.currency or base_currency).upper()
    if order.payment_terms_days is None:
        order.payment_terms_days = customer.payment_terms_days
    if order.rate is None and order.currency == base_currency:
        order.rate = ONE
    if order.rate is None or order.rate <= 0:
        message = _("Say what one %(currency)s is worth in %(base)s.")
        values = {"currency": order.currency, "base": base_currency}
        errors.append(FieldError("rate", "required", message % values))
    if errors:
        raise Invalid(errors)
    with translated(order):
        order.clean()


def _writer(actor: SecurityContext, order: SalesOrder) -> OrderLines:
    return OrderLines(actor, order, SalesOrderLine, lambda units, _products: ListPrices(units, order.rate))
