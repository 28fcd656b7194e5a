"""The mapping as a document: out of one session, into another, in YAML or JSON, with every error at its path."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.imports.mapping.documents import as_yaml, document_of, lay_down, map_anew, read_yaml
from server.imports.models import ImportMappingMemory, ImportSession
from server.inventory.models import Category, Product, UnitOfMeasure
from server.organizations.models import Organization
from tests.server.imports.sessions import apply, take_in, upload, validate

pytestmark = pytest.mark.django_db

DATA = "Nr;Bez;Gruppe;Preis\nP1;Butter;Milch;3,50\nP2;Ham;n/a;1,20\nP3;Old;weg;1,00\nP4;New;Neu;2,00\n"
DOCUMENT = """
version: 1
into: products
mode: insert
on_duplicate: skip
fields:
  code: {column: nr}
  name:
    column: Bez
  unit: {constant: kg}
  category:
    column: Gruppe
    by: name
    values: {Milch: "code:DAIRY"}
    create: {Neu: {code: NEW, name: New things}}
    skip: {n/a: cell, weg: row}
  standard_cost: {number: 4, decimal_mark: ","}
"""


@pytest.fixture(autouse=True)
def catalogue(organization: Organization) -> None:
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    Category.objects.create(organization=organization, code="DAIRY", name="Dairy")


def laid(actor: SecurityContext, document: Any, data: str = DATA) -> ImportSession:
    return lay_down(actor, upload(actor, data, into="products"), document)


def test_a_document_maps_a_file_and_does_what_it_says(
    actor: SecurityContext, organization: Organization
) -> None:
    session = laid(actor, read_yaml(DOCUMENT))
    assert (session.mode, session.on_duplicate) == ("insert", "skip")
    assert set(session.mapped_by.values()) == {"document"}
    apply(actor, validate(actor, session))
    there = set(Product.objects.within(organization).values_list("code", "category__code"))
    assert there == {("P1", "DAIRY"), ("P2", None), ("P4", "NEW")}


def test_out_of_one_session_it_goes_into_another_with_other_columns(actor: SecurityContext) -> None:
    first = laid(actor, read_yaml(DOCUMENT))
    text = as_yaml(document_of(first, "code"))
    assert "column: Gruppe" in text
    moved = "Preis;Gruppe;Bez;Nr\n3,50;Milch;Butter;P1\n"
    second = laid(actor, read_yaml(text), moved)
    assert second.mapping["category"] == {**first.mapping["category"], "column": 1}
    assert second.mapping["standard_cost"] == {"column": 0, "decimal_mark": ","}
    assert document_of(second, "code") == document_of(first, "code")


def test_texts_stay_texts(actor: SecurityContext) -> None:
    document = read_yaml("version: 1\nfields: {country: {constant: NO, values: {1: on, 007: 1.50, x: }}}\n")
    assert document == {
        "version": 1,
        "fields": {"country": {"constant": "NO", "values": {"1": "on", "007": "1.50", "x": None}}},
    }


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        ({}, "version", "required"),
        ({"version": 2}, "version", "not_a_choice"),
        ({"into": "suppliers"}, "into", "contradiction"),
        ({"color": 1}, "color", "unknown"),
        ({"mode": "merge"}, "mode", "not_a_choice"),
        ({"match_on": "name"}, "match_on", "not_a_choice"),
        ({"fields": {"colour": {"column": "Nr"}}}, "fields.colour", "unknown"),
        ({"fields": {"code": {"column": "Nummer"}}}, "fields.code.column", "unknown"),
        ({"fields": {"code": {"number": 5}}}, "fields.code.number", "unknown"),
        ({"fields": {"code": {"number": 0}}}, "fields.code.number", "invalid"),
        ({"fields": {"code": {"column": "Nr", "constant": "x"}}}, "fields.code", "invalid"),
        ({"fields": {"code": {"column": "Nr", "script": "x"}}}, "fields.code.script", "unknown"),
        ({"fields": {"code": {"column": "Nr", "by": "name"}}}, "fields.code.by", "invalid"),
        ({"fields": {"category": {"column": "Nr", "by": "parent"}}}, "fields.category.by", "not_a_choice"),
        (
            {"fields": {"category": {"column": "Nr", "create": {"x": {"name": "X"}}}}},
            "fields.category.create.x.code",
            "required",
        ),
        (
            {"fields": {"category": {"column": "Nr", "skip": {"x": "file"}}}},
            "fields.category.skip.x",
            "not_a_choice",
        ),
    ],
)
def test_every_error_stands_at_its_path(actor: SecurityContext, document: Any, field: str, code: str) -> None:
    whole = {"version": 1, "into": "products", "fields": {}, **document} if document else {}
    with pytest.raises(Invalid) as caught:
        laid(actor, whole)
    assert (field, code) in [(error.field, error.code) for error in caught.value.errors]


def test_an_unknown_column_is_told_with_those_that_there_are(actor: SecurityContext) -> None:
    document = {"version": 1, "into": "products", "fields": {"code": {"column": "Nummer"}}}
    with pytest.raises(Invalid) as caught:
        laid(actor, document)
    assert "Nr, Bez, Gruppe, Preis" in caught.value.errors[0].message


def test_of_two_columns_of_one_name_the_number_is_asked_for(actor: SecurityContext) -> None:
    document = {"version": 1, "into": "products", "fields": {"code": {"column": "Code"}}}
    with pytest.raises(Invalid) as caught:
        laid(actor, document, "Code;Code;Name\nP1;2;Butter\n")
    assert caught.value.errors[0].code == "ambiguous"


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x\n",
        "a: 1\na: 2\n",
        "a: [",
        "a: !!python/object/apply:os.system [true]\n",
        "[" * 5_000,
        "a: " * 400,
    ],
)
def test_what_is_no_document_or_a_trap_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_yaml(text)


def test_what_is_remembered_is_forgotten_on_demand(
    actor: SecurityContext, organization: Organization
) -> None:
    mapping = {"code": {"column": 1}, "name": {"column": 0}}
    take_in(actor, "Name,Code\nAlder,S1\n", mapping=mapping, mode="insert", match_on="code")
    take_in(actor, "Name,Code\nBirch,S2\n", mapping={**mapping, "city": {"constant": "Salem"}})
    session = upload(actor, "Name,Code\nCedar,S3\n")
    assert session.mapped_by["city"] == "memory"
    map_anew(actor, session)
    assert session.mapping == mapping and set(session.mapped_by.values()) == {"name"}
    assert not ImportMappingMemory.objects.within(organization).exists()
