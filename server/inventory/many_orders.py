"""Many orders at once, bought or sold: checked and created by the rules of a single one.

The number of statements grows with neither the orders nor their lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
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
from server.core.tenancy import TenantModel

from .models import Product
from .order_lines import OrderLines, Terms, order_total
from .units import UnitTable, products_by_key

Completing = Callable[[Any, Mapping[str, Any]], list[FieldError]]
Pricing = Callable[[Any], Terms]


@dataclass(frozen=True, slots=True)
class OrderKind:
    """What tells orders that are bought from orders that are sold.

    `begin(actor)` makes an empty order and `assign(order, data)` gives it values. `completing(actor, orders)` reads
    what these orders need to be filled in, and answers the function that does so and returns what is wrong with the
    head; `pricing(actor, orders, units, products)` answers the one that knows the terms of an order. `announce`
    tells the world of new orders.
    """

    line_model: type[TenantModel]
    series: str
    begin: Callable[[SecurityContext], Any]
    assign: Callable[[Any, dict[str, Any]], None]
    completing: Callable[[SecurityContext, Sequence[Any]], Completing]
    pricing: Callable[[SecurityContext, Sequence[Any], UnitTable, Sequence[Product]], Pricing]
    announce: Callable[[SecurityContext, Sequence[Any]], None]

    def check(self, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
        """Says in each draft what is wrong with it; nothing is written, and no instance is changed."""
        self._prepared(actor, drafts)

    def create(self, actor: SecurityContext, drafts: Sequence[Draft]) -> list[Any]:
        """The new orders, each with its number, audit and event. Call inside a transaction.

        Raises `Invalid` with the errors of the first draft that has any; `IntegrityError` where an external id is
        taken.
        """
        prepared = self._prepared(actor, drafts)
        for draft in drafts:
            if draft.errors:
                raise Invalid(draft.errors)
        orders = [order for order, _lines in prepared]
        for order, number in zip(orders, numbers(actor, self.series, len(orders)), strict=True):
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
        self.announce(actor, orders)
        return orders

    def _prepared(self, actor: SecurityContext, drafts: Sequence[Draft]) -> list[tuple[Any, list[Any]]]:
        """Returns each order as it would be, with its lines; what is wrong is in its draft."""
        orders = []
        for draft in drafts:
            order = self.begin(actor) if draft.instance is None else copy(draft.instance)
            self.assign(order, draft.data)
            orders.append(order)
        complete = self.completing(actor, orders)
        for draft, order in zip(drafts, orders, strict=True):
            draft.errors += complete(order, draft.data) or _flaws_of(order)
        writers = [self._writer(actor, order) for order in orders]
        assigned = [
            writer.assign(draft.lines or (), [copy(line) for line in draft.existing])
            for writer, draft in zip(writers, drafts, strict=True)
        ]
        products = products_by_key(
            actor, [line.product_id for lines in assigned for line in lines if line.product_id]
        )
        units = UnitTable.load(actor, products.values())
        terms = self.pricing(actor, orders, units, list(products.values()))
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

    def _writer(self, actor: SecurityContext, order: Any) -> OrderLines:
        def terms(_units: UnitTable, _products: Sequence[Product]) -> Terms:
            raise RuntimeError("The terms of many orders are read together.")

        return OrderLines(actor, order, self.line_model, terms)


def _flaws_of(order: Any) -> list[FieldError]:
    try:
        order.clean()
    except ValidationError as error:
        return field_errors(error)
    return []
