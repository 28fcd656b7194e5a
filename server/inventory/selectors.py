"""Reads of stock that are more than a filter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid

from .models import Location, Lot, StockBalance, StockMove


@dataclass(slots=True, frozen=True)
class LedgerBreak:
    """A place whose balance is not the sum of its moves; quantities in the base unit of the product."""

    product_id: int
    location_id: int
    lot_id: int | None
    balance: Decimal
    moved: Decimal


def check_ledger(organization: Any, *, using: str | None = None) -> list[LedgerBreak]:
    """Every place where balance and moves disagree: an empty list when the ledger is sound (P4).

    Takes an organization, a context or a key; `using` names another database than the usual. Three statements; memory grows with the places, not the moves.
    """
    moved: dict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)
    for end, sign in (("to_location_id", 1), ("from_location_id", -1)):
        sums = (
            StockMove.objects.using(using)
            .within(organization)
            .values("product_id", end, "lot_id")
            .annotate(total=Sum("quantity"))
            .order_by()
            .values_list("product_id", end, "lot_id", "total")
        )
        for product, location, lot, total in sums.iterator():
            moved[product, location, lot] += sign * total
    balances = {
        (product, location, lot): quantity
        for product, location, lot, quantity in StockBalance.objects.using(using)
        .within(organization)
        .values_list("product_id", "location_id", "lot_id", "quantity")
        .iterator()
    }
    return [
        LedgerBreak(*place, balance=balances.get(place, Decimal(0)), moved=moved[place])
        for place in {**balances, **moved}
        if balances.get(place, Decimal(0)) != moved[place]
    ]


def on_hand() -> Coalesce:
    """The expression of a product's stock over all internal locations, for a query of products."""
    total = (
        StockBalance.objects.filter(
            organization_id=OuterRef("organization_id"), product_id=OuterRef("pk"), is_internal=True
        )
        .order_by()
        .values("product_id")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    return Coalesce(Subquery(total), Decimal(0))


def counterpart(actor: SecurityContext, kind: str) -> Location:
    """The location that stands for the other side of a move, such as the suppliers. Raises `Conflict`."""
    location = Location.objects.within(actor).filter(kind=kind, is_active=True).order_by("code").first()
    if location is None:
        raise Conflict(
            _(
                "There is no active location of the kind “%(kind)s”, which stock has to be booked against. Create one first."
            )
            % {"kind": Location.Kind(kind).label}
        )
    return location


def lot_of(actor: SecurityContext, product_id: int, code: str | None) -> Lot | None:
    """The lot of a product by the code on its label; None for no code. Raises `Invalid`."""
    if not code:
        return None
    lot = Lot.objects.within(actor).filter(product_id=product_id, code=code).first()
    if lot is None:
        raise Invalid.field("lot", "not_found", _("This product has no lot “%(lot)s”.") % {"lot": code[:60]})
    return lot
