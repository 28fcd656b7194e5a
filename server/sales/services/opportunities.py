"""Opportunities: numbered, and in the currency of their customer unless told otherwise."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from server.core.context import SecurityContext
from server.core.numbering import next_number
from server.core.recording import record_changes
from server.core.records import created, snapshot, updated
from server.core.resources.constraints import translated
from server.inventory.orders.kind import assign
from server.organizations.models import Organization
from server.partners.models import Partner
from server.sales.models import Opportunity

SERIES = "opportunity"


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
    opportunity.number = next_number(actor, SERIES)
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
