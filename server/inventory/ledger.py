"""The one way into the stock ledger: moves and the balances they add up to, in one transaction (E-013, E-014).

Posting has two steps, because locks are taken in one order (balances before number series): `prepare_moves`
checks the moves and locks the balances, `Posting.write` writes both. `post_moves` does the two at once. The
number of statements does not grow with the number of moves.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import create_rows, update_rows
from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid
from server.core.events import Event, emit_all
from server.core.fields import QuantityField, UnitPriceField
from server.core.locks import lock

from .models import Location, Lot, Product, StockBalance, StockMove

ZERO = Decimal(0)
Place = tuple[int, int, int | None]  # product, location, lot
MoveKind: Any = StockMove.Kind


@dataclass(slots=True, frozen=True)
class Movement:
    """A move to be posted. `quantity` is in the base unit of the product; `path` is where it was entered.

    `unit_cost` is for one base unit, in the base currency of the organization. `effective_at` is when it happened,
    where that is not the same for all moves of a posting.
    """

    product_id: int
    from_location_id: int
    to_location_id: int
    quantity: Decimal
    entered_quantity: Decimal
    entered_unit_id: int
    kind: str
    lot_id: int | None = None
    unit_cost: Decimal | None = None
    reason: str = ""
    reverses_id: int | None = None
    path: str = ""
    effective_at: dt.datetime | None = None


@dataclass(slots=True, frozen=True)
class Document:
    """What the moves belong to: the name of its resource, its key, its number."""

    resource: str
    key: int
    number: str


@dataclass(slots=True)
class Posting:
    """Checked moves whose balances are locked and computed, but not yet written."""

    actor: SecurityContext
    movements: Sequence[Movement]
    balances: list[StockBalance] = field(default_factory=list)
    crossings: list[Event] = field(default_factory=list)

    def write(
        self,
        *,
        effective_at: dt.datetime | None = None,
        document: Document | None = None,
        documents: Sequence[Document] = (),
    ) -> list[StockMove]:
        """Write the moves and their balances; the saved moves, in the order of the movements.

        They belong to `document`, or each to the one of `documents` in its place.
        """
        now = timezone.now()
        owners: Sequence[Document | None] = documents or [document] * len(self.movements)
        for balance in self.balances:
            balance.changed_at = now
            balance.version += 1
        update_rows(self.balances, ("quantity", "changed_at", "version"))
        moves = create_rows(
            StockMove(
                organization_id=self.actor.organization_id,
                kind=movement.kind,
                product_id=movement.product_id,
                lot_id=movement.lot_id,
                from_location_id=movement.from_location_id,
                to_location_id=movement.to_location_id,
                quantity=movement.quantity,
                entered_quantity=movement.entered_quantity,
                entered_unit_id=movement.entered_unit_id,
                unit_cost=movement.unit_cost,
                reason=movement.reason,
                effective_at=movement.effective_at or effective_at or now,
                recorded_at=now,
                reverses_id=movement.reverses_id,
                document_type=owner.resource if owner else "",
                document_id=owner.key if owner else None,
                document_number=owner.number if owner else "",
                change_set=self.actor.change_set,
                actor_id=self.actor.user_id,
            )
            for movement, owner in zip(self.movements, owners, strict=True)
        )
        emit_all(self.actor, self.crossings)
        return moves


@transaction.atomic
def post_moves(
    *,
    actor: SecurityContext,
    moves: Sequence[Movement],
    effective_at: dt.datetime | None = None,
    document: Document | None = None,
) -> list[StockMove]:
    """Post these moves; the saved rows in the same order.

    Raises `Invalid` where a lot is missing, is another product's or a quantity is not above zero, and
    `Conflict` where an internal location would hold less than nothing.
    """
    return prepare_moves(actor=actor, moves=moves).write(effective_at=effective_at, document=document)


@transaction.atomic
def reverse_moves(
    *, actor: SecurityContext, moves: Sequence[StockMove], reason: str, document: Document | None = None
) -> list[StockMove]:
    """Take these moves back by their mirror images, which name them.

    Raises `Conflict` where one was taken back already, or the stock is not there any more.
    """
    return prepare_reversal(actor=actor, moves=moves, reason=reason).write(document=document)


def prepare_reversal(*, actor: SecurityContext, moves: Sequence[StockMove], reason: str) -> Posting:
    """The first step of `reverse_moves`."""
    mirrored = [
        Movement(
            product_id=move.product_id,
            from_location_id=move.to_location_id,
            to_location_id=move.from_location_id,
            quantity=move.quantity,
            entered_quantity=move.entered_quantity,
            entered_unit_id=move.entered_unit_id,
            kind=MoveKind.REVERSAL,
            lot_id=move.lot_id,
            unit_cost=move.unit_cost,
            reason=reason,
            reverses_id=move.pk,
        )
        for move in moves
    ]
    # The locks come first: whoever took them back meanwhile held the same balances.
    posting = prepare_moves(actor=actor, moves=mirrored)
    if StockMove.objects.within(actor).filter(reverses_id__in=[move.pk for move in moves]).exists():
        raise Conflict(_("This has been taken back already. Look at the stock moves of the product."))
    return posting


def prepare_moves(*, actor: SecurityContext, moves: Sequence[Movement]) -> Posting:
    """Check moves, lock their balances and compute them. Raises as `post_moves` does."""
    posting = Posting(actor, moves)
    if not moves:
        return posting
    products = {
        product.pk: product
        for product in Product.objects.within(actor)
        .filter(pk__in={move.product_id for move in moves})
        .only("organization", "code", "tracks_lots", "minimum_level")
    }
    locations = {
        location.pk: location
        for location in Location.objects.within(actor)
        .filter(pk__in={key for move in moves for key in (move.from_location_id, move.to_location_id)})
        .only("organization", "code", "kind")
    }
    _check(actor, moves, products)
    deltas = _deltas(moves)
    posting.balances = _locked_balances(actor, deltas, locations)
    watched = {key: product for key, product in products.items() if product.minimum_level is not None}
    levels = _levels(actor, watched)
    for balance in posting.balances:
        balance.quantity += deltas[balance.product_id, balance.location_id, balance.lot_id]
    _refuse_negative(actor, posting, products, locations)
    _refuse_too_much(posting, products, locations)
    posting.crossings = _crossings(watched, levels, deltas, locations)
    return posting


def _check(actor: SecurityContext, moves: Sequence[Movement], products: dict[int, Product]) -> None:
    wanted = {move.lot_id for move in moves if move.lot_id is not None}
    owner: dict[int, int] = {}
    if wanted:
        owner = dict(Lot.objects.within(actor).filter(pk__in=wanted).values_list("pk", "product_id"))
    errors = []
    for move in moves:
        product = products[move.product_id]
        if move.quantity <= 0:
            message = _("%(product)s: the quantity must be above zero.") % {"product": product.code}
            errors.append(FieldError(_at(move, "quantity"), "not_positive", message))
        if move.quantity >= QuantityField.beyond or (move.unit_cost or ZERO) >= UnitPriceField.beyond:
            message = _(
                "%(product)s: the quantity or its cost in the base unit is more than can be kept. Check both."
            )
            errors.append(FieldError(_at(move, "quantity"), "too_large", message % {"product": product.code}))
        if move.from_location_id == move.to_location_id:
            message = _("%(product)s would move to where it is. Choose two locations.") % {
                "product": product.code
            }
            errors.append(FieldError(_at(move, "to_location"), "contradiction", message))
        if product.tracks_lots and move.lot_id is None:
            message = _("%(product)s is tracked by lot: name the lot.") % {"product": product.code}
            errors.append(FieldError(_at(move, "lot"), "required", message))
        if move.lot_id is not None and owner.get(move.lot_id) != move.product_id:
            message = _("This lot is not one of %(product)s.") % {"product": product.code}
            errors.append(FieldError(_at(move, "lot"), "not_found", message))
    if errors:
        raise Invalid(errors)


def _at(move: Movement, name: str) -> str:
    return f"{move.path}.{name}" if move.path else name


def _deltas(moves: Iterable[Movement]) -> dict[Place, Decimal]:
    deltas: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        deltas[move.product_id, move.from_location_id, move.lot_id] -= move.quantity
        deltas[move.product_id, move.to_location_id, move.lot_id] += move.quantity
    return deltas


def _locked_balances(
    actor: SecurityContext, deltas: dict[Place, Decimal], locations: dict[int, Location]
) -> list[StockBalance]:
    """The rows of these places, locked in the order of their keys; those that are missing are begun at zero."""
    keys = _balance_keys(actor, deltas)
    missing = sorted(deltas.keys() - keys.keys(), key=lambda place: (place[0], place[1], place[2] or 0))
    if missing:
        now = timezone.now()
        # Whoever begins the same row at the same moment waits here for the other one, in the same order.
        StockBalance.objects.bulk_create(
            (
                StockBalance(
                    organization_id=actor.organization_id,
                    product_id=product,
                    location_id=location,
                    lot_id=lot,
                    is_internal=locations[location].kind == Location.Kind.INTERNAL,
                    quantity=ZERO,
                    changed_at=now,
                )
                for product, location, lot in missing
            ),
            ignore_conflicts=True,
        )
        keys = _balance_keys(actor, deltas)
    return lock(StockBalance.objects.within(actor).filter(pk__in=[keys[place] for place in deltas]))


def _balance_keys(actor: SecurityContext, places: dict[Place, Decimal]) -> dict[Place, int]:
    # Product × location × lot is a little more than the places, but one statement however many there are.
    lots = {lot for _product, _location, lot in places if lot is not None}
    rows = StockBalance.objects.within(actor).filter(
        product_id__in={product for product, _location, _lot in places},
        location_id__in={location for _product, location, _lot in places},
    )
    found: dict[Place, int] = {}
    if any(lot is None for _product, _location, lot in places):
        unlotted = rows.filter(lot__isnull=True).values_list("product_id", "location_id", "lot_id", "pk")
        found.update({(product, location, lot): key for product, location, lot, key in unlotted})
    if lots:
        lotted = rows.filter(lot_id__in=lots).values_list("product_id", "location_id", "lot_id", "pk")
        found.update({(product, location, lot): key for product, location, lot, key in lotted})
    return {place: key for place, key in found.items() if place in places}


def _refuse_negative(
    actor: SecurityContext, posting: Posting, products: dict[int, Product], locations: dict[int, Location]
) -> None:
    short = [balance for balance in posting.balances if balance.is_internal and balance.quantity < 0]
    if not short:
        return
    lots = dict(
        Lot.objects.within(actor)
        .filter(pk__in=[balance.lot_id for balance in short if balance.lot_id])
        .values_list("pk", "code")
    )
    errors = []
    for balance in short:
        place = (balance.product_id, balance.location_id, balance.lot_id)
        path = next(
            (
                _at(move, "quantity")
                for move in posting.movements
                if place == (move.product_id, move.from_location_id, move.lot_id)
            ),
            "",
        )
        message = too_little(
            product=products[balance.product_id].code,
            location=locations[balance.location_id].code,
            lot=lots.get(balance.lot_id, ""),
            missing=-balance.quantity,
        )
        errors.append(FieldError(path, "too_large", message))
    detail = " ".join(error.message for error in errors[:3])
    raise Conflict(
        detail + " " + _("Look at the stock balances, then move less or count again."), errors=errors
    )


def too_little(*, product: str, location: str, lot: str, missing: Decimal) -> str:
    """What to say of a place, by its codes, where so much is missing in the base unit of the product."""
    values = {"product": product, "location": location, "lot": lot, "missing": f"{missing.normalize():f}"}
    if lot:
        return _("%(location)s has %(missing)s too little of %(product)s, lot %(lot)s.") % values
    return _("%(location)s has %(missing)s too little of %(product)s.") % values


def _refuse_too_much(posting: Posting, products: dict[int, Product], locations: dict[int, Location]) -> None:
    for balance in posting.balances:
        if abs(balance.quantity) >= QuantityField.beyond:
            message = _("%(location)s would hold more of %(product)s than can be kept. Check the quantity.")
            values = {
                "product": products[balance.product_id].code,
                "location": locations[balance.location_id].code,
            }
            path = next(
                _at(move, "quantity") for move in posting.movements if move.product_id == balance.product_id
            )
            raise Invalid.field(path, "too_large", message % values)


def _levels(actor: SecurityContext, watched: dict[int, Product]) -> dict[int, Decimal]:
    """What is on hand of each watched product, over all internal locations, before the moves."""
    if not watched:
        return {}
    rows = (
        StockBalance.objects.within(actor)
        .filter(product_id__in=watched, is_internal=True)
        .values("product_id")
        .annotate(level=Sum("quantity"))
        .values_list("product_id", "level")
    )
    return dict(rows)


def _crossings(
    watched: dict[int, Product],
    levels: dict[int, Decimal],
    deltas: dict[Place, Decimal],
    locations: dict[int, Location],
) -> list[Event]:
    """One `stock_level_changed` for each product whose level on hand crosses its minimum (E-019)."""
    change: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (product, location, _lot), delta in deltas.items():
        if locations[location].kind == Location.Kind.INTERNAL:
            change[product] += delta
    events = []
    for key, product in watched.items():
        old = levels.get(key, ZERO)
        new = old + change[key]
        minimum = product.minimum_level
        if (old < minimum) != (new < minimum):
            payload = {
                "product_id": key,
                "old_level": str(old),
                "new_level": str(new),
                "min_level": str(minimum),
            }
            events.append(Event("stock_level_changed", "products", key, payload))
    return events
