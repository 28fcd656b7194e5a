"""Modes, fields to match on, look-ups by other names, columns known by their contents, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.models import User
from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.imports.models import ImportMappingMemory, ImportSession
from server.imports.planning.problems import also_open
from server.imports.services import change_session
from server.inventory.models import Category, Product, UnitOfMeasure
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import apply, issues, plans, take_in, upload, validate

pytestmark = pytest.mark.django_db

STATUSES = ("created", "updated", "unchanged", "refused")


def counts(session: ImportSession) -> tuple[int, ...]:
    return tuple(session.counts[name] for name in STATUSES)


@pytest.mark.parametrize(
    ("mode", "on_duplicate", "statuses"),
    [
        # rows: there already, new, new again
        ("insert", "refuse", ("refused", "created", "refused")),
        ("insert", "skip", ("unchanged", "created", "unchanged")),
        ("insert", "update", ("refused", "unchanged", "created")),
        ("update", "refuse", ("updated", "refused", "refused")),
        ("update", "skip", ("updated", "refused", "unchanged")),
        ("update", "update", ("updated", "unchanged", "refused")),
        ("upsert", "refuse", ("updated", "created", "refused")),
        ("upsert", "skip", ("updated", "created", "unchanged")),
        ("upsert", "update", ("updated", "unchanged", "created")),
    ],
)
def test_every_mode_and_treatment_of_duplicates_does_what_the_table_says(
    actor: SecurityContext, organization: Organization, mode: str, on_duplicate: str, statuses: Any
) -> None:
    Partner.objects.create(organization=organization, code="S1", name="Old", is_supplier=True)
    data = "code,name\nS1,New\nS2,Birch\nS2,Birch two\n"
    session = validate(actor, upload(actor, data, mode=mode, on_duplicate=on_duplicate))
    assert tuple(plan.status for plan in plans(session)) == statuses
    for plan in plans(session):
        if plan.status == "unchanged":
            assert [issue.level for issue in plan.issues] == ["warning"], "nothing is left out in silence"


def test_rows_find_their_records_by_the_external_id(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, "code,name,external_id\nS1,Alder,E1\nS2,Birch,E2\n")
    session = upload(actor, "External id,City\nE2,Salem\nE9,Nowhere\n", mode="update", match_on="external_id")
    validate(actor, session)
    assert counts(session) == (0, 1, 0, 1)
    assert list(issues(session)) == [(3, "external_id", "not_found", "error")]
    apply(actor, session)
    birch = Partner.objects.within(organization).get(code="S2")
    assert (birch.city, birch.name, birch.version) == ("Salem", "Birch", 2)


def test_matched_on_the_external_id_a_code_may_change_but_not_to_a_taken_one(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, "code,name,external_id\nS1,Alder,E1\nS2,Birch,E2\n")
    data = "code,name,external_id\nS1,Birch,E2\nS7,Alder,E1\n,Cedar,E3\n"
    session = validate(actor, upload(actor, data, match_on="external_id"))
    assert [(row, field, code) for row, field, code, _level in issues(session)] == [
        (2, "code", "duplicate"),
        (4, "code", "required"),
    ]
    apply(actor, session)
    assert set(Partner.objects.within(organization).values_list("code", "external_id")) == {
        ("S7", "E1"),
        ("S2", "E2"),
    }


def test_what_is_not_unique_is_nothing_to_match_on(actor: SecurityContext) -> None:
    with pytest.raises(Invalid) as caught:
        upload(actor, "code,name\nS1,Alder\n", match_on="name")
    assert caught.value.errors[0].field == "match_on" and "external_id" in caught.value.errors[0].message


@pytest.fixture
def colleague(organization: Organization, make_actor: Callable[..., SecurityContext]) -> SecurityContext:
    return make_actor(organization, user_id=User.objects.create(username="colleague").pk)


@pytest.fixture
def catalogue(organization: Organization) -> None:
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    for code, name, external in (("DAIRY", "Milk and cheese", "c-1"), ("MEAT", "Meat", "c-2")):
        Category.objects.create(organization=organization, code=code, name=name, external_id=external)


@pytest.mark.parametrize(
    ("by", "text"), [(None, "DAIRY"), ("name", "Milk and cheese"), ("external_id", "c-1")]
)
def test_a_reference_is_found_by_code_name_or_external_id(
    actor: SecurityContext, organization: Organization, catalogue: None, by: str | None, text: str
) -> None:
    mapping: dict[str, Any] = {
        "code": {"column": 0},
        "name": {"column": 0},
        "unit": {"constant": "kg"},
        "category": {"column": 1, **({"by": by} if by else {})},
    }
    data = f"c,f\nP1,{text}\nP2,code:MEAT\n"
    session = take_in(actor, data, into="products", mapping=mapping)
    assert counts(session) == (2, 0, 0, 0), list(issues(session))
    there = dict(Product.objects.within(organization).values_list("code", "category__code"))
    assert there == {"P1": "DAIRY", "P2": "MEAT"}
    assert counts(validate(actor, upload(actor, data, into="products"))) == (0, 0, 2, 0)


def test_a_name_that_means_several_records_is_ambiguous(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    Category.objects.create(organization=organization, code="MEAT2", name="Meat")
    mapping = {
        "code": {"column": 0},
        "name": {"column": 0},
        "unit": {"constant": "kg"},
        "category": {"column": 1, "by": "name"},
    }
    session = validate(actor, upload(actor, "c,f\nP1,Meat\n", into="products", mapping=mapping))
    assert list(issues(session)) == [(2, "category", "ambiguous", "error")]


def test_a_field_to_look_up_by_must_name_records(actor: SecurityContext) -> None:
    session = upload(actor, "code,name\nP1,Butter\n", into="products")
    with pytest.raises(Invalid) as caught:
        change_session(actor, session, {"mapping": {"category": {"column": 1, "by": "parent"}}})
    assert caught.value.errors[0].field == "mapping.category.by"


def test_every_field_says_how_it_came_to_its_column(
    actor: SecurityContext, organization: Organization, catalogue: None
) -> None:
    data = "SKU;Name;Unt;Family of things\nP1;Butter;kg;Milk and cheese\nP2;Ham;kg;Meat\n"
    session = upload(actor, data, into="products")
    assert session.mapped_by["code"] == "synonym" and session.mapped_by["name"] == "name"
    assert session.mapped_by["category"] == "content"
    assert session.mapping["category"] == {"column": 3, "by": "name"}
    mapping = {**session.mapping, "unit": {"column": 2}}
    change_session(actor, session, {"mapping": mapping})
    assert session.mapped_by["unit"] == "hand" and session.mapped_by["category"] == "content"
    apply(actor, validate(actor, session))
    assert set(upload(actor, data, into="products").mapped_by.values()) == {"memory"}


@pytest.mark.parametrize(
    ("texts", "by"),
    [
        (("Milk and cheese", "Bread", "Cake"), "name"),
        (("Bread", "Cake"), None),
        (("DAIRY", "Meat", "Bread"), None),
        (("c-1", "c-9"), None),
    ],
    ids=[
        "a name is known",
        "none is",
        "codes and names",
        "an external id that is like ours by chance",
    ],
)
def test_a_column_with_its_own_heading_is_read_by_name_where_more_names_than_keys_are_known(
    actor: SecurityContext, catalogue: None, texts: tuple[str, ...], by: str | None
) -> None:
    rows = "".join(f"P{number},{text}\n" for number, text in enumerate(texts))
    session = upload(actor, f"Code,Category\n{rows}", into="products")
    assert session.mapping["category"].get("by") == by


@pytest.mark.parametrize(
    ("into", "heads"),
    [
        (
            "suppliers",
            {"supplier_id": "code", "company_name": "name", "region": "state", "homepage": "website"},
        ),
        ("customers", {"customer_id": "code", "company_name": "name"}),
        ("products", {"product_id": "code", "product_name": "name", "category_id": "category"}),
        ("products", {"unit_price": "list_price", "reorder_level": "minimum_level"}),
        ("employees", {"Personnel no.": "badge", "Hired": "hired_on", "reports_to": "manager"}),
        (
            "purchase-orders",
            {"Reference": "external_id", "Target date": "expected_on", "SKU": "lines.product"},
        ),
    ],
)
def test_the_headings_of_real_systems_are_known(
    actor: SecurityContext, into: str, heads: dict[str, str]
) -> None:
    session = upload(actor, ",".join(heads) + "\n" + ",".join("x" for _head in heads) + "\n", into=into)
    columns = list(heads)
    found = {columns[source["column"]]: name for name, source in session.mapping.items()}
    assert found == heads


def test_two_columns_that_look_alike_are_left_to_a_person(actor: SecurityContext, catalogue: None) -> None:
    data = "SKU;Name;First;Second\nP1;Butter;DAIRY;MEAT\nP2;Ham;MEAT;DAIRY\n"
    assert "category" not in upload(actor, data, into="products").mapping


def test_the_newest_mapping_of_a_layout_is_remembered_with_its_modes(
    actor: SecurityContext, organization: Organization
) -> None:
    first = {"code": {"column": 1}, "name": {"column": 0}}
    take_in(actor, "Wer,Nr\nAlder,S1\n", mapping=first)
    newest = {**first, "external_id": {"column": 1}, "country": {"constant": "US"}}
    take_in(actor, "Wer,Nr\nBirch,S2\n", mapping=newest, mode="insert", match_on="external_id")
    following = upload(actor, "Wer,Nr\nCedar,S3\n")
    assert (following.mapping, following.mode, following.match_on) == (newest, "insert", "external_id")
    assert ImportMappingMemory.objects.within(organization).count() == 1


def test_two_people_with_the_same_file_are_told_of_each_other(
    actor: SecurityContext, stranger: SecurityContext, organization: Organization, colleague: SecurityContext
) -> None:
    data = "code,name\nS1,Alder\n"
    mine, theirs = upload(actor, data), upload(colleague, data)
    assert [(told["code"], told["user"], told["session"]) for told in also_open(mine)] == [
        ("also_open", "colleague", theirs.pk)
    ]
    assert [told["session"] for told in also_open(theirs)] == [mine.pk]
    assert also_open(upload(stranger, data)) == [], "another organization's file is nobody's business"
    apply(colleague, validate(colleague, theirs))
    assert also_open(mine) == []
    assert validate(actor, mine).known_file and counts(mine) == (0, 0, 1, 0)
