"""Opening stock from a flat file: posted through the ledger, never twice, and taken back through it."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.audit.models import AuditEntry
from server.core.errors import Conflict
from server.imports import limits
from server.imports.applying.running import undo_applied_part
from server.imports.planning.unresolved import settle_values
from server.inventory.models import Lot, OpeningStock, StockBalance, StockMove
from server.inventory.opening import take_back_opening
from server.inventory.selectors import check_ledger
from server.inventory.services import adjust_stock, move_stock
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import apply, issues, plans, take_in, undo, upload, validate
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db

HEAD = "Product,Location,Lot,Expiry,Quantity,Unit,Unit cost,Date\n"
BEEF = "BEEF,MAIN,L-1,2027-02-01,2,CASE,100,2026-01-01"
MORE = "BEEF,BACK,L-1,2027-02-01,30,KG,5,2026-01-01"
PORK = "PORK,MAIN,,,1.5,KG,,"


@pytest.fixture
def shop(actor: Any) -> Shop:
    shop = Shop(actor)
    shop.pack(shop.product("BEEF", tracks_lots=True), "CASE", "12")
    shop.product("PORK", standard_cost=Decimal("4.2"), shelf_life_days=10)
    return shop


def stock(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


def on_hand(shop: Shop) -> dict[tuple[str, str, str], Decimal]:
    rows = StockBalance.objects.within(shop.actor).filter(is_internal=True).exclude(quantity=0)
    places = rows.values_list("product__code", "location__code", "lot__code", "quantity")
    return {(product, location, lot or ""): quantity for product, location, lot, quantity in places}


ALL = {
    ("BEEF", "MAIN", "L-1"): Decimal(24),
    ("BEEF", "BACK", "L-1"): Decimal(30),
    ("PORK", "MAIN", ""): Decimal("1.5"),
}


def test_each_row_is_posted_by_one_move_with_its_document_lot_value_and_audit(shop: Shop) -> None:
    session = take_in(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock")
    assert session.counts["created"] == 3, list(issues(session))
    assert on_hand(shop) == ALL
    assert check_ledger(shop.actor) == []
    lot = Lot.objects.within(shop.actor).get()
    assert (lot.code, lot.expiry_date, lot.received_at) == ("L-1", dt.date(2027, 2, 1), None)
    first, second, third = OpeningStock.objects.within(shop.actor).order_by("pk")
    assert (first.quantity, first.base_quantity, first.value) == (Decimal(2), Decimal(24), Decimal(200))
    assert (second.value, third.value) == (Decimal(150), Decimal("6.3"))
    move = StockMove.objects.within(shop.actor).get(document_type="opening-stock", document_id=first.pk)
    assert (move.kind, move.lot_id, move.change_set) == ("opening", lot.pk, session.change_set)
    assert (move.quantity, move.entered_quantity, move.entered_unit.code) == (24, 2, "CASE")
    assert (move.unit_cost, move.document_number) == (Decimal("8.333333"), first.number)
    assert move.effective_at == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert StockMove.objects.within(shop.actor).get(document_id=third.pk).unit_cost == Decimal("4.2")
    entries = AuditEntry.objects.within(shop.actor).filter(change_set=session.change_set)
    assert (
        sorted(entries.values_list("resource", "action"))
        == [("lots", "create")] + [("opening-stock", "create")] * 3
    )


def test_a_validation_shows_it_and_does_nothing(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, stock(BEEF, PORK), into="opening-stock"))
    assert session.counts["created"] == 2
    assert on_hand(shop) == {}
    assert not Lot.objects.within(shop.actor).exists()
    assert not StockMove.objects.within(shop.actor).exists()


@pytest.mark.parametrize("mode", ["upsert", "update"])
def test_the_same_file_again_changes_nothing_and_says_so(shop: Shop, mode: str) -> None:
    take_in(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock")
    again = take_in(shop.actor, stock(MORE, PORK, BEEF), into="opening-stock", mode=mode)
    assert (again.counts["unchanged"], again.counts["refused"]) == (3, 0)
    assert on_hand(shop) == ALL
    assert StockMove.objects.within(shop.actor).count() == 3


@pytest.mark.parametrize("mode", ["upsert", "update"])
def test_another_quantity_of_what_is_open_is_refused_with_what_to_do(shop: Shop, mode: str) -> None:
    take_in(shop.actor, stock(BEEF, PORK), into="opening-stock")
    other = stock(BEEF.replace(",2,CASE", ",3,CASE"), PORK, MORE)
    session = take_in(shop.actor, other, into="opening-stock", mode=mode)
    refused = {plan.row: plan.issues for plan in plans(session, "refused")}
    assert refused.keys() == {2} | ({4} if mode == "update" else set())
    [issue] = refused[2]
    assert (issue.field, issue.code) == ("quantity", "read_only")
    assert "2.000000" in issue.message and "Take the opening stock back first" in issue.remedy
    assert on_hand(shop)["BEEF", "MAIN", "L-1"] == 24


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("BEEF,MAIN,,,2,KG,,", "lot", "required"),
        ("PORK,MAIN,L-9,,2,KG,,", "lot", "contradiction"),
        ("PORK,MAIN,,2027-01-01,2,KG,,", "expiry_date", "contradiction"),
        ("PORK,SUPPLIER,,,2,KG,,", "location", "not_a_choice"),
        ("PORK,ADJUSTMENT,,,2,KG,,", "location", "not_a_choice"),
        ("PORK,CLOSED,,,2,KG,,", "location", "not_a_choice"),
        ("PORK,MAIN,,,0,KG,,", "quantity", "not_positive"),
        ("PORK,MAIN,,,-1,KG,,", "quantity", "not_positive"),
        ("PORK,MAIN,,,2,EA,,", "unit", "not_a_choice"),
        ("BEEF,MAIN,L-2,,1.5,CASE,,", "quantity", "too_many_decimals"),
        ("PORK,MAIN,,,999999999999,KG,1000000,", "quantity", "too_large"),
        ("PORK,MAIN,,,2,KG,-1,", "", "invalid"),
        ("PORK,MAIN,,,2,KG,,2999-01-01", "opened_on", "too_large"),
        ("PORK,MAIN,,,2,KG,,1066-01-01", "opened_on", "too_large"),
        ("BEEF,MAIN,OLD,2027-01-02,2,KG,,", "expiry_date", "contradiction"),
        ("NONE,MAIN,,,2,KG,,", "product", "not_found"),
        ("PORK,,,,2,KG,,", "location", "required"),
        ("PORK,MAIN,,,,KG,,", "quantity", "required"),
    ],
)
def test_what_cannot_be_is_refused_at_its_row_and_column_and_the_others_go_in(
    shop: Shop, line: str, field: str, code: str
) -> None:
    closed = shop.locations["BACK"]
    type(closed).objects.within(shop.actor).filter(pk=closed.pk).update(code="CLOSED", is_active=False)
    old = shop.lot(shop.product("BEEF"), "OLD")
    Lot.objects.within(shop.actor).filter(pk=old.pk).update(expiry_date=dt.date(2027, 1, 1))
    session = take_in(shop.actor, stock(BEEF, line), into="opening-stock")
    found = [(row, name, what) for row, name, what, level in issues(session) if level == "error"]
    assert (3, field, code) in found or (not field and (3, code) in {(row, what) for row, _n, what in found})
    assert on_hand(shop) == {("BEEF", "MAIN", "L-1"): Decimal(24)}


def test_rows_that_give_one_lot_two_use_by_dates_are_all_refused(shop: Shop) -> None:
    lines = [BEEF, MORE.replace("2027-02-01", "2027-02-02"), "BEEF,BACK,L-2,2027-03-01,1,KG,,"]
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        session = validate(shop.actor, upload(shop.actor, stock(*lines), into="opening-stock"))
        assert (session.counts["refused"], session.counts["created"]) == (2, 1)
        refused = plans(session, "refused")
        assert {issue.code for plan in refused for issue in plan.issues} == {"contradiction"}
        assert str(refused[1].row) in refused[0].issues[0].message


def test_one_row_may_give_the_use_by_date_for_all_of_a_lot(shop: Shop) -> None:
    lines = [BEEF, MORE.replace("2027-02-01", "")]
    for _turn in range(2):
        session = take_in(shop.actor, stock(*lines), into="opening-stock")
        assert session.counts["refused"] == 0, list(issues(session))
        assert Lot.objects.within(shop.actor).get().expiry_date == dt.date(2027, 2, 1)
        undo(shop.actor, session)
        lines.reverse()


def test_in_parts_it_comes_to_the_same_and_is_taken_back_as_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 1)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 1)
    session = validate(
        shop.actor,
        upload(shop.actor, stock(MORE.replace("2027-02-01", ""), BEEF, PORK), into="opening-stock"),
    )
    assert session.atomic is False
    apply(shop.actor, session)
    assert on_hand(shop) == ALL
    assert Lot.objects.within(shop.actor).get().expiry_date == dt.date(2027, 2, 1)
    assert undo(shop.actor, session) == {"deleted": 3, "restored": 0}
    assert on_hand(shop) == {}


def test_what_went_in_before_an_import_in_parts_was_stopped_is_taken_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 1)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 1)
    session = validate(shop.actor, upload(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock"))
    take_in(shop.actor, stock(PORK), into="opening-stock")
    with pytest.raises(Conflict):
        apply(shop.actor, session)
    assert on_hand(shop) == ALL, "two parts are in before the third is refused"
    undo_applied_part(shop.actor.fresh(), session)
    assert on_hand(shop) == {("PORK", "MAIN", ""): Decimal("1.5")}
    assert check_ledger(shop.actor) == []


def test_the_same_place_twice_in_a_file_is_a_duplicate(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, stock(PORK, BEEF, PORK), into="opening-stock"))
    assert [(row, code) for row, _field, code, _level in issues(session)] == [(4, "duplicate")]


def test_stock_that_is_there_already_is_added_to_with_a_warning(shop: Shop) -> None:
    adjust_stock(
        actor=shop.fresh(),
        product_id=shop.product("PORK").pk,
        location_id=shop.main.pk,
        quantity=Decimal(3),
        reason="found",
    )
    session = take_in(shop.actor, stock(PORK), into="opening-stock")
    assert [(code, level) for _row, _field, code, level in issues(session)] == [("remark", "warning")]
    assert on_hand(shop)["PORK", "MAIN", ""] == Decimal("4.5")


def test_an_undo_goes_through_the_ledger_and_the_file_can_be_taken_in_anew(shop: Shop) -> None:
    session = take_in(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock")
    assert undo(shop.actor, session) == {"deleted": 3, "restored": 0}
    assert on_hand(shop) == {}
    moves = StockMove.objects.within(shop.actor)
    assert sorted(moves.values_list("kind", flat=True)) == ["opening"] * 3 + ["reversal"] * 3
    assert set(moves.filter(kind="reversal").values_list("reverses_id", flat=True)) == set(
        moves.filter(kind="opening").values_list("pk", flat=True)
    )
    assert check_ledger(shop.actor) == []
    assert not OpeningStock.objects.within(shop.actor).exists()
    again = take_in(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock")
    assert again.counts["created"] == 3
    assert on_hand(shop) == ALL


@pytest.mark.parametrize("force", [False, True])
def test_an_undo_leaves_and_lists_what_was_consumed_since(shop: Shop, force: bool) -> None:
    session = take_in(shop.actor, stock(BEEF, MORE, PORK), into="opening-stock")
    move_stock(
        actor=shop.fresh(),
        product_id=shop.product("BEEF").pk,
        from_location_id=shop.main.pk,
        to_location_id=shop.locations["SCRAP"].pk,
        quantity=Decimal(1),
        lot="L-1",
    )
    done = undo(shop.actor, session, force=force)
    assert (done["deleted"], done["left_count"]) == (2, 1)
    [left] = done["left"]
    opening = OpeningStock.objects.within(shop.actor).get()
    assert (left["resource"], left["id"], left["label"]) == ("opening-stock", opening.pk, opening.number)
    assert "1 too little of BEEF" in left["reason"]
    assert on_hand(shop) == {("BEEF", "MAIN", "L-1"): Decimal(23)}
    assert check_ledger(shop.actor) == []


def test_where_nothing_is_there_any_more_the_undo_is_refused_as_a_whole(shop: Shop) -> None:
    session = take_in(shop.actor, stock(PORK), into="opening-stock")
    move_stock(
        actor=shop.fresh(),
        product_id=shop.product("PORK").pk,
        from_location_id=shop.main.pk,
        to_location_id=shop.locations["BACK"].pk,
        quantity=Decimal("0.5"),
    )
    with pytest.raises(Conflict) as refused:
        undo(shop.actor, session)
    assert "MAIN has 0.5 too little of PORK" in str(refused.value.detail)
    assert StockMove.objects.within(shop.actor).filter(kind="reversal").count() == 0


def test_a_product_made_for_the_import_stays_and_is_listed_because_moves_name_it(shop: Shop) -> None:
    session = upload(shop.actor, stock("NEW,MAIN,,,3,KG,2,2026-01-01", PORK), into="opening-stock")
    new = {"code": "NEW", "name": "New", "unit": "KG"}
    settle_values(shop.actor, session, {"values": [{"field": "product", "text": "NEW", "create": new}]})
    validate(shop.actor, session)
    assert [(row, code) for row, _field, code, _level in issues(session)] == [(2, "checked_later")]
    apply(shop.actor, session)
    assert on_hand(shop)["NEW", "MAIN", ""] == 3
    done = undo(shop.actor, session)
    assert (done["deleted"], done["left_count"]) == (2, 1)
    assert (done["left"][0]["resource"], done["left"][0]["label"]) == ("products", "NEW")
    assert on_hand(shop) == {}


def test_one_opening_is_taken_back_and_entered_anew_while_the_others_stay(shop: Shop) -> None:
    take_in(shop.actor, stock(BEEF, PORK), into="opening-stock")
    opening = OpeningStock.objects.within(shop.actor).get(product__code="BEEF")
    take_back_opening(actor=shop.fresh(), opening_id=opening.pk)
    other = stock(BEEF.replace(",2,CASE", ",3,CASE"), PORK)
    session = take_in(shop.actor, other, into="opening-stock")
    assert (session.counts["created"], session.counts["unchanged"]) == (1, 1)
    assert on_hand(shop)["BEEF", "MAIN", "L-1"] == 36


def test_the_move_of_an_opening_is_taken_back_with_it_alone(shop: Shop, organization: Any) -> None:
    take_in(shop.actor, stock(PORK), into="opening-stock")
    api = sign_in(organization, every_permission())
    opening = api.get("opening-stock/").json()["results"][0]
    move = api.get("stock-moves/").json()["results"][0]
    refused = api.post("operations/inventory.reverse-move/", {"move": move["id"]}, version=1)
    assert refused.status_code == 409, refused.content
    assert opening["number"] in refused.json()["detail"]
    done = api.post("operations/inventory.take-back-opening/", {"opening": opening["number"]}, version=1)
    assert done.status_code == 200, done.content
    assert on_hand(shop) == {}


def test_what_somebody_opened_since_the_validation_is_named_and_nothing_goes_in(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, stock(PORK, BEEF), into="opening-stock"))
    take_in(shop.actor, stock(BEEF), into="opening-stock")
    with pytest.raises(Conflict) as refused:
        apply(shop.actor, session)
    assert "BEEF, MAIN, L-1 in row 3" in str(refused.value.detail)
    assert on_hand(shop) == {("BEEF", "MAIN", "L-1"): Decimal(24)}


def test_shuffled_rows_give_the_same_stock_and_value(shop: Shop) -> None:
    lines = [
        f"BEEF,{location},L-{lot},2027-02-{lot:02},{quantity},{unit},{cost},2026-01-01"
        for location in ("MAIN", "BACK")
        for lot, quantity, unit, cost in (
            (1, "2", "CASE", "100"),
            (2, "0.333333", "KG", "3.333333"),
            (3, "7", "LB", "0.1"),
            (4, "1", "CASE", "0"),
        )
    ]
    seen = []
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        session = take_in(shop.actor, stock(*lines), into="opening-stock")
        assert session.counts["created"] == len(lines), list(issues(session))
        values = OpeningStock.objects.within(shop.actor).values_list("location__code", "lot", "value")
        seen.append((on_hand(shop), set(values)))
        assert check_ledger(shop.actor) == []
        undo(shop.actor, session)
    assert seen[0] == seen[1] == seen[2]
    assert ("MAIN", "2", Decimal("1.1111")) not in seen[0][1]
    assert ("MAIN", "L-2", Decimal("1.1111")) in seen[0][1]


def test_a_lot_may_lie_at_several_places_and_statements_do_not_grow_with_the_rows(shop: Shop) -> None:
    def statements(first: int, count: int) -> tuple[int, int]:
        lines = [f"BEEF,MAIN,N-{number},,1,KG,2," for number in range(first, first + count)]
        session = upload(shop.actor, stock(*lines), into="opening-stock")
        with CaptureQueriesContext(connection) as queries:
            validate(shop.actor, session)
            apply(shop.actor, session)
        assert session.counts["created"] == count, list(issues(session))[:5]
        with CaptureQueriesContext(connection) as undoing:
            assert undo(shop.actor, session)["deleted"] == count
        return len(queries), len(undoing)

    statements(0, 1)
    assert statements(1000, 300) == statements(2000, 3)


def test_it_is_listed_among_what_takes_files_and_created_by_the_api(shop: Shop, organization: Any) -> None:
    api = sign_in(organization, every_permission())
    entry = api.get("meta/").json()["resources"]["opening-stock"]
    assert entry["may"]["import"] and entry["may"]["create"] and not entry["may"]["update"]
    body = {"product": "PORK", "location": "MAIN", "quantity": "2"}
    made = api.post("opening-stock/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["base_quantity"], made.json()["value"]) == ("2.000000", "8.4000")
    again = api.post("opening-stock/", body)
    assert again.status_code in (400, 422), again.content
    assert on_hand(shop) == {("PORK", "MAIN", ""): Decimal(2)}


def test_without_a_place_to_book_against_it_says_what_to_create(shop: Shop) -> None:
    counter = shop.locations["ADJUSTMENT"]
    type(counter).objects.within(shop.actor).filter(pk=counter.pk).update(is_active=False)
    with pytest.raises(Conflict) as refused:
        validate(shop.actor, upload(shop.actor, stock(PORK), into="opening-stock"))
    assert "Create one first" in str(refused.value.detail)
