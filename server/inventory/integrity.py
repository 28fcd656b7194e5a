"""What must be true of stock: what lies somewhere is what the ledger brought there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.integrity import Finding, integrity_check

from .models import StockBalance, StockMove

Place = tuple[int, int, int | None]


@integrity_check("inventory.balances", gettext_lazy("Stock is the sum of its moves"))
def balances(actor: SecurityContext) -> Iterator[Finding]:
    """Places whose balance is not the sum of what was moved there less what was moved away."""
    moved: dict[Place, Decimal] = defaultdict(Decimal)
    for end, sign in (("to_location_id", 1), ("from_location_id", -1)):
        sums = (
            StockMove.objects.within(actor)
            .values_list("product_id", end, "lot_id")
            .annotate(moved=Sum("quantity"))
            .order_by()
        )
        for product, location, lot, quantity in sums.iterator():
            moved[product, location, lot] += sign * quantity
    kept = StockBalance.objects.within(actor).select_related("product", "location", "lot").order_by("pk")
    for balance in kept.iterator():
        right = moved.pop((balance.product_id, balance.location_id, balance.lot_id), Decimal(0))
        if balance.quantity != right:
            said = _("%(kept)s is kept, the moves make %(right)s.") % {
                "kept": balance.quantity,
                "right": right,
            }
            label = " ".join(
                filter(None, (balance.product.code, balance.location.code, balance.lot and balance.lot.code))
            )
            yield Finding("stock", balance.pk, label, said)
    for (product, location, lot), right in sorted(moved.items(), key=lambda each: each[0][:2]):
        if right:
            said = _("No stock is kept, the moves make %(right)s.") % {"right": right}
            yield Finding("stock", 0, f"id:{product} id:{location}" + (f" id:{lot}" if lot else ""), said)
