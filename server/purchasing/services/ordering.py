"""Purchase orders while they are drafts."""

from __future__ import annotations

import datetime as dt
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
from server.core.events import emit
from server.core.locks import lock
from server.core.numbering import next_number
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import translated
from server.inventory.models import Location, Product
from server.inventory.order_lines import OrderLines, order_total
from server.inventory.units import UnitTable
from server.organizations.models import Organization
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.rules import why_not_changeable
from server.purchasing.terms import SupplierTerms

SERIES = "purchase-order"
ONE = Decimal(1)


@transaction.atomic
def create_order(
    *, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None = None
) -> PurchaseOrder:
    """A new draft with its lines; what is not given comes from the supplier and the organization.

    `data` and `lines` hold clean values by field name, references as keys. Raises `Invalid`.
    """
    order = PurchaseOrder(organization_id=actor.organization_id, buyer_id=actor.user_id)
    _assign(order, data)
    _complete(actor, order, data)
    writer = _writer(actor, order)
    order.number = next_number(actor, SERIES)
    with translated(order):
        order.save()
    changes: list[Change] = []
    if lines:
        written, changes = writer.write(lines)
        order.total = order_total(written, order.currency)
        PurchaseOrder.objects.within(actor).filter(pk=order.pk).update(total=order.total)
    record_changes(actor, [created(order), *changes])
    emit(actor, "purchase_order_created", entity_type="purchase-orders", entity_id=order.pk)
    return order


@transaction.atomic
def update_order(
    *,
    actor: SecurityContext,
    instance: PurchaseOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> PurchaseOrder:
    """Change a draft; `lines`, if given, are the whole new list. The instance is locked by the caller.

    Raises `Conflict` unless it is a draft, `Invalid`.
    """
    _require_draft(actor, instance)
    before = snapshot(instance)
    terms_before = (instance.supplier_id, instance.currency)
    _assign(instance, data)
    if instance.supplier_id != terms_before[0]:
        _forget_terms(instance, data)
    _complete(actor, instance, data)
    changes: list[Change] = []
    existing = lock(PurchaseOrderLine.objects.within(actor).filter(order=instance))
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
    emit(actor, "purchase_order_changed", entity_type="purchase-orders", entity_id=instance.pk)
    return instance


@transaction.atomic
def delete_order(*, actor: SecurityContext, instance: PurchaseOrder) -> None:
    """Delete a draft with its lines; its number is not given again. Raises `Conflict` unless it is a draft."""
    _require_draft(actor, instance)
    lines = lock(PurchaseOrderLine.objects.within(actor).filter(order=instance))
    record_changes(actor, [*(deleted(line, root=instance) for line in lines), deleted(instance)])
    emit(actor, "purchase_order_deleted", entity_type="purchase-orders", entity_id=instance.pk)
    instance.delete()


def _require_draft(actor: SecurityContext, order: PurchaseOrder) -> None:
    if reason := why_not_changeable(actor, order):
        raise Conflict(reason)


def _assign(order: PurchaseOrder, data: dict[str, Any]) -> None:
    for name, value in data.items():
        setattr(order, order._meta.get_field(name).attname, value)


def _forget_terms(order: PurchaseOrder, data: dict[str, Any]) -> None:
    """Another supplier has other terms: what was not entered with it is found anew."""
    if "currency" not in data:
        order.currency = ""
    if "rate" not in data:
        order.rate = None
    if "payment_terms_days" not in data:
        order.payment_terms_days = None
    if "expected_on" not in data:
        order.expected_on = None


def _complete(actor: SecurityContext, order: PurchaseOrder, data: dict[str, Any]) -> None:
    """Fill what was left open, check the head of the order; raises `Invalid` with every error."""
    errors: list[FieldError] = []
    organization = Organization.objects.within(actor).get()
    order.supplier = supplier = Partner.objects.within(actor).get(pk=order.supplier_id)
    if "supplier" in data:
        errors += _refused_partner("supplier", supplier, is_role=supplier.is_supplier)
    if order.customer_id and "customer" in data:
        order.customer = customer = Partner.objects.within(actor).get(pk=order.customer_id)
        errors += _refused_partner("customer", customer, is_role=customer.is_customer)
    order.ordered_on = order.ordered_on or today(actor)
    if order.payment_terms_days is None:
        order.payment_terms_days = supplier.payment_terms_days
    if order.expected_on is None and supplier.lead_time_days is not None:
        try:
            order.expected_on = order.ordered_on + dt.timedelta(days=supplier.lead_time_days)
        except OverflowError:
            message = _(
                "With the lead time of the supplier the goods come after the last day that can be told."
            )
            errors.append(FieldError("ordered_on", "too_large", message))
    if order.expected_on and order.expected_on < order.ordered_on:
        message = _("Goods are not expected before they are ordered.")
        errors.append(FieldError("expected_on", "contradiction", message))
    order.currency = (order.currency or supplier.currency or organization.base_currency).upper()
    errors += _complete_rate(order, organization.base_currency)
    errors += _complete_location(actor, order, organization)
    if errors:
        raise Invalid(errors)
    with translated(order):
        order.clean()


def _refused_partner(name: str, partner: Partner, *, is_role: bool) -> list[FieldError]:
    if not is_role:
        message = _("%(partner)s does not have this role.")
    elif not partner.is_active:
        message = _("%(partner)s is not in use any more.")
    elif partner.blocked_reason:
        message = _("%(partner)s is blocked: %(reason)s. Ask who blocked it.")
    else:
        return []
    values = {"partner": partner.code, "reason": partner.blocked_reason}
    return [FieldError(name, "not_a_choice", message % values)]


def _complete_rate(order: PurchaseOrder, base_currency: str) -> list[FieldError]:
    if order.currency == base_currency:
        if order.rate is None:
            order.rate = ONE
        if order.rate != ONE:
            message = _("The rate of %(currency)s, the base currency, is 1.") % {"currency": base_currency}
            return [FieldError("rate", "contradiction", message)]
        return []
    if order.rate is None:
        message = _("Say what one %(currency)s is worth in %(base)s.")
        values = {"currency": order.currency, "base": base_currency}
        return [FieldError("rate", "required", message % values)]
    if order.rate <= 0:
        return [FieldError("rate", "not_positive", _("A rate is above zero."))]
    return []


def _complete_location(
    actor: SecurityContext, order: PurchaseOrder, organization: Organization
) -> list[FieldError]:
    internal = Location.objects.within(actor).filter(kind=Location.Kind.INTERNAL, is_active=True)
    if order.location_id is None:
        usual = organization.settings.get("receiving_location")
        candidates = list(internal.filter(code=usual) if usual else internal.order_by("code")[:2])
        if len(candidates) != 1:
            return [FieldError("location", "required", _("Say at which location the goods are received."))]
        order.location = candidates[0]
        return []
    location = internal.filter(pk=order.location_id).first()
    if location is None:
        return [
            FieldError(
                "location",
                "not_a_choice",
                _("Goods are received at one of our own locations that is in use."),
            )
        ]
    order.location = location
    return []


def _writer(actor: SecurityContext, order: PurchaseOrder) -> OrderLines:
    def terms(units: UnitTable, products: Sequence[Product]) -> SupplierTerms:
        return SupplierTerms.load(
            actor,
            supplier_id=order.supplier_id,
            currency=order.currency,
            day=order.ordered_on,
            units=units,
            products=products,
        )

    return OrderLines(actor, order, PurchaseOrderLine, terms)


def today(actor: SecurityContext) -> dt.date:
    """The date where the actor is."""
    return timezone.localdate(timezone=ZoneInfo(actor.time_zone))
