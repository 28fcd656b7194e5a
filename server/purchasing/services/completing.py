"""The head of a purchase order: what is not given comes from the supplier and the organization, and is checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError
from server.inventory.models import Location
from server.organizations.models import Organization
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder

ONE = Decimal(1)


def assign(order: PurchaseOrder, data: Mapping[str, Any]) -> None:
    """Give an order these values by field name, references as keys."""
    for name, value in data.items():
        setattr(order, order._meta.get_field(name).attname, value)


def reassign(order: PurchaseOrder, data: Mapping[str, Any]) -> None:
    """Give an order other values. Another supplier has other terms: what is not given with it is found anew."""
    before = order.supplier_id
    assign(order, data)
    if before is not None and order.supplier_id != before:
        _forget_terms(order, data)


def _forget_terms(order: PurchaseOrder, data: Mapping[str, Any]) -> None:
    if "currency" not in data:
        order.currency = ""
    if "rate" not in data:
        order.rate = None
    if "payment_terms_days" not in data:
        order.payment_terms_days = None
    if "expected_on" not in data:
        order.expected_on = None


def completing(
    actor: SecurityContext, orders: Sequence[PurchaseOrder]
) -> Callable[[PurchaseOrder, Mapping[str, Any]], list[FieldError]]:
    """The function that fills in the head of one of these orders and returns what is wrong with it.

    What it needs to know of the world is read here, for all of them at once: at most four statements.
    """
    partners = {key for order in orders for key in (order.supplier_id, order.customer_id) if key is not None}
    organization = Organization.objects.within(actor).get()
    surroundings = _Surroundings(
        organization,
        {partner.pk: partner for partner in Partner.objects.within(actor).filter(pk__in=partners)},
        _locations(actor, organization, orders),
        timezone.localdate(timezone=ZoneInfo(actor.time_zone)),
    )
    return surroundings.complete


def _locations(
    actor: SecurityContext, organization: Organization, orders: Sequence[PurchaseOrder]
) -> dict[int | None, Location]:
    """Our own locations in use that the orders name, by key; under None the usual one, where there is one."""
    internal = Location.objects.within(actor).filter(kind=Location.Kind.INTERNAL, is_active=True)
    named = {order.location_id for order in orders if order.location_id is not None}
    found: dict[int | None, Location] = (
        {location.pk: location for location in internal.filter(pk__in=named)} if named else {}
    )
    if any(order.location_id is None for order in orders):
        usual = organization.settings.get("receiving_location")
        candidates = list(internal.filter(code=usual) if usual else internal.order_by("code")[:2])
        if len(candidates) == 1:
            found[None] = candidates[0]
    return found


@dataclass(slots=True, frozen=True)
class _Surroundings:
    organization: Organization
    partners: Mapping[int, Partner]
    locations: Mapping[int | None, Location]
    today: dt.date

    def complete(self, order: PurchaseOrder, data: Mapping[str, Any]) -> list[FieldError]:
        errors: list[FieldError] = []
        order.supplier = supplier = self.partners[order.supplier_id]
        if "supplier" in data:
            errors += _refused_partner("supplier", supplier, is_role=supplier.is_supplier)
        if order.customer_id and "customer" in data:
            order.customer = customer = self.partners[order.customer_id]
            errors += _refused_partner("customer", customer, is_role=customer.is_customer)
        order.ordered_on = order.ordered_on or self.today
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
        base_currency = self.organization.base_currency
        order.currency = (order.currency or supplier.currency or base_currency).upper()
        errors += _complete_rate(order, base_currency)
        errors += self._complete_location(order)
        return errors

    def _complete_location(self, order: PurchaseOrder) -> list[FieldError]:
        location = self.locations.get(order.location_id)
        if location is not None:
            order.location = location
            return []
        if order.location_id is None:
            return [FieldError("location", "required", _("Say at which location the goods are received."))]
        message = _("Goods are received at one of our own locations that is in use.")
        return [FieldError("location", "not_a_choice", message)]


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
