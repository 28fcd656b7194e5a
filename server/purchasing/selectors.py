"""Reads of purchase orders that are more than a filter."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid

from .models import PurchaseOrderLine


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
