"""Sales orders and opportunities: numbered, priced and totalled like their purchasing siblings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    assign(order, data)
    _complete(actor, order, data)
    order.number = next_number(actor, ORDER_SERIES)
    _saved_anew(actor, order, _writer(actor, order), lines)
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
    return _changed(actor, instance, data, lines)


@transaction.atomic
def restore_sales_order(
    *,
    actor: SecurityContext,
    instance: SalesOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> SalesOrder:
    """Give a draft back what it was, by the rules of a change; totals are computed anew.

    Lines that name a key which is not there come back under it. An `instance` that is not saved yet is a deleted
    draft with its key and number: it comes back under them, for no other order was ever given that number.
    Raises `Conflict`, `Invalid`.
    """
    if not instance._state.adding:
        return _changed(actor, instance, data, lines, restoring=True)
    _require_draft(actor, instance)
    assign(instance, data)
    _complete(actor, instance, data)
    _saved_anew(actor, instance, _writer(actor, instance, returning=True), lines)
    return instance


def _changed(
    actor: SecurityContext,
    instance: SalesOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None,
    *,
    restoring: bool = False,
) -> SalesOrder:
    _require_draft(actor, instance)
    before = snapshot(instance)
    assign(instance, data)
    _complete(actor, instance, data)
    changes: list[Change] = []
    existing = lock(SalesOrderLine.objects.within(actor).filter(order=instance))
    written: Sequence[Any] = existing
    if lines is not None:
        written, changes = _writer(actor, instance, returning=restoring).write(lines, existing)
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


def _saved_anew(
    actor: SecurityContext, order: SalesOrder, writer: OrderLines, lines: list[dict[str, Any]] | None
) -> None:
    with translated(order):
        order.save(force_insert=True)
    changes: list[Change] = []
    if lines:
        written, changes = writer.write(lines)
        order.total = order_total(written, order.currency)
        SalesOrder.objects.within(actor).filter(pk=order.pk).update(total=order.total)
    record_changes(actor, [created(order), *changes])


def _require_draft(actor: SecurityContext, order: SalesOrder) -> None:
    if reason := why_not_changeable(actor, order):
        raise Conflict(reason)


@transaction.atomic
def delete_sales_order(*, actor: SecurityContext, instance: SalesOrder) -> None:
    """Delete a draft with its lines. Raises `Conflict` unless it is a draft."""
    _require_draft(actor, instance)
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
    assign(opportunity, data)
    customer = Partner.objects.within(actor).get(pk=opportunity.customer_id)
    organization = Organization.objects.within(actor).get()
    opportunity.currency = opportunity.currency or customer.currency or organization.base_currency
    opportunity.number = next_number(actor, OPPORTUNITY_SERIES)
    with translated(opportunity):
        opportunity.clean()
        opportunity.save()
    record_changes(actor, [created(opportunity)])
    return opportunity


@transaction.atomic
def restore_opportunity(
    *,
    actor: SecurityContext,
    instance: Opportunity,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,  # noqa: ARG001 - the signature of every restoring service
) -> Opportunity:
    """Give an opportunity back what it was; one that is not saved yet comes back under its key and its number."""
    returns = instance._state.adding
    before = snapshot(instance)
    assign(instance, data)
    if not returns:
        instance.version += 1
    with translated(instance):
        instance.clean()
        instance.save(force_insert=returns)
    change = created(instance) if returns else updated(instance, before)
    record_changes(actor, [change] if change else [])
    return instance


def assign(instance: Any, data: Mapping[str, Any]) -> None:
    """Give an order or an opportunity these values by field name, references as keys."""
    for name, value in data.items():
        setattr(instance, instance._meta.get_field(name).attname, value)


def _complete(actor: SecurityContext, order: SalesOrder, data: dict[str, Any]) -> None:
    if errors := completing(actor, [order])(order, data):
        raise Invalid(errors)
    with translated(order):
        order.clean()


def completing(
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
        errors = []
        order.customer = customer = customers[order.customer_id]
        if "customer" in data and (customer.blocked_reason or not customer.is_active):
            message = _("%(partner)s is blocked or not in use: %(reason)s.")
            values = {"partner": customer.code, "reason": customer.blocked_reason or "–"}
            errors.append(FieldError("customer", "not_a_choice", message % values))
        order.ordered_on = order.ordered_on or today
        order.currency = (order.currency or customer.currency or base_currency).upper()
        if order.payment_terms_days is None:
            order.payment_terms_days = customer.payment_terms_days
        if order.rate is None and order.currency == base_currency:
            order.rate = ONE
        if order.rate is None or order.rate <= 0:
            message = _("Say what one %(currency)s is worth in %(base)s.")
            values = {"currency": order.currency, "base": base_currency}
            errors.append(FieldError("rate", "required", message % values))
        return errors

    return complete


def _writer(actor: SecurityContext, order: SalesOrder, *, returning: bool = False) -> OrderLines:
    def prices(units: UnitTable, _products: Sequence[Product]) -> ListPrices:
        return ListPrices(units, order.rate)

    return OrderLines(actor, order, SalesOrderLine, prices, returning)
