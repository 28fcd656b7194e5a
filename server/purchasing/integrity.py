"""What must be true of purchase orders: amounts and totals, and that receipts are what the lines say was received."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.integrity import Finding, integrity_check
from server.inventory.orders.integrity import contradictions

from .models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine


@integrity_check("purchasing.orders", gettext_lazy("Amounts and totals of purchase orders"))
def orders(actor: SecurityContext) -> Iterator[Finding]:
    """Purchase orders that do not add up."""
    yield from contradictions(actor, PurchaseOrder, PurchaseOrderLine, "purchase-orders")


@integrity_check("purchasing.received", gettext_lazy("What was received is what the receipts say"))
def received(actor: SecurityContext) -> Iterator[Finding]:
    """Order lines whose received or rejected quantity is not that of their posted receipts."""
    posted = ReceiptLine.objects.within(actor).filter(receipt__state=Receipt.State.POSTED)
    sums = {
        line: (accepted, rejected)
        for line, accepted, rejected in posted.values_list("order_line_id")
        .annotate(accepted_sum=Sum("accepted"), rejected_sum=Sum("rejected"))
        .order_by()
        .iterator()
    }
    lines = PurchaseOrderLine.objects.within(actor).order_by("order_id", "number")
    read = lines.values_list("pk", "order_id", "order__number", "number", "received", "rejected")
    for key, order, name, number, accepted, rejected in read.iterator():
        right = sums.get(key, (Decimal(0), Decimal(0)))
        if (accepted, rejected) != right:
            said = _(
                "Line %(line)d: %(accepted)s received and %(rejected)s rejected, "
                "the receipts make %(right_accepted)s and %(right_rejected)s."
            ) % {
                "line": number,
                "accepted": accepted,
                "rejected": rejected,
                "right_accepted": right[0],
                "right_rejected": right[1],
            }
            yield Finding("purchase-orders", order, name, said)
