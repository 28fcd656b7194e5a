"""What a warehouse does to stock: move it, correct it, take a move back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid, missing
from server.core.recording import record_changes
from server.core.records import created

from .ledger import MoveKind, Movement, post_moves, reverse_moves
from .models import Location, Product, StockMove
from .selectors import counterpart, lot_of
from .units import UnitTable, to_base, too_many_decimals

Place: Any = Location.Kind

# What a plain move between two ends is; the other ends belong to receipts, deliveries and adjustments.
_KINDS = {
    Place.INTERNAL: MoveKind.TRANSFER,
    Place.TRANSIT: MoveKind.TRANSFER,
    Place.SCRAP: MoveKind.SCRAP,
    Place.PRODUCTION: MoveKind.PRODUCTION,
}


@transaction.atomic
def move_stock(
    *,
    actor: SecurityContext,
    product_id: int,
    from_location_id: int,
    to_location_id: int,
    quantity: Decimal,
    unit_id: int | None = None,
    lot: str | None = None,
    reason: str = "",
    effective_at: dt.datetime | None = None,
) -> StockMove:
    """Move a quantity, in the given or the base unit, between two of our own places; the saved move.

    Raises `Invalid`, and `Conflict` where the stock is not there.
    """
    product = Product.objects.within(actor).select_related("unit").get(pk=product_id)
    locations = {
        location.pk: location
        for location in Location.objects.within(actor).filter(pk__in=(from_location_id, to_location_id))
    }
    origin, target = locations[from_location_id], locations[to_location_id]
    for name, location in (("from_location", origin), ("to_location", target)):
        if location.kind not in _KINDS:
            raise Invalid.field(
                name,
                "not_a_choice",
                _(
                    "Stock does not simply move from or to %(location)s (%(kind)s). Use a receipt, a delivery or an adjustment."
                )
                % {"location": location.code, "kind": location.get_kind_display()},
            )
    if not target.is_active:
        raise Invalid.field(
            "to_location",
            "not_a_choice",
            _("%(location)s is not in use any more.") % {"location": target.code},
        )
    virtual = next((end for end in (target, origin) if end.kind != Place.INTERNAL), target)
    return _post_one(
        actor,
        product,
        quantity,
        unit_id or product.unit_id,
        lot,
        kind=_KINDS[Place(virtual.kind)],
        from_location_id=origin.pk,
        to_location_id=target.pk,
        reason=reason,
        effective_at=effective_at,
    )


@transaction.atomic
def adjust_stock(
    *,
    actor: SecurityContext,
    product_id: int,
    location_id: int,
    quantity: Decimal,
    reason: str,
    lot: str | None = None,
    effective_at: dt.datetime | None = None,
) -> StockMove:
    """Add what was found (above zero) or take off what is gone (below zero), in the base unit; the saved move.

    Raises `Invalid`, and `Conflict` where there would be less than nothing.
    """
    product = Product.objects.within(actor).select_related("unit").get(pk=product_id)
    location = Location.objects.within(actor).get(pk=location_id)
    if not quantity:
        raise Invalid.field(
            "quantity",
            "not_positive",
            _("An adjustment by zero changes nothing. Give what was found, or below zero what is gone."),
        )
    if location.kind != Place.INTERNAL:
        raise Invalid.field(
            "location",
            "not_a_choice",
            _("Only stock at our own locations is adjusted; %(location)s is none.")
            % {"location": location.code},
        )
    if not reason.strip():
        raise Invalid.field("reason", "blank", _("Say why the stock is adjusted."))
    other = counterpart(actor, Place.ADJUSTMENT)
    found = quantity > 0
    return _post_one(
        actor,
        product,
        abs(quantity),
        product.unit_id,
        lot,
        kind=MoveKind.ADJUSTMENT,
        from_location_id=other.pk if found else location.pk,
        to_location_id=location.pk if found else other.pk,
        reason=reason,
        effective_at=effective_at,
    )


@transaction.atomic
def reverse_move(*, actor: SecurityContext, move_id: int, reason: str = "") -> StockMove:
    """Take one move back; the saved mirror image. A move of a document is taken back with its document.

    Raises `NotFound`, `Conflict`.
    """
    move = StockMove.objects.within(actor).filter(pk=move_id).first()
    if move is None:
        raise missing(str(StockMove._meta.verbose_name), move_id)
    if refusal := why_not_reversible(actor, move):
        raise Conflict(refusal)
    reversal = reverse_moves(actor=actor, moves=[move], reason=reason)[0]
    record_changes(actor, [created(reversal)])
    return reversal


def why_not_reversible(actor: SecurityContext, move: StockMove) -> str | None:
    """Why a move cannot be taken back by itself, apart from whether its stock is still there."""
    if move.document_type:
        return _("This move belongs to %(document)s. Take that back as a whole.") % {
            "document": move.document_number
        }
    if move.reverses_id:
        return _("This move takes another one back. Move the stock again instead.")
    if StockMove.objects.within(actor).filter(reverses_id=move.pk).exists():
        return _("This move has been taken back already.")
    return None


def _post_one(
    actor: SecurityContext,
    product: Product,
    quantity: Decimal,
    unit_id: int,
    lot: str | None,
    *,
    kind: str,
    from_location_id: int,
    to_location_id: int,
    reason: str,
    effective_at: dt.datetime | None,
) -> StockMove:
    units = UnitTable.load(actor, [product])
    factor = units.factor(product, unit_id)
    if factor is None:
        raise Invalid([units.refusal("", product, unit_id)])
    if refusal := too_many_decimals("quantity", quantity, units.units[unit_id]):
        raise Invalid([refusal])
    known_lot = lot_of(actor, product.pk, lot)
    movement = Movement(
        product_id=product.pk,
        from_location_id=from_location_id,
        to_location_id=to_location_id,
        quantity=to_base(quantity, factor),
        entered_quantity=quantity,
        entered_unit_id=unit_id,
        kind=kind,
        lot_id=known_lot.pk if known_lot else None,
        unit_cost=product.standard_cost,
        reason=reason,
    )
    move = post_moves(actor=actor, moves=[movement], effective_at=effective_at)[0]
    record_changes(actor, [created(move, inverse="inventory.reverse-move")])
    return move
