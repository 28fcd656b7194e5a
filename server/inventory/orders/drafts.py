"""One order while it is a draft: made, changed, given back what it was, deleted.

Each function is a whole transaction with its audit and its events. `data` and `lines` hold clean values by field name,
references as keys; `lines`, where given, are the whole list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.core.locks import lock
from server.core.numbering import next_number
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import translated
from server.inventory.orders.kind import OrderKind, assign
from server.inventory.orders.lines import OrderLines, order_total

Drafts = list[dict[str, Any]] | None


@transaction.atomic
def create_draft(kind: OrderKind, actor: SecurityContext, data: dict[str, Any], lines: Drafts) -> Any:
    """A new draft under the next number; what is not given comes from the partner. Raises `Invalid`."""
    order = kind.begin(actor)
    assign(order, data)
    _complete(kind, actor, order, data)
    writer = kind.writer(actor, order)
    order.number = next_number(actor, kind.series)
    _save_new(kind, actor, order, writer, lines)
    return order


@transaction.atomic
def change_draft(
    kind: OrderKind, actor: SecurityContext, order: Any, data: dict[str, Any], lines: Drafts
) -> Any:
    """The draft, changed. It is locked by the caller. Raises `Conflict` unless it is a draft, `Invalid`."""
    return _changed(kind, actor, order, data, lines)


@transaction.atomic
def restore_draft(
    kind: OrderKind, actor: SecurityContext, order: Any, data: dict[str, Any], lines: Drafts
) -> Any:
    """Give a draft back what it was, by the rules of a change; totals are computed anew.

    Lines that name a key which is not there come back under it. An `order` that is not saved yet is a deleted draft
    with its key and number: it comes back under them, for no other order was ever given that number.
    Raises `Conflict`, `Invalid`.
    """
    if not order._state.adding:
        return _changed(kind, actor, order, data, lines, restoring=True)
    _require_draft(kind, actor, order)
    assign(order, data)
    _complete(kind, actor, order, data)
    _save_new(kind, actor, order, kind.writer(actor, order, returning=True), lines)
    return order


@transaction.atomic
def delete_draft(kind: OrderKind, actor: SecurityContext, order: Any) -> None:
    """Delete a draft with its lines; its number is not given again. Raises `Conflict` unless it is a draft."""
    _require_draft(kind, actor, order)
    lines = lock(kind.line_model.objects.within(actor).filter(order=order))
    record_changes(actor, [*(deleted(line, root=order) for line in lines), deleted(order)])
    kind.announce(actor, [order], "deleted")
    order.delete()


def _changed(
    kind: OrderKind,
    actor: SecurityContext,
    order: Any,
    data: dict[str, Any],
    lines: Drafts,
    *,
    restoring: bool = False,
) -> Any:
    _require_draft(kind, actor, order)
    before = snapshot(order)
    (assign if restoring else kind.reassign)(order, data)
    _complete(kind, actor, order, data)
    changes: list[Change] = []
    existing = lock(kind.line_model.objects.within(actor).filter(order=order))
    written: Sequence[Any] = existing
    if lines is not None:
        written, changes = kind.writer(actor, order, returning=restoring).write(lines, existing)
    order.total = order_total(written, order.currency)
    header = updated(order, before)
    if header is None and not changes:
        return order
    order.version += 1
    with translated(order):
        order.save()
    if header is not None:
        header.version = order.version
        changes.insert(0, header)
    record_changes(actor, changes)
    kind.announce(actor, [order], "changed")
    return order


def _save_new(kind: OrderKind, actor: SecurityContext, order: Any, writer: OrderLines, lines: Drafts) -> None:
    with translated(order):
        order.save(force_insert=True)
    changes: list[Change] = []
    if lines:
        written, changes = writer.write(lines)
        order.total = order_total(written, order.currency)
        kind.model.objects.within(actor).filter(pk=order.pk).update(total=order.total)
    record_changes(actor, [created(order), *changes])
    kind.announce(actor, [order], "created")


def _require_draft(kind: OrderKind, actor: SecurityContext, order: Any) -> None:
    if reason := kind.why_frozen(actor, order):
        raise Conflict(reason)


def _complete(kind: OrderKind, actor: SecurityContext, order: Any, data: dict[str, Any]) -> None:
    """Fill what was left open, check the head of the order; raises `Invalid` with every error."""
    if errors := kind.completing(actor, [order])(order, data):
        raise Invalid(errors)
    with translated(order):
        order.clean()
