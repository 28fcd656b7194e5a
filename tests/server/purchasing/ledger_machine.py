"""A state machine over orders, receipts, reversals, cancellations, moves and adjustments (P4).

It keeps its own books beside the server's. What the server accepts is booked in both; after every step the
ledger must add up, equal the machine's books, and be closed to editing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.inventory.models import StockBalance, StockMove
from server.inventory.selectors import check_ledger
from server.inventory.services import adjust_stock, move_stock, reverse_move
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from server.purchasing.rules import state_after
from server.purchasing.services import (
    cancel_order,
    cancel_remaining,
    close_order,
    receive_order,
    reverse_receipt,
)
from tests.server.conftest import every_permission
from tests.server.shop import Arrival, Shop

TOLERANCE = Decimal("1.1")
PRODUCTS = ("BEEF", "PORK", "SALT")
PLACES = ("MAIN", "BACK")
quantities = st.integers(1, 12).map(Decimal)
picks = st.integers(0, 1000)


class LedgerMachine(RuleBasedStateMachine):
    """One organization; everything is rolled back when the run is over."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        organization = Organization.objects.create(
            code=uuid.uuid4().hex[:12], name="Machine", base_currency="USD", over_receipt_percent=Decimal(10)
        )
        self.shop = Shop(SecurityContext(organization_id=organization.pk, permissions=every_permission()))
        self.goods = [
            self.shop.product("BEEF"),
            self.shop.product("PORK", tracks_lots=True, minimum_level=Decimal(5)),
            self.shop.product("SALT", unit="EA"),
        ]
        self.shop.pack(self.goods[2], "CASE", "6", is_purchase_unit=True)
        self.orders: list[PurchaseOrder] = []
        self.receipts: list[Receipt] = []
        self.moves: list[StockMove] = []
        self.books: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        self.ordered: dict[int, Decimal] = {}
        self.arrived: dict[int, Decimal] = defaultdict(Decimal)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def _book(self, product: Any, quantity: Decimal, origin: str, target: str) -> None:
        self.books[product.pk, self.shop.locations[origin].pk] -= quantity
        self.books[product.pk, self.shop.locations[target].pk] += quantity

    def _lines(self, order: PurchaseOrder) -> list[PurchaseOrderLine]:
        rows = PurchaseOrderLine.objects.within(self.shop.actor).filter(order=order)
        return list(rows.select_related("product").order_by("number"))

    def _is_receivable(self, order: PurchaseOrder) -> bool:
        return self.shop.reread(order).state in ("confirmed", "partially_received")

    @rule(choices=st.lists(st.tuples(st.integers(0, 2), quantities), min_size=1, max_size=3))
    def order(self, choices: list[tuple[int, Decimal]]) -> None:
        order = self.shop.order(*((self.goods[index], str(quantity)) for index, quantity in choices))
        self.orders.append(order)
        for line in self._lines(order):
            self.ordered[line.pk] = line.quantity

    @precondition(lambda self: self.orders)
    @rule(
        pick=picks,
        line_pick=picks,
        accepted=st.integers(0, 14),
        rejected=st.integers(0, 2),
        place=st.sampled_from(PLACES),
    )
    def receive(self, pick: int, line_pick: int, accepted: int, rejected: int, place: str) -> None:
        order = self.orders[pick % len(self.orders)]
        lines = self._lines(order)
        line = lines[line_pick % len(lines)]
        arrival = Arrival(
            line.number,
            Decimal(accepted),
            rejected=Decimal(rejected),
            lot=f"L{line_pick % 3}" if line.product.tracks_lots else "",
            location_id=self.shop.locations[place].pk,
        )
        limit = (line.quantity - line.cancelled_quantity) * TOLERANCE
        is_due = self._is_receivable(order) and (accepted or rejected)
        is_due = is_due and (not accepted or line.received + accepted <= limit)
        try:
            receipt = receive_order(actor=self.shop.fresh(), order_id=order.pk, arrivals=[arrival])
        except (Conflict, Invalid) as refusal:
            assert not is_due, refusal
            return
        assert is_due
        self.receipts.append(receipt)
        self.arrived[line.pk] += accepted
        self._book(line.product, accepted * line.factor, "SUPPLIER", place)

    @precondition(lambda self: self.orders)
    @rule(pick=picks)
    def receive_everything(self, pick: int) -> None:
        order = self.orders[pick % len(self.orders)]
        lines = self._lines(order)
        is_due = self._is_receivable(order) and not any(
            line.product.tracks_lots and line.received + line.cancelled_quantity < line.quantity
            for line in lines
        )
        try:
            receipt = receive_order(actor=self.shop.fresh(), order_id=order.pk, everything=True)
        except (Conflict, Invalid) as refusal:
            assert not is_due, refusal
            return
        assert is_due
        self.receipts.append(receipt)
        for line in lines:
            remaining = max(line.quantity - line.cancelled_quantity - line.received, Decimal(0))
            self.arrived[line.pk] += remaining
            self._book(line.product, remaining * line.factor, "SUPPLIER", "MAIN")

    @precondition(lambda self: self.receipts)
    @rule(pick=picks)
    def reverse(self, pick: int) -> None:
        receipt = self.receipts[pick % len(self.receipts)]
        try:
            reverse_receipt(actor=self.shop.fresh(), receipt_id=receipt.pk)
        except Conflict:
            return
        places = {location.pk: code for code, location in self.shop.locations.items()}
        rows = ReceiptLine.objects.within(self.shop.actor).filter(receipt=receipt)
        for row in rows.select_related("product", "order_line"):
            self.arrived[row.order_line_id] -= row.accepted
            base = row.accepted * row.order_line.factor
            self._book(row.product, base, places[row.location_id], "SUPPLIER")

    @precondition(lambda self: self.orders)
    @rule(pick=picks, step=st.sampled_from([cancel_order, cancel_remaining, close_order]))
    def finish(self, pick: int, step: Any) -> None:
        order = self.orders[pick % len(self.orders)]
        try:
            step(actor=self.shop.fresh(), order_id=order.pk)
        except Conflict:
            return

    @rule(index=st.sampled_from([0, 2]), quantity=quantities, back=st.booleans())
    def move(self, index: int, quantity: Decimal, back: bool) -> None:
        origin, target = ("BACK", "MAIN") if back else ("MAIN", "BACK")
        try:
            moved = move_stock(
                actor=self.shop.fresh(),
                product_id=self.goods[index].pk,
                from_location_id=self.shop.locations[origin].pk,
                to_location_id=self.shop.locations[target].pk,
                quantity=quantity,
            )
        except Conflict:
            return
        self.moves.append(moved)
        self._book(self.goods[index], quantity, origin, target)

    @rule(index=st.sampled_from([0, 2]), quantity=st.integers(-5, 5), place=st.sampled_from(PLACES))
    def adjust(self, index: int, quantity: int, place: str) -> None:
        try:
            moved = adjust_stock(
                actor=self.shop.fresh(),
                product_id=self.goods[index].pk,
                location_id=self.shop.locations[place].pk,
                quantity=Decimal(quantity),
                reason="counted",
            )
        except (Conflict, Invalid):
            return
        self.moves.append(moved)
        self._book(self.goods[index], Decimal(quantity), "ADJUSTMENT", place)

    @precondition(lambda self: self.moves)
    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        moved = self.moves[pick % len(self.moves)]
        try:
            reverse_move(actor=self.shop.fresh(), move_id=moved.pk)
        except Conflict:
            return
        self.books[moved.product_id, moved.from_location_id] += moved.quantity
        self.books[moved.product_id, moved.to_location_id] -= moved.quantity

    @rule(
        statement=st.sampled_from(
            ["UPDATE inventory_stockmove SET quantity = quantity + 1", "DELETE FROM inventory_stockmove"]
        )
    )
    def tamper(self, statement: str) -> None:
        if not StockMove.objects.within(self.shop.actor).exists():
            return
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except IntegrityError:
            return
        raise AssertionError("The database let the ledger be edited.")

    @invariant()
    def the_moves_add_up_to_the_balances(self) -> None:
        assert check_ledger(self.shop.actor) == []

    @invariant()
    def the_balances_are_those_of_the_books(self) -> None:
        stored: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for balance in StockBalance.objects.within(self.shop.actor):
            assert balance.quantity >= 0 or not balance.is_internal
            stored[balance.product_id, balance.location_id] += balance.quantity
        assert {place: q for place, q in stored.items() if q} == {
            place: q for place, q in self.books.items() if q
        }

    @invariant()
    def the_lines_count_what_came_and_never_more_than_tolerated(self) -> None:
        for order in PurchaseOrder.objects.within(self.shop.actor):
            lines = self._lines(order)
            for line in lines:
                assert line.received == self.arrived[line.pk]
                assert line.received <= self.ordered[line.pk] * TOLERANCE
            if order.state not in ("closed", "cancelled"):
                assert order.state == state_after(lines)
