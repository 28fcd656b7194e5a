"""Quantities, dates and places that nobody means: refused with the product and the line, and nothing stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.http import HttpResponse

from server.inventory.models import Lot
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop, state_of_everything

pytestmark = pytest.mark.django_db

MOST = "999999999999"


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def operation(api: Api, name: str, body: dict[str, Any], **options: Any) -> HttpResponse:
    return api.post(f"operations/{name}/", body, **options)


def confirmed(api: Api, line: dict[str, Any], **head: Any) -> dict[str, Any]:
    """A confirmed order with one line."""
    body = {"supplier": "S-1", "location": "MAIN", "lines": [{"unit_price": "1", **line}], **head}
    made = api.post("purchase-orders/", body)
    assert made.status_code == 201, made.content
    order = made.json()
    done = operation(api, "purchasing.confirm", {"order": order["id"]}, version=order["version"])
    assert done.status_code == 200, done.content
    order["version"] = done.json()["result"]["version"]
    return order


def receive(api: Api, order: dict[str, Any], *lines: dict[str, Any], **options: Any) -> HttpResponse:
    given = [{"line": order["lines"][0]["id"], **line} for line in lines]
    body = {"order": order["id"], **({"lines": given} if given else {"all": True})}
    return operation(api, "purchasing.receive", body, version=order["version"], **options)


def refused(response: HttpResponse, field: str, code: str) -> str:
    assert response.status_code == 422, response.content
    found = {(error["field"], error["code"]): error["message"] for error in response.json()["errors"]}
    assert (field, code) in found, found
    return found[field, code]


def test_more_than_a_balance_can_keep_is_refused_by_product_and_place(
    api: Api, shop: Shop, organization: Any
) -> None:
    shop.product()
    found = {"product": "BEEF", "location": "MAIN", "quantity": MOST, "reason": "counted"}
    assert operation(api, "inventory.adjust", found).status_code == 200
    before = state_of_everything(organization)
    message = refused(operation(api, "inventory.adjust", found), "quantity", "too_large")
    assert "BEEF" in message
    assert state_of_everything(organization) == before


def test_a_quantity_that_its_base_unit_cannot_keep_is_refused(
    api: Api, shop: Shop, organization: Any
) -> None:
    shop.pack(shop.product("BIG", unit="EA"), "CASE", "99999")
    move = {
        "product": "BIG",
        "from_location": "PRODUCTION",
        "to_location": "MAIN",
        "quantity": MOST,
        "unit": "CASE",
    }
    refused(operation(api, "inventory.move", move), "quantity", "too_large")
    order = confirmed(api, {"product": "BIG", "unit": "CASE", "quantity": "1"})
    before = state_of_everything(organization)
    refused(receive(api, order, {"accepted": MOST}), "lines[0].quantity", "too_large")
    assert state_of_everything(organization) == before


def test_a_cost_that_its_base_unit_cannot_keep_is_refused(api: Api, shop: Shop) -> None:
    shop.pack(shop.product("TINY"), "CASE", "0.00000001")
    order = confirmed(api, {"product": "TINY", "unit": "CASE", "quantity": "1000", "unit_price": "999999"})
    refused(receive(api, order), "lines[0].quantity", "too_large")


def test_what_is_turned_away_again_and_again_is_counted_up_to_what_can_be_kept(api: Api, shop: Shop) -> None:
    order = confirmed(api, {"product": shop.product("BIG", unit="EA").code, "quantity": "1"})
    first = receive(api, order, {"accepted": "0", "rejected": MOST})
    assert first.status_code == 200, first.content
    order["version"] = first.json()["result"]["version"]
    refused(receive(api, order, {"accepted": "0", "rejected": MOST}), "lines[0].accepted", "too_large")


def test_goods_do_not_come_to_a_place_that_was_put_out_of_use(
    api: Api, shop: Shop, organization: Any
) -> None:
    shop.product()
    order = confirmed(api, {"product": "BEEF", "quantity": "5"}, location="BACK")
    place = api.get("locations/code:BACK/").json()
    assert (
        api.patch(f"locations/{place['id']}/", {"is_active": False}, version=place["version"]).status_code
        == 200
    )
    before = state_of_everything(organization)
    message = refused(receive(api, order), "lines[0].location", "not_a_choice")
    assert "BACK" in message
    assert state_of_everything(organization) == before
    assert receive(api, order, {"accepted": "5", "location": "MAIN"}).status_code == 200


def test_one_new_lot_in_two_lines_takes_the_date_that_one_of_them_gives(api: Api, shop: Shop) -> None:
    fish = shop.product("FISH", tracks_lots=True, shelf_life_days=30)
    order = confirmed(api, {"product": "FISH", "quantity": "10"})
    lines = ({"accepted": "1", "lot": "A", "expiry_date": "2027-01-01"}, {"accepted": "2", "lot": "A"})
    response = receive(api, order, *lines)
    assert response.status_code == 200, response.content
    assert Lot.objects.within(fish).get(code="A").expiry_date == dt.date(2027, 1, 1)


def test_dates_beyond_the_calendar_are_no_fault_of_the_server(api: Api, shop: Shop) -> None:
    shop.product("SALT", tracks_lots=True, shelf_life_days=2**31 - 1)
    order = confirmed(api, {"product": "SALT", "quantity": "1"})
    assert receive(api, order, {"accepted": "1", "lot": "A"}).status_code == 200
    shop.supplier.lead_time_days = 30
    shop.supplier.save()
    late = {"supplier": "S-1", "location": "MAIN", "ordered_on": "9999-12-31"}
    refused(api.post("purchase-orders/", late), "ordered_on", "too_large")


def test_the_shape_of_lines_is_refused_in_words_of_ours(api: Api, shop: Shop) -> None:
    shop.product()
    order = confirmed(api, {"product": "BEEF", "quantity": "5"})
    body = {"order": order["id"]}

    def sent(**values: Any) -> HttpResponse:
        return operation(api, "purchasing.receive", {**body, **values}, version=order["version"])

    assert "valid" not in refused(sent(lines={"a": 1}), "lines", "invalid")
    assert "ReceiveLine" not in refused(sent(lines=[1]), "lines[0]", "invalid")
    refused(sent(lines=[{}] * 5001), "lines", "too_large")
    refused(sent(all=True, delivery_note="x" * 101), "delivery_note", "too_long")
    refused(
        sent(lines=[{"line": order["lines"][0]["id"], "accepted": "1_0"}]), "lines[0].accepted", "invalid"
    )


def test_the_location_of_many_lines_is_looked_up_once(
    api: Api, shop: Shop, django_assert_max_num_queries: Any
) -> None:
    shop.product()
    order = confirmed(api, {"product": "BEEF", "quantity": "100"})
    line = {"accepted": "1", "location": "MAIN"}
    with django_assert_max_num_queries(80):
        assert receive(api, order, *[line] * 90).status_code == 200


def test_what_is_not_there_is_named_as_it_was_asked_for(api: Api) -> None:
    """A clerk typed NOPE, and never the mark before it that tells a code from a key."""
    detail = api.get("suppliers/code:NOPE/").json()["detail"]
    assert "“NOPE”" in detail and "code:" not in detail
