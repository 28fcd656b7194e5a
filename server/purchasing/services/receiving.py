"""Receiving goods for an order: five steps in one transaction (E-010…E-016).

The order's state (E-011), its lines (E-012), the balances (E-013), the moves (E-014) and the audit (E-015)
change together or not at all. The number of statements does not grow with the number of lines.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.accounts.permissions import declare_permission
from server.core.bulk import create_rows, update_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.events import emit
from server.core.fields import QuantityField, UnitPriceField
from server.core.numbering import next_number
from server.core.records import created, snapshot, updated
from server.core.resources.constraints import translated
from server.core.rounding import round_half_up
from server.inventory.ledger import Document, MoveKind, Movement, Posting, prepare_moves
from server.inventory.lots import WantedLot, ensure_lots
from server.inventory.models import Location, Lot, Product, StockMove, UnitOfMeasure
from server.inventory.selectors import counterpart
from server.inventory.units import products_by_key, to_base, too_many_decimals
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from server.purchasing.rules import open_quantity, state_after, why_not_receivable

from .lifecycle import locked_lines, locked_order, save_progress

SERIES = "receipt"
EXCEED_TOLERANCE = declare_permission(
    "purchasing.exceed-tolerance", gettext_lazy("Receive more than the tolerance allows")
)
ZERO = Decimal(0)
# The clocks of two machines differ; what is received “now” by the client's is not in the future.
CLOCK_SKEW = dt.timedelta(minutes=5)
Place: Any = Location.Kind


@dataclass(slots=True, frozen=True)
class Arrival:
    """What arrived for one order line, in the unit of that line. `line` is the line's number in the order."""

    line: int
    accepted: Decimal
    rejected: Decimal = ZERO
    reason: str = ""
    lot: str = ""
    expiry_date: dt.date | None = None
    location_id: int | None = None


@transaction.atomic
def receive_order(
    *,
    actor: SecurityContext,
    order_id: int,
    arrivals: Sequence[Arrival] = (),
    everything: bool = False,
    received_at: dt.datetime | None = None,
    delivery_note: str = "",
) -> Receipt:
    """Post what arrived as one receipt; `everything` accepts all that is open. The saved receipt.

    Raises `NotFound`, `Conflict` in a state that takes no receipt, `Invalid` with a path for every line.
    """
    order = locked_order(actor, order_id, why_not_receivable)
    receiving = _Receiving.begin(actor, order, received_at)
    if everything:
        arrivals = receiving.all_open(arrivals)
    receiving.check(arrivals)
    before = snapshot(order)
    lots = receiving.lots(arrivals)
    posting = receiving.prepare(arrivals, lots)
    receipt = receiving.make_receipt(delivery_note)
    moves = posting.write(
        effective_at=receipt.received_at, document=Document("receipts", receipt.pk, receipt.number)
    )
    receipt_lines = receiving.make_lines(receipt, arrivals, lots, moves)
    changes = receiving.progress(arrivals)
    order.state = state_after(receiving.lines.values())
    change = created(receipt, inverse="purchasing.reverse-receipt")
    change.new["lines"] = [_line_as_json(line) for line in receipt_lines]
    save_progress(actor, order, before, (), [*changes, change])
    payload = {"order": order.pk, "order_state": order.state}
    emit(actor, "goods_received", entity_type="receipts", entity_id=receipt.pk, payload=payload)
    emit(actor, "purchase_order_changed", entity_type="purchase-orders", entity_id=order.pk)
    return receipt


@dataclass(slots=True)
class _Receiving:
    """The rows that one receipt works on."""

    actor: SecurityContext
    order: PurchaseOrder
    organization: Organization
    lines: dict[int, PurchaseOrderLine]
    products: Mapping[int, Product]
    units: Mapping[int, UnitOfMeasure]
    received_at: dt.datetime

    @classmethod
    def begin(
        cls, actor: SecurityContext, order: PurchaseOrder, received_at: dt.datetime | None
    ) -> _Receiving:
        now = timezone.now()
        if received_at is not None and received_at > now + CLOCK_SKEW:
            message = _("Goods cannot be received in the future. Enter when they came.")
            raise Invalid.field("received_at", "too_large", message)
        lines = {line.number: line for line in locked_lines(actor, order)}
        return cls(
            actor=actor,
            order=order,
            organization=Organization.objects.within(actor).get(),
            lines=lines,
            products=products_by_key(actor, [line.product_id for line in lines.values()]),
            units={unit.pk: unit for unit in UnitOfMeasure.objects.within(actor)},
            received_at=received_at or now,
        )

    def all_open(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """One arrival for each open line. Raises `Invalid` where lines were given as well."""
        if arrivals:
            message = _("Either everything is received, or the given lines. Leave one of the two out.")
            raise Invalid.field("lines", "contradiction", message)
        return [
            Arrival(line.number, remaining)
            for line in self.lines.values()
            if (remaining := open_quantity(line))
        ]

    def check(self, arrivals: Sequence[Arrival]) -> None:
        """Refuse what cannot be received, with every error at once."""
        errors: list[FieldError] = []
        if not arrivals:
            message = _("Nothing to receive: enter a quantity for at least one line of order %(number)s.")
            errors.append(FieldError("lines", "required", message % {"number": self.order.number}))
        for index, arrival in enumerate(arrivals):
            errors += self._check_one(f"lines[{index}]", arrival)
        if not errors:
            errors += self._check_tolerance(arrivals)
        errors += self._check_locations(arrivals)
        if errors:
            raise Invalid(errors)

    def _check_one(self, path: str, arrival: Arrival) -> list[FieldError]:
        line = self.lines.get(arrival.line)
        if line is None:
            message = _("Order %(number)s has no line %(line)d.")
            values = {"number": self.order.number, "line": arrival.line}
            return [FieldError(f"{path}.line", "not_found", message % values)]
        product = self.products[line.product_id]
        named = {"line": arrival.line, "product": product.code}
        errors = []
        for name, quantity in (("accepted", arrival.accepted), ("rejected", arrival.rejected)):
            if quantity < 0:
                message = _("Line %(line)d, %(product)s: a quantity is not below zero.") % named
                errors.append(FieldError(f"{path}.{name}", "not_positive", message))
            elif refusal := too_many_decimals(f"{path}.{name}", quantity, self.units[line.unit_id]):
                errors.append(refusal)
        if not errors and not arrival.accepted + arrival.rejected:
            message = (
                _("Line %(line)d, %(product)s: enter a quantity above zero, or leave the line out.") % named
            )
            errors.append(FieldError(f"{path}.accepted", "not_positive", message))
        if product.tracks_lots and arrival.accepted > 0 and not arrival.lot:
            message = _("Line %(line)d, %(product)s is tracked by lot: enter the lot from the label.") % named
            errors.append(FieldError(f"{path}.lot", "required", message))
        if not product.tracks_lots and arrival.lot:
            message = _("Line %(line)d, %(product)s is not tracked by lot: leave the lot empty.") % named
            errors.append(FieldError(f"{path}.lot", "contradiction", message))
        return errors

    def _check_tolerance(self, arrivals: Sequence[Arrival]) -> list[FieldError]:
        """More than ordered is received up to the product's tolerance, else the organization's."""
        errors = []
        running: dict[int, Decimal] = defaultdict(lambda: ZERO)
        turned_away: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for index, arrival in enumerate(arrivals):
            line = self.lines[arrival.line]
            product = self.products[line.product_id]
            running[arrival.line] += arrival.accepted
            percent = product.over_receipt_percent
            if percent is None:
                percent = self.organization.over_receipt_percent
            ordered = line.quantity - line.cancelled_quantity
            limit = ordered * (100 + percent) / 100
            arrived = line.received + running[arrival.line]
            turned_away[arrival.line] += arrival.rejected
            if max(arrived, line.rejected + turned_away[arrival.line]) >= QuantityField.beyond:
                message = _("Line %(line)d, %(product)s: more than can be kept. Check the quantity.")
                named = {"line": line.number, "product": product.code}
                errors.append(FieldError(f"lines[{index}].accepted", "too_large", message % named))
                continue
            if not arrival.accepted or arrived <= limit:
                continue
            values = {
                "line": line.number,
                "product": product.code,
                "arrived": f"{arrived.normalize():f}",
                "ordered": f"{ordered.normalize():f}",
                "percent": f"{percent.normalize():f}",
            }
            if self.actor.can(EXCEED_TOLERANCE):
                message = _(
                    "Line %(line)d, %(product)s: %(arrived)s received of %(ordered)s ordered, above the tolerance of %(percent)s %%."
                )
                self.actor.warnings.append(message % values)
                continue
            message = _(
                "Line %(line)d, %(product)s: %(arrived)s would be received of %(ordered)s ordered; the tolerance is "
                "%(percent)s %%. Accept less, or ask somebody who may exceed it."
            )
            errors.append(FieldError(f"lines[{index}].accepted", "too_large", message % values))
        return errors

    def _check_locations(self, arrivals: Sequence[Arrival]) -> list[FieldError]:
        wanted = {arrival.location_id or self.order.location_id for arrival in arrivals}
        good = set(
            Location.objects.within(self.actor)
            .filter(pk__in=wanted, kind=Place.INTERNAL, is_active=True)
            .values_list("pk", flat=True)
        )
        message = _("Goods are received at one of our own locations that is in use.")
        errors = [
            FieldError(f"lines[{index}].location", "not_a_choice", message)
            for index, arrival in enumerate(arrivals)
            if arrival.location_id and arrival.location_id not in good
        ]
        if self.order.location_id in wanted - good:
            # Put out of use since the order was made. Without lines there is no line to name.
            message = _(
                "%(location)s, where order %(number)s is received, is not in use any more. Name another location in each line."
            )
            values = {"location": self.order.location.code, "number": self.order.number}
            errors += [
                FieldError(f"lines[{index}].location", "not_a_choice", message % values)
                for index, arrival in enumerate(arrivals)
                if not arrival.location_id
            ]
        return errors

    def lots(self, arrivals: Sequence[Arrival]) -> dict[tuple[int, str], Lot]:
        """The lots of these arrivals, made where they are new."""
        wanted = [
            WantedLot(self._product(arrival), arrival.lot, arrival.expiry_date, f"lines[{index}]")
            for index, arrival in enumerate(arrivals)
            if arrival.lot and arrival.accepted
        ]
        return ensure_lots(
            actor=self.actor, wanted=wanted, supplier_id=self.order.supplier_id, received_at=self.received_at
        )

    def prepare(self, arrivals: Sequence[Arrival], lots: Mapping[tuple[int, str], Lot]) -> Posting:
        """The moves from the supplier to our locations, with their balances locked."""
        supplier = counterpart(self.actor, Place.SUPPLIER)
        movements = []
        for index, arrival in enumerate(arrivals):
            line = self.lines[arrival.line]
            if not arrival.accepted:
                continue
            lot = lots.get((line.product_id, arrival.lot))
            movements.append(
                Movement(
                    product_id=line.product_id,
                    from_location_id=supplier.pk,
                    to_location_id=arrival.location_id or self.order.location_id,
                    quantity=to_base(arrival.accepted, line.factor),
                    entered_quantity=arrival.accepted,
                    entered_unit_id=line.unit_id,
                    kind=MoveKind.RECEIPT,
                    lot_id=lot.pk if lot else None,
                    unit_cost=round_half_up(
                        line.unit_price * self.order.rate / line.factor, UnitPriceField.scale
                    ),
                    path=f"lines[{index}]",
                )
            )
        return prepare_moves(actor=self.actor, moves=movements)

    def make_receipt(self, delivery_note: str) -> Receipt:
        """The saved head of the receipt."""
        receipt = Receipt(
            organization_id=self.actor.organization_id,
            number=next_number(self.actor, SERIES),
            order=self.order,
            received_at=self.received_at,
            delivery_note=delivery_note,
            location_id=self.order.location_id,
            receiver_id=self.actor.user_id,
        )
        with translated(receipt):
            receipt.save()
        return receipt

    def make_lines(
        self,
        receipt: Receipt,
        arrivals: Sequence[Arrival],
        lots: Mapping[tuple[int, str], Lot],
        moves: Sequence[StockMove],
    ) -> list[ReceiptLine]:
        """The saved lines of the receipt; each that accepted something names its move."""
        posted = iter(moves)
        return create_rows(
            ReceiptLine(
                organization_id=receipt.organization_id,
                receipt=receipt,
                number=number,
                order_line=self.lines[arrival.line],
                product=self._product(arrival),
                unit_id=self.lines[arrival.line].unit_id,
                accepted=arrival.accepted,
                rejected=arrival.rejected,
                reject_reason=arrival.reason,
                lot=lots.get((self.lines[arrival.line].product_id, arrival.lot))
                if arrival.accepted
                else None,
                location_id=arrival.location_id or self.order.location_id,
                move=next(posted) if arrival.accepted else None,
            )
            for number, arrival in enumerate(arrivals, start=1)
        )

    def progress(self, arrivals: Sequence[Arrival]) -> list[Change]:
        """Count what arrived on the order's lines, and write them."""
        touched = {arrival.line: self.lines[arrival.line] for arrival in arrivals}
        before = {number: snapshot(line) for number, line in touched.items()}
        for arrival in arrivals:
            touched[arrival.line].received += arrival.accepted
            touched[arrival.line].rejected += arrival.rejected
        update_rows(list(touched.values()), ("received", "rejected"))
        changes = (updated(line, before[number], root=self.order) for number, line in touched.items())
        return [change for change in changes if change]

    def _product(self, arrival: Arrival) -> Product:
        return self.products[self.lines[arrival.line].product_id]


def _line_as_json(line: ReceiptLine) -> dict[str, object]:
    return {
        "line": line.order_line.number,
        "product": line.product.code,
        "accepted": str(line.accepted),
        "rejected": str(line.rejected),
        "reason": line.reject_reason,
        "lot": line.lot.code if line.lot else None,
        "location": line.location_id,
    }
