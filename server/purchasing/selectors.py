"""Reads of purchase orders that are more than a filter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.inventory.units import to_base

from .models import PurchaseOrder, PurchaseOrderLine
from .rules import RECEIVABLE, open_quantity

EXPECTED = (PurchaseOrder.State.DRAFT, *RECEIVABLE)


def line_numbers(*, actor: SecurityContext, order_id: int, keys: Sequence[int]) -> list[int]:
    """The numbers of these lines of an order, in the order of the keys. Raises `Invalid` for others."""
    known = dict(
        PurchaseOrderLine.objects.within(actor)
        .filter(order_id=order_id, pk__in=keys)
        .values_list("pk", "number")
    )
    errors = [
        FieldError(
            f"lines[{index}].line",
            "not_found",
            _("This order has no line with the key %(key)d.") % {"key": key},
        )
        for index, key in enumerate(keys)
        if key not in known
    ]
    if errors:
        raise Invalid(errors)
    return [known[key] for key in keys]


def expected_quantities(actor: SecurityContext, products: Collection[int]) -> dict[int, Decimal]:
    """What is still to come of these products, in the base unit. Drafts count: nobody orders twice what lies there."""
    lines = PurchaseOrderLine.objects.within(actor).filter(product_id__in=products, order__state__in=EXPECTED)
    total: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        total[line.product_id] += to_base(open_quantity(line), line.factor)
    return total
