"""The ledger: moves that nobody edits, and balances that are always their sum (P4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from server.core.errors import Conflict, Invalid
from server.core.models import DomainEvent
from server.inventory.ledger import post_moves, reverse_moves
from server.inventory.models import StockBalance, StockMove
from server.inventory.selectors import LedgerBreak, check_ledger
from server.inventory.services import adjust_stock, move_stock, reverse_move
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(actor: Any) -> Shop:
    return Shop(actor)


def test_a_move_takes_from_one_balance_what_it_gives_to_another(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "10")
    post_moves(actor=shop.fresh(), moves=[shop.movement(beef, "4", "MAIN", "BACK")])
    assert (shop.on_hand(beef), shop.on_hand(beef, "BACK")) == (Decimal(6), Decimal(4))
    assert shop.on_hand(beef, "ADJUSTMENT") == Decimal(-10)
    assert check_ledger(shop.actor) == []


def test_what_is_not_there_cannot_leave_an_internal_location(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "3")
    with pytest.raises(Conflict) as refusal:
        post_moves(actor=shop.fresh(), moves=[shop.movement(beef, "5", "MAIN", "BACK", path="lines[0]")])
    assert "MAIN has 2 too little of BEEF" in refusal.value.detail
    assert refusal.value.errors[0].field == "lines[0].quantity"
    assert shop.on_hand(beef) == Decimal(3)


def test_the_database_itself_refuses_negative_stock_at_an_internal_location(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "3")
    with pytest.raises(IntegrityError), transaction.atomic():
        StockBalance.objects.within(shop.actor).filter(location=shop.main).update(quantity=Decimal(-1))


@pytest.mark.parametrize(
    "statement", ["UPDATE inventory_stockmove SET quantity = 1", "DELETE FROM inventory_stockmove"]
)
def test_the_database_refuses_to_change_or_delete_a_move(shop: Shop, statement: str) -> None:
    shop.stock_up(shop.product(), "3")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert StockMove.objects.within(shop.actor).get().quantity == Decimal(3)


def test_a_place_without_a_lot_has_one_balance_only(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "3")
    balance = StockBalance.objects.within(shop.actor).get(location=shop.main)
    balance.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        balance.save()


def test_a_lot_tracked_product_never_moves_without_a_lot_of_its_own(shop: Shop) -> None:
    pork, beef = shop.product("PORK", tracks_lots=True), shop.product()
    foreign_lot = shop.lot(beef)
    for lot_id, code in ((None, "required"), (foreign_lot.pk, "not_found")):
        with pytest.raises(Invalid) as refusal:
            shop.stock_up(pork, "3", lot_id=lot_id)
        assert [error.code for error in refusal.value.errors] == [code]


def test_lots_of_one_product_are_balanced_apart(shop: Shop) -> None:
    pork = shop.product("PORK", tracks_lots=True)
    one, two = shop.lot(pork, "ONE"), shop.lot(pork, "TWO")
    shop.stock_up(pork, "3", lot_id=one.pk)
    shop.stock_up(pork, "4", lot_id=two.pk)
    with pytest.raises(Conflict, match="lot ONE"):
        post_moves(actor=shop.fresh(), moves=[shop.movement(pork, "4", "MAIN", "BACK", lot_id=one.pk)])
    assert shop.on_hand(pork) == Decimal(7)
    assert check_ledger(shop.actor) == []


def test_a_move_is_taken_back_once_and_names_what_it_takes_back(shop: Shop) -> None:
    beef = shop.product()
    move = shop.stock_up(beef, "3")
    reversal = reverse_moves(actor=shop.fresh(), moves=[move], reason="miscounted")[0]
    assert (reversal.reverses_id, reversal.kind, reversal.quantity) == (move.pk, "reversal", Decimal(3))
    assert shop.on_hand(beef) == 0
    shop.stock_up(beef, "3")
    with pytest.raises(Conflict, match="taken back already"):
        reverse_moves(actor=shop.fresh(), moves=[move], reason="again")
    assert check_ledger(shop.actor) == []


def test_checking_the_ledger_finds_a_balance_that_is_not_its_moves(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "3")
    StockBalance.objects.within(shop.actor).filter(location=shop.main).update(quantity=Decimal(5))
    assert check_ledger(shop.actor) == [LedgerBreak(beef.pk, shop.main.pk, None, Decimal(5), Decimal(3))]


def test_checking_the_ledger_finds_a_balance_that_is_missing(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "3")
    StockBalance.objects.within(shop.actor).filter(location=shop.main).delete()
    assert check_ledger(shop.actor) == [LedgerBreak(beef.pk, shop.main.pk, None, Decimal(0), Decimal(3))]


def test_a_level_that_crosses_its_minimum_is_told_once_each_way(shop: Shop) -> None:
    beef = shop.product(minimum_level=Decimal(10))

    def told() -> list[dict[str, Any]]:
        return list(
            DomainEvent.objects.within(shop.actor)
            .filter(type="stock_level_changed")
            .order_by("pk")
            .values_list("payload", flat=True)
        )

    shop.stock_up(beef, "12")
    assert [event["new_level"] for event in told()] == ["12.000000"]
    post_moves(actor=shop.fresh(), moves=[shop.movement(beef, "9", "MAIN", "BACK")])
    assert len(told()) == 1, "moving inside the house changes no level"
    adjust_stock(
        actor=shop.fresh(), product_id=beef.pk, location_id=shop.main.pk, quantity=Decimal(-3), reason="gone"
    )
    assert told()[1:] == [
        {"product_id": beef.pk, "old_level": "12.000000", "new_level": "9.000000", "min_level": "10.000000"}
    ]
    shop.stock_up(beef, "0.5")
    assert len(told()) == 2, "still below: nothing new to tell"


def test_moving_in_another_unit_keeps_what_was_entered(shop: Shop) -> None:
    beef = shop.product()
    shop.pack(beef, "CASE", "12.5")
    shop.stock_up(beef, "100")
    move = move_stock(
        actor=shop.fresh(),
        product_id=beef.pk,
        from_location_id=shop.main.pk,
        to_location_id=shop.locations["BACK"].pk,
        quantity=Decimal(2),
        unit_id=shop.units["CASE"].pk,
    )
    assert (move.quantity, move.entered_quantity, move.entered_unit_id) == (25, 2, shop.units["CASE"].pk)
    pounds = move_stock(
        actor=shop.fresh(),
        product_id=beef.pk,
        from_location_id=shop.main.pk,
        to_location_id=shop.locations["BACK"].pk,
        quantity=Decimal(10),
        unit_id=shop.units["LB"].pk,
    )
    assert pounds.quantity == Decimal("4.535924")
    assert check_ledger(shop.actor) == []


@pytest.mark.parametrize(
    ("quantity", "unit", "path", "code"),
    [("1.5", "CASE", "quantity", "too_many_decimals"), ("1", "EA", "unit", "not_a_choice")],
)
def test_a_quantity_that_its_unit_cannot_have_is_refused(
    shop: Shop, quantity: str, unit: str, path: str, code: str
) -> None:
    beef = shop.product()
    shop.pack(beef, "CASE", "12.5")
    shop.stock_up(beef, "100")
    with pytest.raises(Invalid) as refusal:
        move_stock(
            actor=shop.fresh(),
            product_id=beef.pk,
            from_location_id=shop.main.pk,
            to_location_id=shop.locations["BACK"].pk,
            quantity=Decimal(quantity),
            unit_id=shop.units[unit].pk,
        )
    assert [(error.field, error.code) for error in refusal.value.errors] == [(path, code)]


def test_stock_does_not_simply_walk_in_from_a_supplier(shop: Shop) -> None:
    with pytest.raises(Invalid, match="Use a receipt"):
        move_stock(
            actor=shop.fresh(),
            product_id=shop.product().pk,
            from_location_id=shop.locations["SUPPLIER"].pk,
            to_location_id=shop.main.pk,
            quantity=Decimal(1),
        )


def test_an_adjustment_needs_a_quantity_and_a_reason_and_can_be_taken_back(shop: Shop) -> None:
    beef = shop.product()
    for quantity, reason in ((Decimal(0), "counted"), (Decimal(1), "  ")):
        with pytest.raises(Invalid):
            adjust_stock(
                actor=shop.fresh(),
                product_id=beef.pk,
                location_id=shop.main.pk,
                quantity=quantity,
                reason=reason,
            )
    move = adjust_stock(
        actor=shop.fresh(), product_id=beef.pk, location_id=shop.main.pk, quantity=Decimal(8), reason="found"
    )
    reversal = reverse_move(actor=shop.fresh(), move_id=move.pk)
    assert shop.on_hand(beef) == 0
    with pytest.raises(Conflict, match="takes another one back"):
        reverse_move(actor=shop.fresh(), move_id=reversal.pk)


def test_the_number_of_statements_does_not_grow_with_the_moves(shop: Shop) -> None:
    def statements(count: int) -> int:
        products = [shop.product(f"P-{count}-{number}", minimum_level=Decimal(1)) for number in range(count)]
        moves = [shop.movement(product, "2", "ADJUSTMENT", "MAIN") for product in products]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            post_moves(actor=shop.fresh(), moves=moves)
        return len(queries)

    assert statements(5) == statements(200)
