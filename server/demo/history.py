"""Three months of buying, receiving, putting away and delivering, day by day, up to the clock."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal

from . import words
from .plans import (
    ArrivalPlan,
    Demonstration,
    LinePlan,
    LotPlan,
    MovePlan,
    ProductPlan,
    PurchasePlan,
    ReceiptPlan,
    SalePlan,
)

DAYS = 92
FIRST_PURCHASE = 10001
DOCK, FRONT = "DOCK", "PICK"
ZERO = Decimal(0)
CENT = Decimal("0.01")


def simulate(dice: random.Random, demonstration: Demonstration) -> None:
    """Add purchases, receipts, sales, lots and moves to a demonstration that has its master records."""
    _Simulation(dice, demonstration).run()


class _Simulation:
    """The state of the warehouse while the days go by."""

    def __init__(self, dice: random.Random, demonstration: Demonstration) -> None:
        self.dice = dice
        self.plan = demonstration
        self.stock: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        self.goods = {product.code: product for product in demonstration.products}
        self.arriving: dict[dt.date, list[PurchasePlan]] = defaultdict(list)
        self.by_supplier: dict[str, list[ProductPlan]] = defaultdict(list)
        for product in demonstration.products:
            for code in product.suppliers:
                self.by_supplier[code].append(product)

    def run(self) -> None:
        today = self.plan.clock.date()
        for back in range(DAYS, -1, -1):
            day = today - dt.timedelta(days=back)
            if day.weekday() == 6:
                continue
            self._receive_and_put_away(day)
            self._deliver(day)
            self._count(day)
            if day.weekday() < 5:
                self._order(day)
        self.plan.moves.sort(key=lambda move: move.at)

    def _at(self, day: dt.date, hour: int) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(hour, self.dice.randrange(0, 60)), tzinfo=dt.UTC)

    def _is_over(self, moment: dt.datetime) -> bool:
        return moment > self.plan.clock

    def _order(self, day: dt.date) -> None:
        at = self._at(day, 9)
        if self._is_over(at):
            return
        for _number in range(self.dice.choice((1, 2, 2, 3))):
            supplier = self.dice.choice([s for s in self.plan.suppliers if self.by_supplier[s.code]])
            goods = self.by_supplier[supplier.code]
            chosen = self.dice.sample(goods, min(len(goods), self.dice.randint(2, 9)))
            lines = [
                LinePlan(product, Decimal(self.dice.randint(2, 15)), _case_price(self.dice, product))
                for product in sorted(chosen, key=lambda product: product.code)
            ]
            due = day + dt.timedelta(days=supplier.lead_time_days or 3)
            order = PurchasePlan(
                number=str(FIRST_PURCHASE + len(self.plan.purchases)),
                supplier=supplier,
                ordered_at=at,
                expected_on=due,
                state="confirmed",
                lines=lines,
                customer=self._served_customer(),
            )
            self.plan.purchases.append(order)
            self._decide(order, day)

    def _decide(self, order: PurchasePlan, day: dt.date) -> None:
        age = (self.plan.clock.date() - day).days
        if age <= 2 and self.dice.random() < 0.5:
            order.state = "draft"
        elif age > 10 and self.dice.random() < 0.03:
            order.state = "cancelled"
            order.closed_at = order.ordered_at + dt.timedelta(hours=30)
            for line in order.lines:
                line.cancelled = line.cases
        else:
            late = self.dice.choice((0, 0, 0, 1, 2))
            self.arriving[_working_day(order.expected_on + dt.timedelta(days=late))].append(order)

    def _served_customer(self) -> str:
        return self.dice.choice(self.plan.customers).code if self.dice.random() < 0.15 else ""

    def _receive_and_put_away(self, day: dt.date) -> None:
        for order in self.arriving.pop(day, []):
            at = self._at(day, self.dice.randint(5, 7))
            if self._is_over(at + dt.timedelta(hours=2)):
                continue
            self._receive(order, at)

    def _receive(self, order: PurchasePlan, at: dt.datetime) -> None:
        number = sum(len(other.receipts) for other in self.plan.purchases) + 1
        receipt = ReceiptPlan(f"GR{number:05d}", at, f"DN-{self.dice.randint(10000, 99999)}", [])
        short = not order.receipts and self.dice.random() < 0.2
        for line in order.lines:
            remaining = line.cases - line.received
            if not remaining or (short and self.dice.random() < 0.4):
                continue
            rejected = Decimal(1) if remaining > 2 and self.dice.random() < 0.03 else ZERO
            accepted = remaining - rejected
            receipt.arrivals.append(self._arrive(order, receipt, line, accepted, rejected))
        if not receipt.arrivals:
            return
        order.receipts.append(receipt)
        if all(line.received == line.cases for line in order.lines):
            closing = at + dt.timedelta(days=14)
            order.state = "received" if self._is_over(closing) else "closed"
            order.closed_at = None if order.state == "received" else closing
        else:
            order.state = "partially_received"
            later = at.date() + dt.timedelta(days=self.dice.randint(2, 6))
            self.arriving[_working_day(later)].append(order)

    def _arrive(
        self, order: PurchasePlan, receipt: ReceiptPlan, line: LinePlan, accepted: Decimal, rejected: Decimal
    ) -> ArrivalPlan:
        product = line.product
        lot = f"{receipt.at:%y%j}-{order.number[-3:]}" if product.family.tracks_lots else ""
        if lot and not any(known.code == lot and known.product is product for known in self.plan.lots[-60:]):
            days = product.family.shelf_life_days
            expiry = receipt.at.date() + dt.timedelta(days=days) if days else None
            self.plan.lots.append(LotPlan(lot, product, order.supplier.code, receipt.at, expiry))
        line.received += accepted
        line.rejected += rejected
        move = MovePlan(
            kind="receipt",
            product=product,
            lot=lot,
            origin="SUPPLIERS",
            target=DOCK,
            quantity=accepted * product.case,
            at=receipt.at,
            entered=accepted,
            entered_unit="CASE",
            document=("receipts", receipt.number),
            unit_cost=line.price / product.case,
        )
        self._post(move)
        self._post(
            _own_move(
                "transfer",
                product,
                lot,
                DOCK,
                product.family.room,
                move.quantity,
                receipt.at + dt.timedelta(hours=1),
            )
        )
        reason = self.dice.choice(words.REJECTIONS) if rejected else ""
        return ArrivalPlan(line, accepted, rejected, reason, lot, move)

    def _deliver(self, day: dt.date) -> None:
        at = self._at(day, 13)
        if self._is_over(at + dt.timedelta(hours=1)):
            return
        for _number in range(self.dice.randint(1, 4)):
            customer = self.dice.choice(self.plan.customers)
            available = sorted(
                place
                for place, quantity in self.stock.items()
                if quantity > 0 and place[2] in ("COOLER", "FREEZER", "DRY")
            )
            if len(available) < 12:
                return
            sale = SalePlan(f"SO{len(self.plan.sales) + 1:05d}", customer.code, day, "delivered", [])
            for code, lot, room in self.dice.sample(available, self.dice.randint(2, 7)):
                self._pick(sale, self.goods[code], lot, room, at)
            self.plan.sales.append(sale)

    def _pick(self, sale: SalePlan, product: ProductPlan, lot: str, room: str, at: dt.datetime) -> None:
        share = Decimal(self.dice.choice((25, 50, 75, 100))) / 100
        quantity = (self.stock[product.code, lot, room] * share).quantize(Decimal(1))
        if quantity <= 0:
            return
        self._post(_own_move("transfer", product, lot, room, FRONT, quantity, at))
        delivery = _own_move(
            "delivery", product, lot, FRONT, "CUSTOMERS", quantity, at + dt.timedelta(hours=1)
        )
        delivery.document = ("sales-orders", sale.number)
        self._post(delivery)
        price = (product.cost * Decimal("1.32")).quantize(CENT)
        sale.lines.append((product, quantity, price))

    def _count(self, day: dt.date) -> None:
        at = self._at(day, 16)
        if day.weekday() != 5 or self._is_over(at):
            return
        places = sorted(place for place, quantity in self.stock.items() if quantity > 2 and place[2] != DOCK)
        for code, lot, room in self.dice.sample(places, min(3, len(places))):
            move = _own_move("adjustment", self.goods[code], lot, room, "ADJUSTMENT", Decimal(1), at)
            move.reason = self.dice.choice(words.ADJUSTMENTS)
            self._post(move)

    def _post(self, move: MovePlan) -> None:
        self.stock[move.product.code, move.lot, move.origin] -= move.quantity
        self.stock[move.product.code, move.lot, move.target] += move.quantity
        self.plan.moves.append(move)


def _own_move(
    kind: str, product: ProductPlan, lot: str, origin: str, target: str, quantity: Decimal, at: dt.datetime
) -> MovePlan:
    unit = product.family.unit
    return MovePlan(kind, product, lot, origin, target, quantity, at, quantity, unit, unit_cost=product.cost)


def _case_price(dice: random.Random, product: ProductPlan) -> Decimal:
    return (product.cost * product.case * Decimal(dice.randint(95, 105)) / 100).quantize(CENT)


def _working_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1) if day.weekday() == 6 else day
