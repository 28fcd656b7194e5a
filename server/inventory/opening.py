"""Opening stock: what lay at our places when the books were begun, posted to the ledger and taken back by it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import create_rows
from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid, missing
from server.core.fields import MoneyField, QuantityField, UnitPriceField
from server.core.locks import lock
from server.core.numbering import numbers
from server.core.recording import record_changes
from server.core.records import created, deleted
from server.core.resources.constraints import field_errors, translated
from server.core.resources.drafts import Draft
from server.core.rounding import amount, round_half_up

from .ledger import Document, MoveKind, Movement, prepare_moves, prepare_reversal, too_little
from .lots import WantedLot, ensure_lots
from .models import Location, Lot, OpeningStock, Product, StockBalance, StockMove
from .selectors import counterpart
from .units import UnitTable, products_by_key, to_base, too_many_decimals

RESOURCE = "opening-stock"
SERIES = "opening-stock"
TAKE_BACK = "inventory.take-back-opening"
LocationKind: Any = Location.Kind
EARLIEST = dt.date(1900, 1, 1)
AT_ONCE = 2_000
Place = tuple[int, int, str]
"""Product, location and the code of the lot."""


def check_openings(*, actor: SecurityContext, drafts: Sequence[Draft]) -> None:
    """Says in each draft what is wrong with it; nothing is written.

    Raises `Conflict` where there is nothing to book against.
    """
    _prepared(actor, drafts)


@transaction.atomic
def create_openings(*, actor: SecurityContext, drafts: Sequence[Draft]) -> list[OpeningStock]:
    """The new opening stock with its lots and moves; the number of statements does not grow with it.

    Raises `Invalid` with the errors of the first draft that has any, `Conflict`, and `IntegrityError` where somebody
    enters the same at this moment.
    """
    prepared = _prepared(actor, drafts)
    _refuse_disagreeing(prepared.openings, drafts)
    for draft in drafts:
        if draft.errors:
            raise Invalid(draft.errors)
    openings = prepared.openings
    lots = ensure_lots(
        actor=actor,
        wanted=[
            WantedLot(prepared.products[opening.product_id], opening.lot, opening.expiry_date)
            for opening in openings
            if opening.lot
        ],
        supplier_id=None,
        # When they came nobody knows any more, so no use-by date follows from it.
        received_at=None,
    )
    posting = prepare_moves(
        actor=actor, moves=[prepared.movement(opening, lots, actor) for opening in openings]
    )
    for opening, number in zip(openings, numbers(actor, SERIES, len(openings)), strict=True):
        opening.number = number
    # Of a single one, what another has already is told at its field.
    with translated(openings[0]) if len(openings) == 1 else nullcontext():
        create_rows(openings)
    posting.write(documents=[_document(opening) for opening in openings])
    record_changes(actor, [created(opening, inverse=TAKE_BACK) for opening in openings])
    return openings


def create_opening(*, actor: SecurityContext, data: dict[str, Any], lines: Any) -> OpeningStock:  # noqa: ARG001
    """The new opening stock of one product, location and lot. Raises as `create_openings` does."""
    return create_openings(actor=actor, drafts=[Draft(data)])[0]


@transaction.atomic
def take_back_opening(*, actor: SecurityContext, opening_id: int, reason: str = "") -> None:
    """Move the opening stock back out of its place; its record goes, the ledger keeps both moves.

    Raises `NotFound`, and `Conflict` where the stock is not there any more.
    """
    if not OpeningStock.objects.within(actor).filter(pk=opening_id).exists():
        raise missing(str(OpeningStock._meta.verbose_name), opening_id)
    if refusal := take_back_openings(actor=actor, keys=[opening_id], reason=reason).get(opening_id):
        raise Conflict(refusal)


@transaction.atomic
def take_back_openings(*, actor: SecurityContext, keys: Sequence[int], reason: str = "") -> dict[int, str]:
    """Take back all of this opening stock that is still there; for the rest, by its key, why it stays.

    The number of statements grows with thousands alone.
    """
    kept: dict[int, str] = {}
    wanted = sorted(keys)
    for first in range(0, len(wanted), AT_ONCE):
        kept |= _take_back(actor, wanted[first : first + AT_ONCE], reason)
    return kept


def _take_back(actor: SecurityContext, keys: Sequence[int], reason: str) -> dict[int, str]:
    openings = {
        opening.pk: opening for opening in lock(OpeningStock.objects.within(actor).filter(pk__in=keys))
    }
    kept = {key: _("It has been taken back already.") for key in keys if key not in openings}
    moves = StockMove.objects.within(actor).filter(
        document_type=RESOURCE, document_id__in=list(openings), reverses__isnull=True
    )
    going = {}
    held = _held(actor, openings.values())
    for move in moves.select_related("product", "to_location", "lot").order_by("document_id"):
        opening = openings[move.document_id or 0]
        short = move.quantity - held[move.product_id, move.to_location_id, move.lot_id]
        if short <= 0:
            going[opening.pk] = move
            continue
        told = too_little(
            product=move.product.code, location=move.to_location.code, lot=opening.lot, missing=short
        )
        message = _("Opening stock %(number)s is not all there any more. %(missing)s")
        kept[opening.pk] = message % {"number": opening.number, "missing": told}
    posting = prepare_reversal(actor=actor, moves=list(going.values()), reason=reason)
    posting.write(documents=[_document(openings[key]) for key in going])
    record_changes(actor, [deleted(openings[key]) for key in going])
    OpeningStock.objects.within(actor).filter(pk__in=list(going)).delete()
    return kept


def _held(
    actor: SecurityContext, openings: Collection[OpeningStock]
) -> Mapping[tuple[int, int, int | None], Decimal]:
    """What lies where these were opened, locked: nobody takes it meanwhile."""
    products = {opening.product_id for opening in openings}
    locations = {opening.location_id for opening in openings}
    rows = lock(StockBalance.objects.within(actor).filter(product_id__in=products, location_id__in=locations))
    found: dict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row.product_id, row.location_id, row.lot_id] = row.quantity
    return found


@dataclass(slots=True)
class _Prepared:
    """Opening stock as it would be, and what it refers to."""

    openings: list[OpeningStock]
    products: Mapping[int, Product]
    units: UnitTable
    origin: Location

    def movement(
        self, opening: OpeningStock, lots: Mapping[tuple[int, str], Lot], actor: SecurityContext
    ) -> Movement:
        """The move from the counterpart to the place."""
        product = self.products[opening.product_id]
        factor = self.units.factor(product, opening.unit_id)
        assert factor is not None  # refused before
        lot = lots.get((opening.product_id, opening.lot))
        cost = product.standard_cost
        if opening.unit_cost is not None:
            cost = round_half_up(opening.unit_cost / factor, UnitPriceField.scale)
        return Movement(
            product_id=opening.product_id,
            from_location_id=self.origin.pk,
            to_location_id=opening.location_id,
            quantity=opening.base_quantity,
            entered_quantity=opening.quantity,
            entered_unit_id=opening.unit_id,
            kind=MoveKind.OPENING,
            lot_id=lot.pk if lot else None,
            unit_cost=cost,
            effective_at=_beginning(opening.opened_on, actor),
        )


def _document(opening: OpeningStock) -> Document:
    return Document(RESOURCE, opening.pk, opening.number)


def _beginning(day: dt.date, actor: SecurityContext) -> dt.datetime:
    """The moment at which a day begins where the organization is."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=ZoneInfo(actor.time_zone))


def _prepared(actor: SecurityContext, drafts: Sequence[Draft]) -> _Prepared:
    """Returns the opening stock of these drafts; what is wrong with one is in its draft."""
    openings = [_assigned(actor, draft) for draft in drafts]
    products = products_by_key(actor, [each.product_id for each in openings if each.product_id])
    locations = {
        location.pk: location
        for location in Location.objects.within(actor).filter(
            pk__in={each.location_id for each in openings if each.location_id}
        )
    }
    units = UnitTable.load(actor, products.values())
    prepared = _Prepared(openings, products, units, counterpart(actor, LocationKind.ADJUSTMENT))
    rules = _Rules.load(actor, openings, prepared, locations)
    for draft, opening in zip(drafts, openings, strict=True):
        draft.errors += rules.complete(opening)
        if not draft.errors and (remark := rules.remark(opening)):
            draft.remarks.append((0, remark))
    return prepared


def _assigned(actor: SecurityContext, draft: Draft) -> OpeningStock:
    opening = OpeningStock(organization_id=actor.organization_id)
    for name, value in draft.data.items():
        setattr(opening, opening._meta.get_field(name).attname, value)
    opening.lot = (opening.lot or "").strip()
    return opening


@dataclass(slots=True)
class _Rules:
    """What some opening stock is judged by, read at once."""

    prepared: _Prepared
    locations: Mapping[int, Location]
    there: set[Place]
    lots: Mapping[tuple[int, str], Lot]
    occupied: set[Place]
    today: dt.date

    @classmethod
    def load(
        cls,
        actor: SecurityContext,
        openings: Sequence[OpeningStock],
        prepared: _Prepared,
        locations: Mapping[int, Location],
    ) -> _Rules:
        """Three statements, however many there are."""
        products, codes = list(prepared.products), {each.lot for each in openings if each.lot}
        place = ("product_id", "location_id")
        there = OpeningStock.objects.within(actor).filter(product_id__in=products, location_id__in=locations)
        lots = Lot.objects.within(actor).filter(product_id__in=products, code__in=codes)
        balances = StockBalance.objects.within(actor).filter(
            product_id__in=products, location_id__in=locations
        )
        occupied = balances.exclude(quantity=0).values_list(*place, "lot__code")
        return cls(
            prepared,
            locations,
            set(there.values_list(*place, "lot")),
            {(lot.product_id, lot.code): lot for lot in lots} if codes else {},
            {(product, location, lot or "") for product, location, lot in occupied},
            timezone.localdate(timezone=ZoneInfo(actor.time_zone)),
        )

    def complete(self, opening: OpeningStock) -> list[FieldError]:
        """Fill in what follows from the rest; what is wrong."""
        if opening.opened_on is None:
            opening.opened_on = self.today
        product = self.prepared.products.get(opening.product_id)
        if product is None:
            return [FieldError("product", "required", _("Say which product."))]
        errors = [
            *self._of_place(opening),
            *self._of_lot(opening, product),
            *self._of_quantity(opening, product),
        ]
        if not EARLIEST <= opening.opened_on <= self.today:
            message = _("Stock is opened on a day between 1900 and today. Check the date.")
            errors.append(FieldError("opened_on", "too_large", message))
        if errors:
            return errors
        if (opening.product_id, opening.location_id, opening.lot) in self.there:
            message = _(
                "%(product)s has its opening stock there already. Take that back first, or adjust the stock."
            )
            return [FieldError("product", "duplicate", message % {"product": product.code})]
        try:
            opening.clean()
        except ValidationError as error:
            return [each for each in field_errors(error) if each.field != "number"]
        return []

    def remark(self, opening: OpeningStock) -> str | None:
        """What a person should know of opening stock that is sound."""
        if (opening.product_id, opening.location_id, opening.lot) not in self.occupied:
            return None
        return _("There is stock of %(product)s at %(location)s already; this is added to it.") % {
            "product": self.prepared.products[opening.product_id].code,
            "location": self.locations[opening.location_id].code,
        }

    def _of_place(self, opening: OpeningStock) -> list[FieldError]:
        location = self.locations.get(opening.location_id)
        if location is None:
            return [FieldError("location", "required", _("Say at which location it lies."))]
        if location.kind != LocationKind.INTERNAL or not location.is_active:
            message = _("Stock lies at one of our own locations that is in use; %(location)s is none.")
            return [FieldError("location", "not_a_choice", message % {"location": location.code})]
        return []

    def _of_lot(self, opening: OpeningStock, product: Product) -> list[FieldError]:
        named = {"product": product.code, "lot": opening.lot}
        if product.tracks_lots and not opening.lot:
            message = _("%(product)s is tracked by lot: name the lot.") % named
            return [FieldError("lot", "required", message)]
        if not product.tracks_lots and (opening.lot or opening.expiry_date):
            name = "lot" if opening.lot else "expiry_date"
            message = _("%(product)s is not tracked by lot: leave lot and use-by date empty.") % named
            return [FieldError(name, "contradiction", message)]
        known = self.lots.get((product.pk, opening.lot))
        if known is None or None in (known.expiry_date, opening.expiry_date):
            return []
        if known.expiry_date != opening.expiry_date:
            message = _(
                "Lot %(lot)s of %(product)s is known with use-by date %(known)s, not %(given)s. Check the label."
            )
            dates = {"known": known.expiry_date, "given": opening.expiry_date}
            return [FieldError("expiry_date", "contradiction", message % {**named, **dates})]
        return []

    def _of_quantity(self, opening: OpeningStock, product: Product) -> list[FieldError]:
        units = self.prepared.units
        if opening.unit_id is None:
            opening.unit_id = product.unit_id
        factor = units.factor(product, opening.unit_id)
        if factor is None:
            return [units.refusal("", product, opening.unit_id)]
        if opening.quantity is None or opening.quantity <= 0:
            message = _("%(product)s: the quantity must be above zero.") % {"product": product.code}
            return [FieldError("quantity", "not_positive", message)]
        if refusal := too_many_decimals("quantity", opening.quantity, units.units[opening.unit_id]):
            return [refusal]
        base = to_base(opening.quantity, factor)
        if not 0 < base < QuantityField.beyond:
            message = _(
                "%(product)s: in the base unit this is more, or less, than can be kept. Check the unit."
            )
            return [FieldError("quantity", "too_large", message % {"product": product.code})]
        opening.base_quantity = base
        return self._of_value(opening, product, factor)

    def _of_value(self, opening: OpeningStock, product: Product, factor: Decimal) -> list[FieldError]:
        cost = opening.unit_cost
        if cost is not None and (cost < 0 or cost / factor >= UnitPriceField.beyond):
            message = _("%(product)s: a cost is not below zero, nor more than can be kept.")
            return [FieldError("unit_cost", "too_large", message % {"product": product.code})]
        # Of what was entered, not of the cost of a base unit, which had to be rounded.
        if cost is not None:
            opening.value = amount(opening.quantity, cost)
        elif product.standard_cost is not None:
            opening.value = amount(opening.base_quantity, product.standard_cost)
        if opening.value is not None and opening.value >= MoneyField.beyond:
            message = _("%(product)s: this is worth more than can be kept. Check quantity and cost.")
            return [FieldError("quantity", "too_large", message % {"product": product.code})]
        return []


def _refuse_disagreeing(openings: Sequence[OpeningStock], drafts: Sequence[Draft]) -> None:
    """Refuses what contradicts another draft: the same place twice, or one lot with two use-by dates."""
    places: set[Place] = set()
    dates: dict[tuple[int, str], dt.date] = {}
    for opening, draft in zip(openings, drafts, strict=True):
        place = (opening.product_id, opening.location_id, opening.lot)
        if place in places:
            message = _("The same product, location and lot stands above already.")
            draft.errors.append(FieldError("product", "duplicate", message))
        places.add(place)
        if opening.lot and opening.expiry_date:
            known = dates.setdefault((opening.product_id, opening.lot), opening.expiry_date)
            if known != opening.expiry_date:
                message = _("Lot %(lot)s is given another use-by date above.") % {"lot": opening.lot}
                draft.errors.append(FieldError("expiry_date", "contradiction", message))
