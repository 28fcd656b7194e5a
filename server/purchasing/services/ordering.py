"""Purchase orders while they are drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.core.events import emit
from server.core.locks import lock
from server.core.numbering import next_number
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import translated
from server.inventory.models import Product
from server.inventory.order_lines import OrderLines, order_total
from server.inventory.units import UnitTable
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.rules import why_not_changeable
from server.purchasing.services.completing import assign, completing, reassign
from server.purchasing.terms import SupplierTerms

SERIES = "purchase-order"


@transaction.atomic
def create_order(
    *, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None = None
) -> PurchaseOrder:
    """A new draft with its lines; what is not given comes from the supplier and the organization.

    `data` and `lines` hold clean values by field name, references as keys. Raises `Invalid`.
    """
    order = PurchaseOrder(organization_id=actor.organization_id, buyer_id=actor.user_id)
    assign(order, data)
    _complete(actor, order, data)
    writer = _writer(actor, order)
    order.number = next_number(actor, SERIES)
    _saved_anew(actor, order, writer, lines)
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
    return _changed(actor, instance, data, lines)


@transaction.atomic
def restore_order(
    *,
    actor: SecurityContext,
    instance: PurchaseOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
) -> PurchaseOrder:
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
    instance: PurchaseOrder,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None,
    *,
    restoring: bool = False,
) -> PurchaseOrder:
    _require_draft(actor, instance)
    before = snapshot(instance)
    if restoring:
        assign(instance, data)
    else:
        reassign(instance, data)
    _complete(actor, instance, data)
    changes: list[Change] = []
    existing = lock(PurchaseOrderLine.objects.within(actor).filter(order=instance))
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
    emit(actor, "purchase_order_changed", entity_type="purchase-orders", entity_id=instance.pk)
    return instance


def _saved_anew(
    actor: SecurityContext, order: PurchaseOrder, writer: OrderLines, lines: list[dict[str, Any]] | None
) -> None:
    with translated(order):
        order.save(force_insert=True)
    changes: list[Change] = []
    if lines:
        written, changes = writer.write(lines)
        order.total = order_total(written, order.currency)
        PurchaseOrder.objects.within(actor).filter(pk=order.pk).update(total=order.total)
    record_changes(actor, [created(order), *changes])
    emit(actor, "purchase_order_created", entity_type="purchase-orders", entity_id=order.pk)


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


def _complete(actor: SecurityContext, order: PurchaseOrder, data: dict[str, Any]) -> None:
    """Fill what was left open, check the head of the order; raises `Invalid` with every error."""
    if errors := completing(actor, [order])(order, data):
        raise Invalid(errors)
    with translated(order):
        order.clean()


def _writer(actor: SecurityContext, order: PurchaseOrder, *, returning: bool = False) -> OrderLines:
    def terms(units: UnitTable, products: Sequence[Product]) -> SupplierTerms:
        return SupplierTerms.load(
            actor,
            supplier_id=order.supplier_id,
            currency=order.currency,
            day=order.ordered_on,
            units=units,
            products=products,
        )

    return OrderLines(actor, order, PurchaseOrderLine, terms, returning)
