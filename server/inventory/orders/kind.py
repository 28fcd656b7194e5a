"""What tells orders that are bought from orders that are sold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server.core.context import SecurityContext
from server.core.errors import FieldError
from server.core.tenancy import TenantModel
from server.inventory.models import Product
from server.inventory.orders.lines import OrderLines, Terms
from server.inventory.units import UnitTable

Completing = Callable[[Any, Mapping[str, Any]], list[FieldError]]
Pricing = Callable[[Any], Terms]
Happened = Literal["created", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class OrderKind:
    """One kind of order and the rules of its own.

    `begin(actor)` makes an empty order and `reassign(order, data)` gives it values, with what they bring along.
    `completing(actor, orders)` reads what these orders need to be filled in, and answers the function that does so and
    returns what is wrong with the head; `pricing(actor, orders, units, products)` answers the one that knows the terms
    of an order. `why_frozen` says why an order can be neither changed nor deleted, None while it can. `announce` tells
    the world what happened to orders.
    """

    model: type[TenantModel]
    line_model: type[TenantModel]
    series: str
    begin: Callable[[SecurityContext], Any]
    reassign: Callable[[Any, Mapping[str, Any]], None]
    completing: Callable[[SecurityContext, Sequence[Any]], Completing]
    pricing: Callable[[SecurityContext, Sequence[Any], UnitTable, Sequence[Product]], Pricing]
    why_frozen: Callable[[SecurityContext, Any], str | None]
    announce: Callable[[SecurityContext, Sequence[Any], Happened], None]

    def writer(self, actor: SecurityContext, order: Any, *, returning: bool = False) -> OrderLines:
        """What writes the lines of one order, at its own terms."""

        def terms(units: UnitTable, products: Sequence[Product]) -> Terms:
            return self.pricing(actor, [order], units, products)(order)

        return OrderLines(actor, order, self.line_model, terms, returning)


def assign(order: Any, data: Mapping[str, Any]) -> None:
    """Give an order these values by field name, references as keys."""
    for name, value in data.items():
        setattr(order, order._meta.get_field(name).attname, value)
