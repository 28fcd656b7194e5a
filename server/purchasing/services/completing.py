"""The head of a purchase order: what is not given comes from the supplier and the organization, and is checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError
from server.inventory.models import Location
from server.inventory.orders.head import assign_with_terms, complete_rate, refused_partner
from server.organizations.models import Organization
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder


def reassign(order: PurchaseOrder, data: Mapping[str, Any]) -> None:
    """Give an order other values. Another supplier has other terms."""
    assign_with_terms(order, data, "supplier", ("currency", "rate", "payment_terms_days", "expected_on"))


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
            errors += refused_partner("supplier", supplier, is_role=supplier.is_supplier)
        if order.customer_id and "customer" in data:
            order.customer = customer = self.partners[order.customer_id]
            errors += refused_partner("customer", customer, is_role=customer.is_customer)
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
        errors += complete_rate(order, base_currency)
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
