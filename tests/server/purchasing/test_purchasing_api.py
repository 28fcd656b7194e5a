"""The purchasing flow as a client drives it: over HTTP, with versions, previews, actions and undo."""

from __future__ import annotations

from typing import Any

import pytest

from server.inventory.selectors import check_ledger
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop, state_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def ordered(api: Api, shop: Shop, *quantities: str) -> dict[str, Any]:
    """A new draft over the API, with one product a line."""
    body = {
        "supplier": "S-1",
        "location": "MAIN",
        "lines": [
            {"product": shop.product(f"P{number}").code, "quantity": quantity, "unit_price": "2.5"}
            for number, quantity in enumerate(quantities)
        ],
    }
    response = api.post("purchase-orders/", body)
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def operate(api: Api, name: str, order: dict[str, Any], **parameters: Any) -> Any:
    return api.post(f"operations/{name}/", {"order": order["id"], **parameters}, version=order["version"])


def reread(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = api.get(f"purchase-orders/{order['id']}/").json()
    return answer


def test_an_order_is_made_confirmed_received_in_part_and_in_full(api: Api, shop: Shop) -> None:
    order = ordered(api, shop, "10", "4")
    assert (order["state"], order["total"], order["supplier_name"]) == ("draft", "35.0000", "North Packing")
    assert [line["number"] for line in order["lines"]] == [1, 2]
    assert order["_actions"]["purchasing.receive"] == {
        "enabled": False,
        "reason": f"Order {order['number']} is a draft. Confirm it before you receive it.",
    }
    assert operate(api, "purchasing.confirm", order).status_code == 200
    order = reread(api, order)
    assert order["_actions"]["purchasing.receive"] == {"enabled": True}
    assert order["_actions"]["update"]["enabled"] is False
    first = order["lines"][0]
    answer = operate(
        api, "purchasing.receive", order, lines=[{"line": first["id"], "accepted": "4", "rejected": "1"}]
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"]["state"] == "partially_received"
    order = reread(api, order)
    assert (order["lines"][0]["received"], order["lines"][0]["open"]) == ("4.000000", "6.000000")
    stale = api.post("operations/purchasing.receive/", {"order": order["id"], "all": True}, version=1)
    assert stale.status_code == 412
    answer = operate(api, "purchasing.receive", order, all=True, delivery_note="DN 7")
    receipt = api.get(f"receipts/{answer.json()['result']['receipt']}/").json()
    assert (receipt["delivery_note"], receipt["order_number"]) == ("DN 7", order["number"])
    assert [(line["product_code"], line["accepted"]) for line in receipt["lines"]] == [
        ("P0", "6.000000"),
        ("P1", "4.000000"),
    ]
    assert reread(api, order)["state"] == "received"
    product = api.get(f"products/{order['lines'][0]['product']}/").json()
    assert product["on_hand"] == "10.000000"
    balances = api.get("stock-balances/", filter="product=P0,on_hand").json()["results"]
    assert [(row["location_code"], row["quantity"]) for row in balances] == [("MAIN", "10.000000")]
    moves = api.get("stock-moves/", filter="product=P0").json()["results"]
    assert {row["document_number"] for row in moves} >= {receipt["number"]}


def test_a_preview_shows_the_receipt_and_does_nothing(api: Api, shop: Shop) -> None:
    order = ordered(api, shop, "10")
    operate(api, "purchasing.confirm", order)
    order = reread(api, order)
    before = state_of_everything(shop.actor)
    body = {"order": order["id"], "all": True}
    answer = api.post(
        "operations/purchasing.receive/", body, version=order["version"], dry_run="true", key=None
    )
    assert answer.status_code == 200, answer.content
    changes = {change["resource"]: change["fields"] for change in answer.json()["changes"]}
    assert changes["purchase-orders"]["state"] == {"old": "confirmed", "new": "received"}
    assert changes["receipts"]["lines"]["new"][0]["accepted"] == "10.000000"
    assert state_of_everything(shop.actor) == before


def test_receiving_twice_with_one_key_moves_stock_once(api: Api, shop: Shop) -> None:
    order = ordered(api, shop, "10")
    operate(api, "purchasing.confirm", order)
    order = reread(api, order)
    body = {"order": order["id"], "lines": [{"line": order["lines"][0]["id"], "accepted": "4"}]}
    answers = [
        api.post("operations/purchasing.receive/", body, version=order["version"], key="scan-1")
        for _time in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert reread(api, order)["lines"][0]["received"] == "4.000000"


def test_each_bad_line_of_a_receipt_is_named_by_its_place_in_the_request(api: Api, shop: Shop) -> None:
    order, other = ordered(api, shop, "10", "5"), ordered(api, shop, "1")
    operate(api, "purchasing.confirm", order)
    order = reread(api, order)
    lines = [
        {"line": order["lines"][0]["id"], "accepted": "0"},
        {"line": other["lines"][0]["id"], "accepted": "1"},
    ]
    answer = operate(api, "purchasing.receive", order, lines=lines)
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("lines[1].line", "not_found")]
    answer = operate(api, "purchasing.receive", order, lines=lines[:1])
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("lines[0].accepted", "not_positive")
    ]
    answer = operate(
        api, "purchasing.receive", order, lines=[{"line": order["lines"][1]["id"], "accepted": "x"}]
    )
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("lines[0].accepted", "invalid")]


def test_who_may_exceed_the_tolerance_is_a_matter_of_a_permission(organization: Any, shop: Shop) -> None:
    boss = sign_in(organization, every_permission() | {"purchasing.exceed-tolerance"}, "boss")
    clerk = sign_in(organization, every_permission() - {"purchasing.exceed-tolerance"}, "clerk")
    order = ordered(boss, shop, "10")
    operate(boss, "purchasing.confirm", order)
    order = reread(boss, order)
    lines = [{"line": order["lines"][0]["id"], "accepted": "11"}]
    refused = operate(clerk, "purchasing.receive", order, lines=lines)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "too_large")
    accepted = operate(boss, "purchasing.receive", order, lines=lines)
    assert accepted.status_code == 200
    assert "above the tolerance of 0 %" in accepted.json()["warnings"][0]


def test_a_change_set_of_each_step_is_taken_back_as_a_whole(api: Api, shop: Shop) -> None:
    """Undo of a receipt reverses it, of a confirmation makes a draft again, of an order removes it."""

    def undone(change_set: str) -> Any:
        return api.post("operations/audit.undo/", {"change_set": change_set})

    made = ordered(api, shop, "10")
    confirmed = operate(api, "purchasing.confirm", made).json()["change_set"]
    received = operate(api, "purchasing.receive", reread(api, made), all=True).json()["change_set"]
    answer = undone(received)
    assert answer.status_code == 200, answer.content
    assert (reread(api, made)["state"], shop.on_hand(shop.product("P0"))) == ("confirmed", 0)
    assert check_ledger(shop.actor) == []
    refused = undone(confirmed)
    assert refused.status_code == 409, "goods have come once, so it is no draft any more"

    other = ordered(api, shop, "3")
    confirmed = operate(api, "purchasing.confirm", other).json()["change_set"]
    assert undone(confirmed).status_code == 200
    assert reread(api, other)["state"] == "draft"


def test_an_order_that_was_made_by_mistake_is_undone_while_it_is_a_draft(api: Api, shop: Shop) -> None:
    order = ordered(api, shop, "3", "4")
    made = api.get(f"purchase-orders/{order['id']}/timeline/").json()["results"][-1]["change_set"]
    answer = api.post("operations/audit.undo/", {"change_set": made})
    assert answer.status_code == 200, answer.content
    assert api.get(f"purchase-orders/{order['id']}/").status_code == 404


def test_a_move_and_an_adjustment_over_http_and_their_undo(api: Api, shop: Shop) -> None:
    shop.product("BEEF")
    found = api.post(
        "operations/inventory.adjust/",
        {"product": "BEEF", "location": "MAIN", "quantity": "8", "reason": "found"},
    )
    assert found.status_code == 200, found.content
    body = {"product": "BEEF", "from_location": "MAIN", "to_location": "BACK", "quantity": "3"}
    moved = api.post("operations/inventory.move/", body)
    assert moved.status_code == 200, moved.content
    assert shop.on_hand(shop.product("BEEF"), "BACK") == 3
    undone = api.post("operations/audit.undo/", {"change_set": moved.json()["change_set"]})
    assert undone.status_code == 200, undone.content
    assert (shop.on_hand(shop.product("BEEF"), "BACK"), check_ledger(shop.actor)) == (0, [])
    too_much = api.post("operations/inventory.move/", {**body, "quantity": "9"})
    assert (too_much.status_code, too_much.json()["errors"][0]["field"]) == (409, "quantity")


def test_another_organization_cannot_receive_our_order(api: Api, shop: Shop, other_organization: Any) -> None:
    order = ordered(api, shop, "10")
    stranger = sign_in(other_organization, every_permission(), "stranger")
    ours = operate(stranger, "purchasing.confirm", order)
    missing = operate(stranger, "purchasing.confirm", {"id": 10**9, "version": 1})
    assert ours.status_code == missing.status_code == 422
    assert ours.json()["errors"][0]["code"] == missing.json()["errors"][0]["code"] == "not_found"
