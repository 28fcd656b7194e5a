"""Receiving: what may come in, that it comes in whole or not at all, and how it goes back (E-010…E-016)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.audit.models import AuditEntry
from server.core.errors import Conflict, Invalid
from server.core.models import DomainEvent
from server.inventory.ledger import post_moves
from server.inventory.models import Lot, StockMove
from server.inventory.selectors import check_ledger
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from server.purchasing.services import (
    EXCEED_TOLERANCE,
    close_order,
    confirm_order,
    create_order,
    lifecycle,
    receive_order,
    receiving,
    reverse_receipt,
)
from tests.server.shop import Arrival, Shop, state_of_everything

pytestmark = pytest.mark.django_db


def line_of(order: PurchaseOrder, number: int = 1) -> PurchaseOrderLine:
    return PurchaseOrderLine.objects.within(order).get(order=order, number=number)


def codes(refusal: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refusal.value.errors]


def test_receiving_in_part_and_then_in_full_moves_the_order_and_the_stock(shop: Shop) -> None:
    beef, pork = shop.product(), shop.product("PORK")
    order = shop.order((beef, "10"), (pork, "5"))
    first = shop.receive(order, Arrival(1, Decimal(4)))
    assert (shop.reread(order).state, shop.on_hand(beef)) == ("partially_received", 4)
    second = receive_order(actor=shop.fresh(), order_id=order.pk, everything=True)
    assert (shop.reread(order).state, shop.on_hand(beef), shop.on_hand(pork)) == ("received", 10, 5)
    assert int(second.number) == int(first.number) + 1
    assert [(line.number, line.accepted) for line in second.lines.order_by("number")] == [(1, 6), (2, 5)]
    assert check_ledger(shop.actor) == []


def test_rejected_goods_enter_no_stock_and_stay_open(shop: Shop) -> None:
    beef = shop.product()
    order = shop.order((beef, "10"))
    receipt = shop.receive(order, Arrival(1, Decimal(6), rejected=Decimal(4), reason="too warm"))
    line = ReceiptLine.objects.within(shop.actor).get(receipt=receipt)
    assert (line.accepted, line.rejected, line.reject_reason) == (6, 4, "too warm")
    assert (shop.on_hand(beef), shop.reread(order).state) == (6, "partially_received")
    assert (line_of(order).received, line_of(order).rejected) == (6, 4)
    all_bad = shop.receive(order, Arrival(1, Decimal(0), rejected=Decimal(4)))
    assert ReceiptLine.objects.within(shop.actor).get(receipt=all_bad).move is None


def test_packs_enter_stock_in_the_base_unit_at_the_cost_of_the_base_currency(shop: Shop) -> None:
    beef = shop.product()
    shop.pack(beef, "CASE", "12.5", is_purchase_unit=True)
    order = shop.order((beef, "3"), price="40", currency="EUR", rate=Decimal("1.1"))
    shop.receive(order, Arrival(1, Decimal(2)))
    move = StockMove.objects.within(shop.actor).get()
    assert (move.quantity, move.entered_quantity, move.entered_unit.code) == (25, 2, "CASE")
    assert move.unit_cost == Decimal("3.52")
    assert (move.document_type, move.kind) == ("receipts", "receipt")


def test_one_line_may_arrive_in_two_lots_at_two_places(shop: Shop) -> None:
    pork = shop.product("PORK", tracks_lots=True, shelf_life_days=10)
    order = shop.order((pork, "10"))
    day = dt.date(2026, 12, 24)
    shop.receive(
        order,
        Arrival(1, Decimal(6), lot="A", expiry_date=day),
        Arrival(1, Decimal(4), lot="B", location_id=shop.locations["BACK"].pk),
    )
    lots = {lot.code: lot for lot in Lot.objects.within(shop.actor)}
    assert lots["A"].expiry_date == day
    assert lots["B"].expiry_date == timezone.now().date() + dt.timedelta(days=10)
    assert lots["A"].supplier_id == shop.supplier.pk
    assert (shop.on_hand(pork), shop.on_hand(pork, "BACK")) == (6, 4)
    assert shop.reread(order).state == "received"


def test_a_known_lot_keeps_its_use_by_date(shop: Shop) -> None:
    pork = shop.product("PORK", tracks_lots=True)
    order = shop.order((pork, "10"))
    shop.receive(order, Arrival(1, Decimal(1), lot="A", expiry_date=dt.date(2026, 12, 24)))
    with pytest.raises(Invalid, match="known with use-by date 2026-12-24") as refusal:
        shop.receive(order, Arrival(1, Decimal(1), lot="A", expiry_date=dt.date(2027, 1, 1)))
    assert codes(refusal) == [("lines[0].expiry_date", "contradiction")]


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        (Arrival(1, Decimal(0)), ("lines[0].accepted", "not_positive")),
        (Arrival(1, Decimal(-1)), ("lines[0].accepted", "not_positive")),
        (Arrival(1, Decimal(1), rejected=Decimal(-1)), ("lines[0].rejected", "not_positive")),
        (Arrival(9, Decimal(1)), ("lines[0].line", "not_found")),
        (Arrival(2, Decimal(1)), ("lines[0].lot", "required")),
        (Arrival(1, Decimal(1), lot="A"), ("lines[0].lot", "contradiction")),
        (Arrival(1, Decimal("10.000001")), ("lines[0].accepted", "too_large")),
    ],
)
def test_what_cannot_be_received_is_refused_with_its_path_and_changes_nothing(
    shop: Shop, arrival: Arrival, expected: tuple[str, str]
) -> None:
    order = shop.order((shop.product(), "10"), (shop.product("PORK", tracks_lots=True), "5"))
    before = state_of_everything(shop.actor)
    with pytest.raises(Invalid) as refusal:
        shop.receive(order, arrival)
    assert codes(refusal) == [expected]
    assert refusal.value.errors[0].message.endswith((".", "it."))
    assert state_of_everything(shop.actor) == before


def test_nothing_to_receive_the_future_and_both_ways_at_once_are_refused(shop: Shop) -> None:
    order = shop.order((shop.product(), "10"))
    tomorrow = timezone.now() + dt.timedelta(days=1)
    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({}, ("lines", "required")),
        ({"everything": True, "received_at": tomorrow}, ("received_at", "too_large")),
        ({"everything": True, "arrivals": [Arrival(1, Decimal(1))]}, ("lines", "contradiction")),
        (
            {"arrivals": [Arrival(1, Decimal(1), location_id=shop.locations["SCRAP"].pk)]},
            ("lines[0].location", "not_a_choice"),
        ),
    ]
    for options, expected in cases:
        with pytest.raises(Invalid) as refusal:
            receive_order(actor=shop.fresh(), order_id=order.pk, **options)
        assert codes(refusal) == [expected]


@pytest.mark.parametrize(
    ("own", "general", "arrived", "may_exceed", "accepted"),
    [
        (None, "0", "10", False, True),
        (None, "0", "10.000001", False, False),
        (None, "5", "10.5", False, True),
        (None, "5", "10.500001", False, False),
        ("0", "5", "10.000001", False, False),
        ("20", "5", "12", False, True),
        ("20", "5", "12.000001", False, False),
        ("0", "0", "1000", True, True),
        ("20", "5", "12.000001", True, True),
    ],
)
def test_more_than_ordered_comes_in_up_to_the_tolerance(
    shop: Shop,
    organization: Organization,
    own: str | None,
    general: str,
    arrived: str,
    may_exceed: bool,
    accepted: bool,
) -> None:
    organization.over_receipt_percent = Decimal(general)
    organization.save()
    beef = shop.product(over_receipt_percent=None if own is None else Decimal(own))
    order = shop.order((beef, "10"))
    permissions = shop.actor.permissions - {EXCEED_TOLERANCE} | ({EXCEED_TOLERANCE} if may_exceed else set())
    actor = shop.fresh(permissions=permissions)
    if accepted:
        shop.receive(order, Arrival(1, Decimal(arrived)), actor=actor)
        assert shop.on_hand(beef) == Decimal(arrived)
        assert bool(actor.warnings) == may_exceed
    else:
        with pytest.raises(Invalid, match="the tolerance is"):
            shop.receive(order, Arrival(1, Decimal(arrived)), actor=actor)
        assert shop.on_hand(beef) == 0


def test_the_tolerance_counts_all_receipts_and_all_entries_of_a_line(shop: Shop) -> None:
    beef = shop.product(over_receipt_percent=Decimal(10))
    order = shop.order((beef, "10"))
    shop.receive(order, Arrival(1, Decimal(9)))
    with pytest.raises(Invalid) as refusal:
        shop.receive(order, Arrival(1, Decimal(1)), Arrival(1, Decimal("1.5")))
    assert codes(refusal) == [("lines[1].accepted", "too_large")]
    shop.receive(order, Arrival(1, Decimal("0.5")), Arrival(1, Decimal("1.5")))
    assert shop.on_hand(beef) == 11


class Planted(RuntimeError):
    pass


def failing(*_arguments: Any, **_options: Any) -> Any:
    raise Planted


STEPS: dict[str, Callable[[], Any]] = {
    "E-011 the order": lambda: mock.patch.object(lifecycle, "update_rows", failing),
    "E-012 its lines": lambda: mock.patch.object(receiving, "update_rows", failing),
    "E-013 the balances": lambda: mock.patch("server.inventory.ledger.update_rows", failing),
    "E-014 the moves": lambda: mock.patch("server.inventory.ledger.create_rows", failing),
    "E-015 the audit": lambda: mock.patch.object(lifecycle, "record_changes", failing),
    "E-016 after everything": lambda: mock.patch.object(receiving, "emit", failing),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_receipt_that_fails_at_any_step_changes_nothing(shop: Shop, step: str) -> None:
    pork = shop.product("PORK", tracks_lots=True, minimum_level=Decimal(1))
    order = shop.order((shop.product(), "10"), (pork, "5"))
    arrivals = (Arrival(1, Decimal(10)), Arrival(2, Decimal(2), lot="NEW"))
    before = state_of_everything(shop.actor)
    with STEPS[step](), pytest.raises(Planted):
        shop.receive(order, *arrivals)
    assert state_of_everything(shop.actor) == before
    shop.receive(order, *arrivals)
    after = state_of_everything(shop.actor)
    unchanged = {
        "UnitOfMeasure",
        "Category",
        "Product",
        "ProductUnit",
        "Barcode",
        "SupplierPrice",
        "OpeningStock",
        "Location",
    }
    assert {name for name in after if after[name] == before[name]} == unchanged, (
        "the control: each step writes"
    )


def test_a_receipt_leaves_one_change_set_in_the_audit_and_the_ledger(shop: Shop) -> None:
    order = shop.order((shop.product(), "10"))
    actor = shop.fresh()
    receipt = shop.receive(order, Arrival(1, Decimal(10)), actor=actor)
    entries = AuditEntry.objects.within(actor).filter(change_set=actor.change_set)
    assert {entry.table_name for entry in entries} == {
        "purchasing_purchaseorder",
        "purchasing_purchaseorderline",
        "purchasing_receipt",
    }
    made = entries.get(table_name="purchasing_receipt")
    assert (made.inverse, made.record_id) == ("purchasing.reverse-receipt", receipt.pk)
    assert made.new_values["lines"][0]["accepted"] == "10.000000"
    line = entries.get(table_name="purchasing_purchaseorderline")
    assert (line.old_values["received"], line.new_values["received"]) == ("0.000000", "10.000000")
    assert line.root_id == order.pk
    assert StockMove.objects.within(actor).get().change_set == actor.change_set
    assert DomainEvent.objects.within(actor).filter(type="goods_received", entity_id=receipt.pk).count() == 1


def test_reversing_a_receipt_returns_the_stock_and_reopens_the_order(shop: Shop) -> None:
    beef = shop.product()
    order = shop.order((beef, "10"))
    shop.receive(order, Arrival(1, Decimal(3)))
    receipt = shop.receive(order, Arrival(1, Decimal(7), rejected=Decimal(2)))
    reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk, reason="wrong order")
    assert (shop.on_hand(beef), shop.reread(order).state) == (3, "partially_received")
    assert (line_of(order).received, line_of(order).rejected) == (3, 0)
    assert Receipt.objects.within(shop.actor).get(pk=receipt.pk).state == "reversed"
    assert check_ledger(shop.actor) == []
    with pytest.raises(Conflict, match="reversed already"):
        reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk)


def test_a_receipt_whose_stock_has_gone_is_not_reversed(shop: Shop) -> None:
    beef = shop.product()
    order = shop.order((beef, "10"))
    receipt = shop.receive(order, Arrival(1, Decimal(10)))
    post_moves(actor=shop.fresh(), moves=[shop.movement(beef, "1", "MAIN", "BACK")])
    before = state_of_everything(shop.actor)
    with pytest.raises(Conflict, match="MAIN has 1 too little of BEEF"):
        reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk)
    assert state_of_everything(shop.actor) == before


def test_the_receipts_of_a_closed_order_stay(shop: Shop) -> None:
    order = shop.order((shop.product(), "10"))
    receipt = shop.receive(order, Arrival(1, Decimal(10)))
    close_order(actor=shop.fresh(), order_id=order.pk)
    with pytest.raises(Conflict, match="is closed"):
        reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk)


def test_the_statements_of_an_order_do_not_grow_with_its_lines(shop: Shop) -> None:
    """Created, confirmed, received and reversed: five lines cost as many statements as a hundred."""

    def statements(count: int) -> list[int]:
        products = [
            shop.product(f"P{count}-{number}", tracks_lots=number % 2 == 0, minimum_level=Decimal(1))
            for number in range(count)
        ]
        lines = [
            {"product": product.pk, "quantity": Decimal(2), "unit_price": Decimal("1.25")}
            for product in products
        ]
        arrivals = [
            Arrival(number, Decimal(2), lot=f"L{number}" if product.tracks_lots else "")
            for number, product in enumerate(products, start=1)
        ]
        data = {"supplier": shop.supplier.pk, "location": shop.main.pk}
        counts = []

        def counted(work: Callable[[], Any]) -> Any:
            with CaptureQueriesContext(connection) as queries:
                result = work()
            counts.append(len(queries))
            return result

        order = counted(lambda: create_order(actor=shop.fresh(), data=data, lines=lines))
        counted(lambda: confirm_order(actor=shop.fresh(), order_id=order.pk))
        receipt = counted(lambda: shop.receive(order, *arrivals))
        counted(lambda: reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk))
        return counts

    statements(1)  # number series and roles are begun once
    assert statements(5) == statements(100)
