"""Many orders at once, bought or sold: checked and created by the rules of a single one.

The number of statements grows with neither the orders nor their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError

from server.core.bulk import create_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.numbering import numbers
from server.core.recording import record_changes
from server.core.records import created
from server.core.resources.constraints import field_errors
from server.core.resources.drafts import Draft
from server.inventory.orders.kind import OrderKind
from server.inventory.orders.lines import order_total
from server.inventory.units import UnitTable, products_by_key


def check_drafts(kind: OrderKind, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what the services would refuse in it; nothing is written, and no instance is changed."""
    _prepared(kind, actor, drafts)


def create_drafts(kind: OrderKind, actor: SecurityContext, drafts: Sequence[Draft]) -> list[Any]:
    """The new orders, each with its number, audit and event. Call inside a transaction.

    Raises `Invalid` with the errors of the first draft that has any; `IntegrityError` where an external id is
    taken.
    """
    prepared = _prepared(kind, actor, drafts)
    for draft in drafts:
        if draft.errors:
            raise Invalid(draft.errors)
    orders = [order for order, _lines in prepared]
    for order, number in zip(orders, numbers(actor, kind.series, len(orders)), strict=True):
        order.number = number
    create_rows(orders)
    for order, lines in prepared:
        for line in lines:
            line.order = order
    create_rows(line for _order, lines in prepared for line in lines)
    changes: list[Change] = []
    for order, lines in prepared:
        changes.append(created(order))
        changes += [created(line, root=order) for line in lines]
    record_changes(actor, changes)
    kind.announce(actor, orders, "created")
    return orders


def _prepared(
    kind: OrderKind, actor: SecurityContext, drafts: Sequence[Draft]
) -> list[tuple[Any, list[Any]]]:
    """Returns each order as it would be, with its lines; what is wrong is in its draft."""
    orders = []
    for draft in drafts:
        order = kind.begin(actor) if draft.instance is None else copy(draft.instance)
        kind.reassign(order, draft.data)
        orders.append(order)
    complete = kind.completing(actor, orders)
    for draft, order in zip(drafts, orders, strict=True):
        draft.errors += complete(order, draft.data) or _flaws_of(order)
    writers = [kind.writer(actor, order) for order in orders]
    assigned = [
        writer.assign(draft.lines or (), [copy(line) for line in draft.existing])
        for writer, draft in zip(writers, drafts, strict=True)
    ]
    products = products_by_key(
        actor, [line.product_id for lines in assigned for line in lines if line.product_id]
    )
    units = UnitTable.load(actor, products.values())
    terms = kind.pricing(actor, orders, units, list(products.values()))
    for draft, order, writer, lines in zip(drafts, orders, writers, assigned, strict=True):
        # Without a sound head there are no terms to tell what a line costs.
        if not draft.errors and not writer.errors:
            writer.complete(lines, draft.lines or (), products, units, terms(order))
        draft.errors += writer.errors
        draft.remarks += writer.remarks
        if not draft.errors and draft.lines is not None:
            try:
                order.total = order_total(lines, order.currency)
            except Invalid as refusal:
                draft.errors += refusal.errors
    return list(zip(orders, assigned, strict=True))


def _flaws_of(order: Any) -> list[FieldError]:
    try:
        order.clean()
    except ValidationError as error:
        return field_errors(error)
    return []
