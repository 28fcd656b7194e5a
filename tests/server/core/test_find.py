"""`GET /find/`: what is this, exactly first, and nothing that the one who asks may not see."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.accounts.models import FieldRule, Role
from server.accounts.rights import rights_changed
from server.core.resources import all_resources, finding, named_rows
from server.core.resources.finding import Search, find, is_findable
from server.core.time_limit import TimedReads, TookTooLong
from server.inventory.models import Barcode, Product, UnitOfMeasure
from server.partners.models import Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create

pytestmark = pytest.mark.django_db

FINDABLE = [
    name
    for name, resource in sorted(all_resources().items())
    if "create" in resource.operations and is_findable(resource)
]


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def product(organization: Any, code: str, name: str, **more: Any) -> Product:
    unit, _made = UnitOfMeasure.objects.within(organization).get_or_create(
        organization=organization, code="PC", defaults={"name": "Piece"}
    )
    made: Product = Product.objects.create(organization=organization, code=code, name=name, unit=unit, **more)
    return made


def hits(api: Api, q: str, **more: Any) -> list[tuple[str, str, bool]]:
    response = api.get("find/", q=q, **more)
    assert response.status_code == 200, response.content
    return [
        (group["resource"], hit["code"], hit["exact"])
        for group in response.json()["groups"]
        for hit in group["hits"]
    ]


@pytest.mark.parametrize("name", FINDABLE)
def test_every_record_that_has_a_name_is_found_by_it_exactly(api: Api, name: str) -> None:
    record = create(api, name)
    resource = all_resources()[name]
    code = str(record[resource.key] or "")
    if not code:
        pytest.skip("this sample has no code")
    found = api.get("find/", q=code).json()
    exact = [hit for group in found["groups"] for hit in group["hits"] if hit["exact"]]
    meant = record[resource.stands_for] if resource.stands_for else record["id"]
    assert meant in [hit["id"] for hit in exact], found
    assert found["unsearched"] == []


def test_an_exact_code_comes_first_then_what_begins_so_then_names(api: Api, organization: Any) -> None:
    product(organization, "4711", "Soap")
    product(organization, "4711-B", "Blue soap")
    product(organization, "A-1", "Cologne 4711")
    assert hits(api, "4711") == [
        ("products", "4711", True),
        ("products", "4711-B", False),
        ("products", "A-1", False),
    ]


def test_a_code_typed_in_small_letters_is_the_same_code(api: Api, organization: Any) -> None:
    product(organization, "WIDGET-1", "Widget")
    assert hits(api, "widget-1") == [("products", "WIDGET-1", True)]


def test_an_external_id_and_a_tax_id_name_a_record_exactly_and_say_which_field_it_was(
    api: Api, organization: Any
) -> None:
    Partner.objects.create(
        organization=organization,
        code="S1",
        name="Prairie",
        is_supplier=True,
        tax_id="12-345",
        external_id="OLD-9",
    )
    for text, title in (("12-345", "tax_id"), ("OLD-9", "external_id")):
        group = api.get("find/", q=text).json()["groups"][0]
        assert (group["resource"], group["hits"][0]["field"], group["hits"][0]["exact"]) == (
            "suppliers",
            title,
            True,
        )


def test_a_barcode_finds_the_product_that_it_is_on(api: Api, organization: Any) -> None:
    widget = product(organization, "P1", "Widget")
    Barcode.objects.create(organization=organization, product=widget, code="4006381333931")
    found = api.get("find/", q="4006381333931").json()["groups"]
    assert [(group["resource"], [hit["id"] for hit in group["hits"]]) for group in found] == [
        ("products", [widget.pk])
    ]
    assert found[0]["hits"][0]["exact"] and found[0]["hits"][0]["code"] == "P1"


def test_a_party_in_two_roles_is_found_once(api: Api, organization: Any) -> None:
    Partner.objects.create(
        organization=organization, code="S1", name="Both", is_supplier=True, is_customer=True
    )
    Partner.objects.create(organization=organization, code="S2", name="One", is_supplier=True)
    assert hits(api, "S1") == [("partners", "S1", True)]
    assert hits(api, "S2") == [("suppliers", "S2", True)]


def test_a_resource_that_the_role_may_not_list_is_not_searched(organization: Any) -> None:
    product(organization, "4711", "Soap")
    seeing = sign_in(organization, frozenset({"products.view"}), "seeing")
    blind = sign_in(organization, frozenset({"suppliers.view"}), "blind")
    assert hits(seeing, "4711") == [("products", "4711", True)]
    assert hits(blind, "4711") == []


def test_a_hidden_field_is_neither_searched_nor_shown(api: Api, organization: Any) -> None:
    product(organization, "4711", "Secret soap", external_id="OLD-4711")
    for role in Role.objects.within(organization):
        for name in ("name", "external_id"):
            FieldRule.objects.create(
                organization=organization, role=role, resource="products", field=name, access="hidden"
            )
    rights_changed(organization.pk)
    assert hits(api, "Secret") == []
    assert hits(api, "OLD-4711") == []
    response = api.get("find/", q="4711")
    assert [hit["label"] for hit in response.json()["groups"][0]["hits"]] == ["4711"]
    assert "Secret" not in response.content.decode()


def test_more_than_asked_for_is_said_and_not_listed(api: Api, organization: Any) -> None:
    for number in range(4):
        product(organization, f"P{number}", "Soap")
    group = api.get("find/", q="soap", limit=3).json()["groups"][0]
    assert (len(group["hits"]), group["more"]) == (3, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"q": "a", "limit": "0"}, "limit"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_at_its_field(
    api: Api, query: dict[str, str], field: str
) -> None:
    response = api.get("find/", **query)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE", "[/x]", "\\", "½", "a" * 200])
def test_hostile_text_finds_nothing_and_breaks_nothing(api: Api, organization: Any, text: str) -> None:
    product(organization, "4711", "Soap")
    assert hits(api, text) == []


def test_what_there_was_no_time_for_is_named(actor: Any, organization: Any) -> None:
    product(organization, "4711", "Soap")
    found = find(actor, "4711", seconds=0.0)
    assert found["groups"] == [] and "products" in found["unsearched"]


def test_a_resource_that_takes_too_long_leaves_the_others_found(
    actor: Any, organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    product(organization, "4711", "Soap")
    whole = Search._hits

    def slow(self: Search, wanted: Any) -> Any:
        if any(resource.name == "lots" for resource, _inside in wanted):
            raise TookTooLong
        return whole(self, wanted)

    monkeypatch.setattr(Search, "_hits", slow)
    found = find(actor, "4711")
    assert found["unsearched"] == ["lots"]
    assert [group["resource"] for group in found["groups"]] == ["products"]


def test_where_words_take_too_long_the_exact_code_is_still_found(
    actor: Any, organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    product(organization, "4711", "Soap")
    product(organization, "A-1", "Cologne 4711")
    whole = Search._hits

    def slow(self: Search, wanted: Any) -> Any:
        if any(inside for _resource, inside in wanted):
            raise TookTooLong
        return whole(self, wanted)

    monkeypatch.setattr(Search, "_hits", slow)
    found = find(actor, "4711")
    assert [hit["code"] for group in found["groups"] for hit in group["hits"]] == ["4711"]
    assert "products" in found["unsearched"]


def test_one_statement_for_all_resources_and_one_for_each_that_has_a_hit(
    actor: Any, organization: Any
) -> None:
    widget = product(organization, "4711", "Soap")
    for number in range(9):
        made = product(organization, f"4711-{number}", "Soap 4711")
        Barcode.objects.create(organization=organization, product=made, code=f"4711{number}")
    Barcode.objects.create(organization=organization, product=widget, code="4711")
    find(actor, "4711 x")
    with CaptureQueriesContext(connection) as queries:
        found = find(actor, "4711")
    asked = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert found["groups"][0]["hits"][0]["code"] == "4711"
    assert len(asked) == 3, "where it is; then the products, and the barcodes with their products"


def test_where_all_together_take_too_long_each_is_asked_by_itself(
    actor: Any, organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    product(organization, "4711", "Soap")
    product(organization, "A-1", "Cologne 4711")
    together = find(actor, "4711")
    whole = Search._hits

    def slow(self: Search, wanted: Any) -> Any:
        if len(wanted) > 1:
            raise TookTooLong
        return whole(self, wanted)

    monkeypatch.setattr(Search, "_hits", slow)
    assert find(actor, "4711") == together
    assert len(together["groups"][0]["hits"]) == 2 and together["unsearched"] == []


def test_more_resources_than_a_compound_statement_takes_are_asked_in_several(
    actor: Any, organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    product(organization, "4711", "Soap")
    Partner.objects.create(organization=organization, code="4711", name="Prairie", is_supplier=True)
    together = find(actor, "4711")
    monkeypatch.setattr(named_rows, "_MOST_PARTS", 3)
    assert find(actor, "4711") == together
    assert [group["resource"] for group in together["groups"]] == ["suppliers", "products"]


def test_a_record_that_goes_while_it_is_looked_for_is_not_there(
    actor: Any, organization: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = product(organization, "4711", "Soap")
    product(organization, "4711-B", "Blue soap")
    whole = finding.near_keys

    def going(*asked: Any) -> Any:
        found = whole(*asked)
        Product.objects.within(organization).filter(pk=gone.pk).delete()
        return found

    monkeypatch.setattr(finding, "near_keys", going)
    found = find(actor, "4711")
    assert [hit["code"] for group in found["groups"] for hit in group["hits"]] == ["4711-B"]


def test_a_text_that_no_column_could_hold_is_not_looked_for(actor: Any, organization: Any) -> None:
    product(organization, "4711", "Soap")
    with CaptureQueriesContext(connection) as queries:
        assert find(actor, "x" * 200)["groups"] == []
    assert not [query for query in queries if '"inventory_product"."code" IN' in query["sql"]]


def test_a_read_that_takes_longer_than_allowed_is_ended_and_the_connection_goes_on() -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    started = time.monotonic()
    with TimedReads() as reads, pytest.raises(TookTooLong), reads.at_most(0.1), connection.cursor() as cursor:
        cursor.execute(endless)
    assert time.monotonic() - started < 60, "it ended by itself"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_after_a_read_that_took_too_long_the_next_ones_are_timed_anew() -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with TimedReads() as reads:
        for _time in range(2):
            with pytest.raises(TookTooLong), reads.at_most(0.05), connection.cursor() as cursor:
                cursor.execute(endless)
            with reads.at_most(1.0), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                assert cursor.fetchone() == (1,)


def test_the_limit_is_told_once_for_the_whole_search(actor: Any, organization: Any) -> None:
    """On PostgreSQL a savepoint and a limit around each of thirty tables would be most of a search."""
    find(actor, "4711")
    with CaptureQueriesContext(connection) as queries:
        find(actor, "4711")
    others = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    # A savepoint, the limit, back to the savepoint and its release.
    assert len(others) <= 4, others
    assert [sql for sql in others if "statement_timeout" in sql][1:] == []
