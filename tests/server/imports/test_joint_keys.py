"""Records that several fields tell apart together: supplier prices, units of products, lots."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.core.errors import Conflict, Invalid
from server.core.resources import all_resources
from server.imports.correcting.cells import fix_cells
from server.imports.mapping.targets import is_importable
from server.imports.models import ImportSession
from server.imports.planning.identity import is_joint, joint_keys, match_field, unique_fields, usual_match
from server.imports.services import change_session
from server.inventory.models import Lot, ProductUnit, SupplierPrice
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import apply, issues, plans, take_in, undo, upload, validate
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db

JOINT = {
    "product-units": "product+unit",
    "supplier-prices": "product+supplier+unit+currency+minimum_quantity+valid_from",
    "lots": "product+code",
    "opening-stock": "product+location+lot",
}
HEAD = "Product,Supplier,Unit,Currency,Price,From quantity,Valid from\n"


@pytest.fixture
def shop(actor: Any) -> Shop:
    shop = Shop(actor)
    for code in ("BEEF", "PORK", "VEAL"):
        shop.product(code)
    return shop


def prices(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


def stored(shop: Shop) -> set[tuple[Any, ...]]:
    rows = SupplierPrice.objects.within(shop.actor)
    return set(
        rows.values_list(
            "product__code",
            "supplier__code",
            "unit__code",
            "currency",
            "minimum_quantity",
            "valid_from",
            "price",
        )
    )


def test_every_importable_resource_is_told_apart_by_what_the_database_keeps_unique() -> None:
    for name, resource in all_resources().items():
        if not is_importable(resource):
            continue
        match = usual_match(resource)
        assert match in (*unique_fields(resource), *joint_keys(resource)), name
        if is_joint(match):
            assert JOINT[name] == match
    assert {name: usual_match(all_resources()[name]) for name in JOINT} == JOINT


def test_prices_are_found_by_all_that_tells_them_apart_and_only_what_differs_changes(shop: Shop) -> None:
    first = prices(
        "BEEF,S-1,KG,USD,10.50,,",
        "BEEF,S-1,KG,USD,9.75,100,",
        "BEEF,S-1,KG,USD,9.00,100,2026-01-01",
        "PORK,S-1,KG,USD,4,,",
    )
    session = take_in(shop.actor, first, into="supplier-prices")
    assert session.counts["created"] == 4, list(issues(session))
    again = validate(shop.actor, upload(shop.actor, first, into="supplier-prices"))
    assert again.counts["unchanged"] == 4
    second = prices("BEEF,S-1,KG,USD,10.50,0,", "BEEF,S-1,KG,USD,8,100.0,2026-01-01", "PORK,S-1,LB,USD,2,,")
    changed = take_in(shop.actor, second, into="supplier-prices")
    counts = {name: changed.counts[name] for name in ("created", "updated", "unchanged", "refused")}
    assert counts == {"created": 1, "updated": 1, "unchanged": 1, "refused": 0}
    assert {(row[0], row[2], row[4], row[6]) for row in stored(shop)} == {
        ("BEEF", "KG", Decimal(0), Decimal("10.5")),
        ("BEEF", "KG", Decimal(100), Decimal("9.75")),
        ("BEEF", "KG", Decimal(100), Decimal(8)),
        ("PORK", "KG", Decimal(0), Decimal(4)),
        ("PORK", "LB", Decimal(0), Decimal(2)),
    }
    assert undo(shop.actor, changed) == {"deleted": 1, "restored": 1}
    assert undo(shop.actor, session) == {"deleted": 4, "restored": 0}
    assert not stored(shop)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("insert", [("duplicate", 2)]), ("update", [("not_found", 3)]), ("upsert", [])],
)
def test_the_modes_hold_for_what_several_fields_tell_apart(
    shop: Shop, mode: str, expected: list[tuple[str, int]]
) -> None:
    take_in(shop.actor, "Product,Unit,Factor\nBEEF,CASE,12\n", into="product-units")
    file = "Product,Unit,Factor\nBEEF,CASE,10\nPORK,CASE,6\n"
    session = take_in(shop.actor, file, into="product-units", mode=mode)
    assert [(code, row) for row, _field, code, _level in issues(session)] == expected
    factors = dict(ProductUnit.objects.within(shop.actor).values_list("product__code", "factor"))
    wanted = {"insert": {"BEEF": 12, "PORK": 6}, "update": {"BEEF": 10}, "upsert": {"BEEF": 10, "PORK": 6}}
    assert factors == wanted[mode]


def test_one_record_written_in_two_ways_is_a_duplicate_of_the_file(shop: Shop) -> None:
    beef = shop.product("BEEF")
    file = f"Product,Unit,Factor\nBEEF,CASE,12\nid:{beef.pk},CASE,10\nPORK,CASE,6\n"
    session = validate(shop.actor, upload(shop.actor, file, into="product-units"))
    assert [(row, field, code) for row, field, code, _level in issues(session)] == [
        (3, "product", "duplicate")
    ]
    message = plans(session, "refused")[0].issues[0].message
    assert "row 2" in message
    merged = upload(shop.actor, file, into="product-units", on_duplicate="update")
    validate(shop.actor, merged)
    apply(shop.actor, merged)
    assert ProductUnit.objects.within(shop.actor).get(product=beef).factor == 10


def test_a_row_that_leaves_out_a_part_is_refused_at_that_part(shop: Shop) -> None:
    file = prices("BEEF,,KG,USD,1,,", "BEEF,S-1,,USD,1,,", "BEEF,S-1,KG,USD,1,,")
    session = validate(shop.actor, upload(shop.actor, file, into="supplier-prices"))
    found = {(row, field, code) for row, field, code, level in issues(session) if level == "error"}
    assert {(2, "supplier", "required"), (3, "unit", "required")} <= found
    assert session.counts["created"] == 1


def test_parts_may_be_constants_or_left_to_their_defaults_but_not_missing(shop: Shop) -> None:
    file = "Product,Price\nBEEF,3\nPORK,4\n"
    session = upload(shop.actor, file, into="supplier-prices")
    codes = {problem["code"] for problem in session.problems}
    assert "key_unmapped" in codes
    with pytest.raises(Invalid) as refused:
        validate(shop.actor, session)
    assert {error.field for error in refused.value.errors} >= {
        "mapping.supplier",
        "mapping.unit",
        "mapping.currency",
    }
    constants = {"supplier": "S-1", "unit": "KG", "currency": "USD"}
    mapping = {**session.mapping, **{name: {"constant": text} for name, text in constants.items()}}
    change_session(shop.actor, session, {"mapping": mapping})
    validate(shop.actor, session)
    assert session.counts["created"] == 2, list(issues(session))
    all_constant = {name: {"constant": text} for name, text in {**constants, "product": "BEEF"}.items()}
    change_session(shop.actor, session, {"mapping": {"price": {"column": 1}, **all_constant}})
    with pytest.raises(Invalid):
        validate(shop.actor, session)


def test_the_same_lot_code_of_two_products_is_two_lots(shop: Shop) -> None:
    file = "Product,Lot,Use by\nBEEF,L-1,2026-12-01\nPORK,L-1,2026-12-02\n"
    assert take_in(shop.actor, file, into="lots").counts["created"] == 2
    changed = take_in(shop.actor, file.replace("12-02", "12-03"), into="lots")
    assert (changed.counts["unchanged"], changed.counts["updated"]) == (1, 1)
    dates = dict(Lot.objects.within(shop.actor).values_list("product__code", "expiry_date"))
    assert {code: str(date) for code, date in dates.items()} == {"BEEF": "2026-12-01", "PORK": "2026-12-03"}


def test_what_is_not_unique_does_not_tell_apart(shop: Shop) -> None:
    session = upload(shop.actor, prices("BEEF,S-1,KG,USD,1,,"), into="supplier-prices")
    with pytest.raises(Invalid) as refused:
        change_session(shop.actor, session, {"match_on": "supplier_item_code"})
    assert JOINT["supplier-prices"] in refused.value.errors[0].message
    change_session(shop.actor, session, {"match_on": "external_id"})
    assert match_field(session, all_resources()["supplier-prices"]) == "external_id"
    change_session(shop.actor, session, {"match_on": JOINT["supplier-prices"]})
    assert session.match_on == ""


def test_found_by_the_external_id_a_row_cannot_take_what_tells_another_record_apart(shop: Shop) -> None:
    head = "External id,Product,Unit,Factor\n"
    take_in(shop.actor, f"{head}A,BEEF,CASE,12\n", into="product-units")
    file = f"{head}A,BEEF,CASE,10\nB,BEEF,CASE,10\nC,PORK,CASE,6\nD,PORK,CASE,7\n"
    session = validate(shop.actor, upload(shop.actor, file, into="product-units", match_on="external_id"))
    assert [(row, code) for row, _field, code, _level in issues(session)] == [
        (3, "duplicate"),
        (5, "duplicate"),
    ]
    apply(shop.actor, session)
    assert ProductUnit.objects.within(shop.actor).count() == 2


def test_a_corrected_row_is_judged_with_those_that_have_the_same_key(shop: Shop) -> None:
    file = "Product,Unit,Factor\nBEEF,CASE,12\nBEFE,CASE,10\nPORK,CASE,6\n"
    session = validate(shop.actor, upload(shop.actor, file, into="product-units"))
    assert [(row, code) for row, _field, code, _level in issues(session)] == [(3, "not_found")]
    fix_cells(shop.actor, session, {"cells": [{"row": 3, "column": 0, "value": "BEEF"}]})
    validate(shop.actor, session)
    assert [(row, code) for row, _field, code, _level in issues(session)] == [(3, "duplicate")]
    fix_cells(shop.actor, session, {"cells": [{"row": 2, "column": 0, "value": "VEAL"}]})
    validate(shop.actor, session)
    assert not list(issues(session))
    assert session.counts["created"] == 3


@pytest.mark.parametrize("seed", range(6))
def test_step_by_step_it_comes_to_the_same_as_at_once(shop: Shop, seed: int) -> None:
    draw = random.Random(seed)
    take_in(shop.actor, "Product,Unit,Factor,External id\nBEEF,CASE,12,E1\n", into="product-units")
    beef = shop.product("BEEF")
    texts = {
        0: ["BEEF", f"id:{beef.pk}", "PORK", "VEAL", "NONE", ""],
        1: ["CASE", "EA", "LB", "KG", "BOX"],
        2: ["12", "6", "0", "many"],
        3: ["", "", "E1", "E2"],
    }
    rows = [",".join(draw.choice(texts[column]) for column in range(4)) for _ in range(14)]
    session = upload(
        shop.actor,
        "Product,Unit,Factor,External id\n" + "\n".join(rows) + "\n",
        into="product-units",
        on_duplicate=draw.choice(["refuse", "skip", "update"]),
        mode=draw.choice(["insert", "update", "upsert"]),
    )
    validate(shop.actor, session)
    for _step in range(8):
        column = draw.randrange(4)
        fix = {"row": draw.randrange(2, 16), "column": column, "value": draw.choice(texts[column])}
        fix_cells(shop.actor, session, {"cells": [fix]})
        validate(shop.actor, session)
        stepwise, counts = outcome(session), session.counts
        session.stale = None
        session.save(update_fields=["stale"])
        validate(shop.actor, session)
        assert stepwise == outcome(session)
        assert counts == session.counts


def outcome(session: ImportSession) -> list[tuple[Any, ...]]:
    return [
        (plan.row, plan.status, sorted((each.code, each.message) for each in plan.issues), plan.values)
        for plan in plans(session)
    ]


def test_what_somebody_created_since_is_named_and_nothing_goes_in(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, prices("BEEF,S-1,KG,USD,1,,"), into="supplier-prices"))
    take_in(shop.actor, prices("BEEF,S-1,KG,USD,2,,"), into="supplier-prices")
    with pytest.raises(Conflict) as refused:
        apply(shop.actor, session)
    assert "BEEF, S-1, KG, USD" in str(refused.value.detail)


def test_shuffled_rows_give_the_same_prices(shop: Shop) -> None:
    lines = [
        f"{product},S-1,{unit},USD,{step}.{day},{step},2026-01-{day:02}"
        for product in ("BEEF", "PORK", "VEAL")
        for unit in ("KG", "LB")
        for step in (0, 10, 100)
        for day in (1, 2)
    ]
    take_in(shop.actor, prices(*lines), into="supplier-prices")
    wanted = stored(shop)
    assert len(wanted) == len(lines)
    for seed in range(3):
        SupplierPrice.objects.within(shop.actor).delete()
        random.Random(seed).shuffle(lines)
        take_in(shop.actor, prices(*lines[: len(lines) // 2]), into="supplier-prices")
        session = take_in(shop.actor, prices(*lines), into="supplier-prices")
        assert session.counts["unchanged"] == len(lines) // 2
        assert stored(shop) == wanted


def test_statements_do_not_grow_with_the_rows(shop: Shop) -> None:
    def statements(product: str, count: int) -> int:
        file = prices(*(f"{product},S-1,KG,USD,1,{step}," for step in range(1, count + 1)))
        session = upload(shop.actor, file, into="supplier-prices")
        with CaptureQueriesContext(connection) as queries:
            validate(shop.actor, session)
            apply(shop.actor, session)
        assert session.counts["created"] == count
        return len(queries)

    statements("VEAL", 1)
    assert statements("BEEF", 300) == statements("PORK", 3)


def test_a_session_says_what_tells_its_records_apart(shop: Shop, organization: Any) -> None:
    api = sign_in(organization, every_permission())
    session = upload(shop.actor, "Product,Unit,Factor\nBEEF,CASE,12\n", into="product-units")
    answer = api.get(f"imports/{session.pk}/").json()
    assert answer["match_on"] == "product+unit"
    assert answer["may_match_on"] == ["product+unit", "external_id"]
