"""Lots that come into being with the goods that they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from server.core.bulk import update_rows
from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import created, snapshot, updated

from .models import Lot, Product

MAX_LENGTH = 60


@dataclass(slots=True, frozen=True)
class WantedLot:
    """A lot as it was entered: its code on the label, its use-by date, and the path of the line."""

    product: Product
    code: str
    expiry_date: dt.date | None = None
    path: str = ""


def ensure_lots(
    *,
    actor: SecurityContext,
    wanted: Sequence[WantedLot],
    supplier_id: int | None,
    received_at: dt.datetime | None,
) -> dict[tuple[int, str], Lot]:
    """The lots by product and code, locked; those that are missing are made. Call inside a transaction.

    A product with a shelf life gets its use-by date from the day of receipt where none was entered; with
    `received_at` None nobody knows that day any more. The number of statements does not grow with the lots. Raises `Invalid` where a lot is known with another use-by date.
    """
    if not wanted:
        return {}
    found = _locked(actor, wanted)
    missing: dict[tuple[int, str], WantedLot] = {}
    for each in wanted:
        place = (each.product.pk, each.code)
        # Of several lines with one lot, the one that says the use-by date counts.
        if place not in found and (place not in missing or missing[place].expiry_date is None):
            missing[place] = each
    changes = []
    if missing:
        Lot.objects.bulk_create(
            [
                Lot(
                    organization_id=actor.organization_id,
                    product=each.product,
                    code=each.code,
                    supplier_id=supplier_id,
                    expiry_date=each.expiry_date or _by_shelf_life(each.product, received_at),
                    received_at=received_at,
                )
                for _place, each in sorted(missing.items(), key=lambda item: item[0])
            ],
            ignore_conflicts=True,
        )
        found = _locked(actor, wanted)
        changes = [created(found[place]) for place in missing]
    changed = []
    errors = []
    for each in wanted:
        lot = found[each.product.pk, each.code]
        if each.expiry_date is None or lot.expiry_date == each.expiry_date:
            continue
        if lot.expiry_date is not None:
            message = _(
                "Lot %(lot)s of %(product)s is known with use-by date %(known)s, not %(given)s. Check the label."
            )
            values = {
                "lot": lot.code,
                "product": each.product.code,
                "known": lot.expiry_date,
                "given": each.expiry_date,
            }
            errors.append(FieldError(f"{each.path}.expiry_date", "contradiction", message % values))
            continue
        before = snapshot(lot)
        lot.expiry_date = each.expiry_date
        lot.version += 1
        changed.append(lot)
        changes += [change for change in (updated(lot, before),) if change]
    if errors:
        raise Invalid(errors)
    update_rows(changed, ("expiry_date", "version"))
    if changes:
        record_changes(actor, changes)
    return found


def _locked(actor: SecurityContext, wanted: Sequence[WantedLot]) -> dict[tuple[int, str], Lot]:
    places = {(each.product.pk, each.code) for each in wanted}
    rows = Lot.objects.within(actor).filter(
        product_id__in={product for product, _code in places}, code__in={code for _product, code in places}
    )
    return {(lot.product_id, lot.code): lot for lot in lock(rows) if (lot.product_id, lot.code) in places}


def _by_shelf_life(product: Product, received_at: dt.datetime | None) -> dt.date | None:
    if product.shelf_life_days is None or received_at is None:
        return None
    try:
        return received_at.date() + dt.timedelta(days=product.shelf_life_days)
    except OverflowError:
        return None  # past the last day that can be told: it keeps for ever
