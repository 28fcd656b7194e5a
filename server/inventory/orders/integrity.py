"""What must be true of every order, bought or sold: its lines and its total are what they are computed from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.integrity import Finding
from server.core.rounding import amount
from server.core.tenancy import TenantModel
from server.inventory.orders.lines import order_total
from server.inventory.units import to_base


def contradictions(
    actor: SecurityContext, model: type[TenantModel], line_model: type[TenantModel], resource: str
) -> Iterator[Finding]:
    """Lines whose amount or base quantity, and orders whose total, are not what quantity and price make of them.

    One read of each table, however many orders there are.
    """
    lines = line_model.objects.within(actor).order_by("order_id", "number").iterator(chunk_size=2_000)
    by_order = groupby(lines, key=lambda line: line.order_id)
    waiting = next(by_order, None)
    for order in model.objects.within(actor).order_by("pk").iterator(chunk_size=2_000):
        own = []
        if waiting is not None and waiting[0] == order.pk:
            own = list(waiting[1])
            waiting = next(by_order, None)
        for line in own:
            if line.amount != (right := amount(line.quantity, line.unit_price)):
                sentence = _("Line %(line)d: the amount is %(kept)s, quantity and price make %(right)s.")
                said = sentence % {"line": line.number, "kept": line.amount, "right": right}
                yield Finding(resource, order.pk, order.number, said)
            if line.base_quantity != (right := to_base(line.quantity, line.factor)):
                sentence = _("Line %(line)d: %(kept)s in the base unit, quantity and factor make %(right)s.")
                said = sentence % {"line": line.number, "kept": line.base_quantity, "right": right}
                yield Finding(resource, order.pk, order.number, said)
        if order.total != (right := order_total(own, order.currency)):
            said = _("The total is %(kept)s, the lines make %(right)s.") % {
                "kept": order.total,
                "right": right,
            }
            yield Finding(resource, order.pk, order.number, said)
