"""The steps of an order between draft and closed, apart from receiving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import update_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, missing
from server.core.events import emit
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import snapshot, updated
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.rules import (
    open_quantity,
    state_after,
    why_not_cancellable,
    why_not_closable,
    why_not_confirmable,
    why_not_remaining_cancellable,
    why_not_reopenable,
)

State = PurchaseOrder.State
Rule = Callable[[SecurityContext, PurchaseOrder], str | None]


@transaction.atomic
def confirm_order(*, actor: SecurityContext, order_id: int) -> PurchaseOrder:
    """Make a draft binding. Warns below the supplier's minimum order. Raises `NotFound`, `Conflict`."""
    order = locked_order(actor, order_id, why_not_confirmable)
    supplier = Partner.objects.within(actor).get(pk=order.supplier_id)
    if supplier.blocked_reason or not supplier.is_active:
        raise Conflict(
            _(
                "Supplier %(supplier)s is blocked or not in use: %(reason)s. Choose another one or ask who blocked it."
            )
            % {"supplier": supplier.code, "reason": supplier.blocked_reason or "–"}
        )
    same_currency = (supplier.currency or order.currency) == order.currency
    if supplier.minimum_order is not None and same_currency and order.total < supplier.minimum_order:
        actor.warnings.append(
            _("The order is below the minimum of %(minimum)s %(currency)s that %(supplier)s accepts.")
            % {
                "minimum": f"{supplier.minimum_order:.2f}",
                "currency": order.currency,
                "supplier": supplier.code,
            }
        )
    before = snapshot(order)
    order.state = State.CONFIRMED
    order.confirmed_at = timezone.now()
    save_progress(actor, order, before, ("confirmed_at",), inverse="purchasing.reopen")
    emit(actor, "purchase_order_confirmed", entity_type="purchase-orders", entity_id=order.pk)
    return order


@transaction.atomic
def reopen_order(*, actor: SecurityContext, order_id: int) -> PurchaseOrder:
    """Make a confirmed order, for which nothing ever came, a draft again. Raises `NotFound`, `Conflict`."""
    order = locked_order(actor, order_id, why_not_reopenable)
    before = snapshot(order)
    order.state = State.DRAFT
    order.confirmed_at = None
    save_progress(actor, order, before, ("confirmed_at",), inverse="purchasing.confirm")
    emit(actor, "purchase_order_changed", entity_type="purchase-orders", entity_id=order.pk)
    return order


@transaction.atomic
def cancel_order(*, actor: SecurityContext, order_id: int) -> PurchaseOrder:
    """Cancel an order of which nothing has been received. Raises `NotFound`, `Conflict`."""
    order = locked_order(actor, order_id, why_not_cancellable)
    lines = locked_lines(actor, order)
    before, changes = snapshot(order), _cancel_open(order, lines)
    order.state = State.CANCELLED
    order.closed_at = timezone.now()
    save_progress(actor, order, before, ("closed_at",), changes)
    emit(actor, "purchase_order_cancelled", entity_type="purchase-orders", entity_id=order.pk)
    return order


@transaction.atomic
def cancel_remaining(*, actor: SecurityContext, order_id: int) -> PurchaseOrder:
    """Stop waiting for what has not come: the order is then received, or cancelled where nothing came.

    Raises `NotFound`, `Conflict`.
    """
    order = locked_order(actor, order_id, why_not_remaining_cancellable)
    lines = locked_lines(actor, order)
    before, changes = snapshot(order), _cancel_open(order, lines)
    order.state = state_after(lines)
    if order.state == State.CANCELLED:
        order.closed_at = timezone.now()
    save_progress(actor, order, before, ("closed_at",), changes)
    emit(actor, "purchase_order_remainder_cancelled", entity_type="purchase-orders", entity_id=order.pk)
    return order


@transaction.atomic
def close_order(*, actor: SecurityContext, order_id: int) -> PurchaseOrder:
    """Put a received order away; its receipts can no longer be reversed. Raises `NotFound`, `Conflict`."""
    order = locked_order(actor, order_id, why_not_closable)
    before = snapshot(order)
    order.state = State.CLOSED
    order.closed_at = timezone.now()
    save_progress(actor, order, before, ("closed_at",))
    emit(actor, "purchase_order_closed", entity_type="purchase-orders", entity_id=order.pk)
    return order


def locked_order(actor: SecurityContext, order_id: int, rule: Rule) -> PurchaseOrder:
    """The order, locked and in a state that the rule allows. Raises `NotFound`, `Conflict` with the reason."""
    rows = lock(PurchaseOrder.objects.within(actor).filter(pk=order_id))
    if not rows:
        raise missing(str(PurchaseOrder._meta.verbose_name), order_id)
    if reason := rule(actor, rows[0]):
        raise Conflict(reason)
    return rows[0]


def locked_lines(actor: SecurityContext, order: PurchaseOrder) -> list[PurchaseOrderLine]:
    """The lines of a locked order, in the order in which they stand."""
    lines = lock(PurchaseOrderLine.objects.within(actor).filter(order_id=order.pk))
    return sorted(lines, key=lambda line: line.number)


def save_progress(
    actor: SecurityContext,
    order: PurchaseOrder,
    before: dict[str, Any],
    fields: Sequence[str] = (),
    line_changes: Sequence[Change] = (),
    *,
    inverse: str = "",
) -> None:
    """Write the state of a locked order as its next version, and the audit of it with that of its lines."""
    order.version += 1
    order.updated_at = timezone.now()
    update_rows([order], ("state", "version", "updated_at", *fields))
    header = updated(order, before, inverse=inverse)
    record_changes(actor, [*([header] if header else []), *line_changes])


def _cancel_open(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> list[Change]:
    changed, changes = [], []
    for line in lines:
        remaining: Decimal = open_quantity(line)
        if remaining:
            before = snapshot(line)
            line.cancelled_quantity += remaining
            changed.append(line)
            changes += [change for change in (updated(line, before, root=order),) if change]
    update_rows(changed, ("cancelled_quantity",))
    return changes
