"""Products and what belongs to them: barcodes, units, prices, and what must not change once stock moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.inventory.gtin import is_gtin
from server.inventory.units import UnitTable
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


@pytest.fixture
def shop(actor: Any) -> Shop:
    return Shop(actor)


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("4006381333931", True),
        ("036000291452", True),
        ("96385074", True),
        ("10614141000415", True),
        ("4006381333932", False),
        ("400638133393", False),
        ("400638133393X", False),
        ("", False),
    ],
)
def test_a_gtin_is_known_by_its_check_digit(code: str, good: bool) -> None:
    assert is_gtin(code) is good


def test_a_barcode_names_one_product_and_one_pack(api: Api, shop: Shop) -> None:
    shop.product()
    body = {"code": "4006381333931", "product": "BEEF", "unit": "CASE"}
    assert api.post("barcodes/", body).status_code == 201
    again = api.post("barcodes/", body)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "duplicate")
    wrong = api.post("barcodes/", {**body, "code": "4006381333932"})
    assert "no GTIN" in wrong.json()["detail"]
    assert api.post("barcodes/", {**body, "code": "SHELF-7", "symbology": "free"}).status_code == 201


def test_the_base_unit_stays_once_stock_has_moved(api: Api, shop: Shop) -> None:
    beef = shop.product()
    record = api.get(f"products/{beef.pk}/").json()
    changed = api.patch(f"products/{beef.pk}/", {"unit": "LB"}, version=record["version"])
    assert changed.status_code == 200, changed.content
    beef.refresh_from_db()
    shop.stock_up(beef, "3")
    refused = api.patch(f"products/{beef.pk}/", {"unit": "KG"}, version=changed.json()["version"])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "unit")
    refused = api.patch(f"products/{beef.pk}/", {"tracks_lots": True}, version=changed.json()["version"])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "tracks_lots")


def test_a_category_is_never_part_of_itself(api: Api) -> None:
    upper = api.post("categories/", {"code": "A", "name": "A"}).json()
    lower = api.post("categories/", {"code": "B", "name": "B", "parent": "A"}).json()
    refused = api.patch(f"categories/{upper['id']}/", {"parent": lower["id"]}, version=upper["version"])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "parent")


def test_products_below_their_minimum_are_found_by_name_of_the_filter(api: Api, shop: Shop) -> None:
    low, enough = (
        shop.product("LOW", minimum_level=Decimal(5)),
        shop.product("ENOUGH", minimum_level=Decimal(5)),
    )
    shop.product("UNWATCHED")
    shop.stock_up(low, "4")
    shop.stock_up(enough, "5")
    rows = api.get("products/", filter="below_minimum").json()["results"]
    assert [(row["code"], row["on_hand"]) for row in rows] == [("LOW", "4.000000")]


def test_a_unit_is_worth_what_its_pack_or_its_dimension_says(shop: Shop) -> None:
    beef, salt = shop.product(), shop.product("SALT", unit="EA")
    shop.pack(beef, "CASE", "12.5")
    table = UnitTable.load(shop.actor, [beef, salt])
    worth = {code: table.factor(beef, unit.pk) for code, unit in shop.units.items()}
    assert worth == {"KG": 1, "LB": Decimal("0.45359237"), "CASE": Decimal("12.5"), "EA": None}
    assert table.factor(salt, shop.units["CASE"].pk) is None


@pytest.mark.parametrize("name", ["stock-balances", "stock-moves"])
def test_stock_is_only_changed_by_operations(api: Api, shop: Shop, name: str) -> None:
    shop.stock_up(shop.product(), "3")
    row = api.get(f"{name}/").json()["results"][0]
    detail = api.get(f"{name}/{row['id']}/").json()
    assert {column: detail[column] for column in row} == row
    for method, path in (
        ("POST", f"{name}/"),
        ("PATCH", f"{name}/{row['id']}/"),
        ("DELETE", f"{name}/{row['id']}/"),
    ):
        assert api.call(method, path, {}, version=row["version"]).status_code in (403, 405)
