"""A scanned code is known by what it is: exactly, in a fixed order, within the rights and the organization."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.accounts.models import FieldRule, UserRole
from server.accounts.rights import rights_changed
from server.core.resources.scanning import all_labels, candidates, kinds
from server.hr.models import Employee
from server.inventory.gtin import forms_of
from server.inventory.models import Barcode, Lot, SupplierPrice
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db

EAN = "4006381333931"


@pytest.fixture
def shop(actor: Any) -> Shop:
    return Shop(actor)


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, every_permission())


def found(api: Api, code: str, **query: str) -> list[dict[str, Any]]:
    response = api.get("resolve/", code=code, **query)
    assert response.status_code == 200, response.content
    return list(response.json()["candidates"])


def barcode(shop: Shop, code: str = EAN, unit: str | None = None) -> Barcode:
    return Barcode.objects.create(
        organization_id=shop.actor.organization_id,
        code=code,
        product=shop.product(),
        unit=shop.units[unit] if unit else None,
    )


def test_a_barcode_stands_for_its_product_and_says_what_one_scan_counts(api: Api, shop: Shop) -> None:
    beef = shop.product("BEEF", unit="LB", tracks_lots=True)
    shop.pack(beef, "CASE", "20")
    barcode(shop, unit="CASE")
    (item,) = found(api, EAN)
    assert (item["kind"], item["by"], item["resource"], item["id"]) == (
        "item",
        "barcodes.code",
        "products",
        beef.pk,
    )
    assert (item["code"], item["label"], item["tracks_lots"]) == ("BEEF", "BEEF Beef", True)
    assert float(item["counts"]) == 20
    units = {each["code"]: each for each in item["units"]}
    assert float(units["LB"]["kg"]) == 0.45359237 and units["LB"]["is_weight"]
    assert float(units["CASE"]["kg"]) == pytest.approx(9.0718474) and not units["CASE"]["is_weight"]


@pytest.mark.parametrize("scanned", [EAN, f"0{EAN}"])
def test_an_item_number_is_found_with_and_without_its_leading_zeros(
    api: Api, shop: Shop, scanned: str
) -> None:
    barcode(shop)
    assert [each["code"] for each in found(api, scanned)] == ["BEEF"]
    assert forms_of("12345") == ("12345",), "what is no item number keeps its zeros"


def test_every_kind_is_found_by_its_own_label_in_the_fixed_order(api: Api, shop: Shop) -> None:
    own = {"organization_id": shop.actor.organization_id}
    beef = shop.product()
    order = shop.order((beef, "5"))
    Lot.objects.create(code="MAIN", product=beef, **own)
    Employee.objects.create(badge="MAIN", first_name="Ada", last_name="Byron", hired_on="2026-01-01", **own)
    SupplierPrice.objects.create(
        product=beef, supplier=shop.supplier, supplier_item_code="MAIN", unit=shop.units["KG"], price=1,
        currency="USD", **own,
    )  # fmt: skip
    both = found(api, "MAIN")
    assert [each["kind"] for each in both] == ["item", "location", "lot", "person"]
    assert both[1]["code"] == "MAIN" and both[2]["product_code"] == "BEEF" and "Ada" in both[3]["label"]
    assert [each["kind"] for each in found(api, order.number)] == ["order"]
    assert [each["kind"] for each in found(api, "MAIN", kinds="lot,person")] == ["lot", "person"]
    assert found(api, "NOTHING") == []


def test_each_label_costs_one_statement_however_many_bear_the_code(shop: Shop) -> None:
    own = {"organization_id": shop.actor.organization_id}

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            candidates(shop.actor, "L-1")
        return len(queries)

    Lot.objects.create(code="L-1", product=shop.product("A"), **own)
    one = statements()
    for code in "BCDE":
        Lot.objects.create(code="L-1", product=shop.product(code), **own)
    assert statements() == one == len(all_labels())


def test_only_what_the_role_may_see_is_found(organization: Organization, shop: Shop) -> None:
    barcode(shop)
    without_barcodes = sign_in(organization, frozenset({"products.view", "locations.view"}), "clerk")
    assert found(without_barcodes, EAN) == []
    assert [each["kind"] for each in found(without_barcodes, "BEEF")] == ["item"]
    without_products = sign_in(organization, frozenset({"barcodes.view"}), "other")
    assert found(without_products, EAN) == []


def test_a_hidden_field_neither_finds_nor_shows(organization: Organization, shop: Shop) -> None:
    shop.product()
    api = sign_in(organization, frozenset({"products.view"}))
    role = UserRole.objects.within(organization).get(user=api.user).role

    def hide(field: str) -> None:
        FieldRule.objects.create(
            organization=organization, role=role, resource="products", field=field, access="hidden"
        )
        rights_changed(organization.pk)

    assert [each["label"] for each in found(api, "BEEF")] == ["BEEF Beef"]
    hide("tracks_lots")
    hide("unit")
    (item,) = found(api, "BEEF")
    assert not {"tracks_lots", "unit", "units", "counts"} & set(item), (
        "what goods are counted in is told by each"
    )
    hide("name")
    assert [each["label"] for each in found(api, "BEEF")] == ["BEEF"]
    hide("code")
    assert found(api, "BEEF") == []


def test_another_organizations_labels_do_not_exist(
    api: Api, other_organization: Organization, stranger: Any
) -> None:
    theirs = Shop(stranger)
    barcode(theirs)
    for code in (EAN, "BEEF", "MAIN"):
        assert found(api, code) == []


def test_a_code_must_be_given_and_a_kind_be_known(api: Api) -> None:
    assert api.get("resolve/").status_code == 400
    assert api.get("resolve/", code="x" * 201).status_code == 400
    assert "item" in api.get("resolve/", code="x", kinds="thing").json()["detail"]
    assert found(api, "a\x00b") == []
    assert kinds()[0] == "item"
