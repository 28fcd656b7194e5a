"""Columns find their fields by name, and a layout once mapped is known again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from server.imports.mapping.columns import (
    Source,
    fingerprint,
    known_names,
    parse_mapping,
    plain_name,
    suggest,
)


class Field(NamedTuple):
    name: str
    names: Sequence[str] = ()


FIELDS = [
    Field("code", ["Code", "EstNumber", "SKU"]),
    Field("name", ["Name", "Company", "Supplier"]),
    Field("phone", ["Telephone"]),
    Field("postal_code", ["Postal code", "Zip"]),
]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("EstNumber", "est number"),
        (" Est. Number ", "est number"),
        ("DBAs", "db as"),
        ("Größe_cm", "grosse cm"),
    ],
)
def test_a_name_is_known_however_it_is_written(text: str, plain: str) -> None:
    assert plain_name(text) == plain


def test_columns_are_mapped_by_name_synonym_and_nearness() -> None:
    found = suggest(["est_number", "COMPANY", "Telephon", "ZIP", "Activities"], FIELDS)
    assert found == {
        "code": Source(column=0),
        "name": Source(column=1),
        "phone": Source(column=2),
        "postal_code": Source(column=3),
    }


def test_one_column_serves_one_field_and_the_exact_name_wins() -> None:
    found = suggest(["Supplier", "Name"], FIELDS)
    assert found == {"name": Source(column=1)}


def test_known_names_are_names_titles_and_synonyms() -> None:
    assert {"code", "sku", "est number", "zip"} <= known_names(FIELDS)


def test_the_fingerprint_is_that_of_the_names_not_of_the_bytes() -> None:
    first = fingerprint(["SKU", "Name"], header_row=1, delimiter=",", quote='"')
    assert first == fingerprint([" sku", "NAME"], header_row=3, delimiter=";", quote='"')
    assert first != fingerprint(["Name", "SKU"], header_row=1, delimiter=",", quote='"')
    assert first == fingerprint(["SKU", "Name", "reason"], header_row=1, delimiter=",", quote='"')
    assert fingerprint(["Column 1"] * 3, header_row=0, delimiter="^", quote="~") != fingerprint(
        ["Column 1"] * 4, header_row=0, delimiter="^", quote="~"
    )


def test_a_mapping_comes_back_as_it_was_given() -> None:
    data = {
        "code": {"column": 0},
        "name": {"constant": "x"},
        "phone": {"column": 1, "values": {"none": ""}, "date_order": "DMY", "decimal_mark": ","},
    }
    sources, flaws = parse_mapping(data, columns=2, targets=FIELDS)
    assert flaws == {}
    assert {field: source.as_json() for field, source in sources.items()} == data


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"column": 2}, "not_a_choice"),
        ({"column": -1}, "not_a_choice"),
        ({"column": True}, "not_a_choice"),
        ({"column": 0, "constant": "x"}, "invalid"),
        ({}, "invalid"),
        ("code", "invalid"),
        ({"column": 0, "date_order": "YDM"}, "not_a_choice"),
        ({"column": 0, "script": "x"}, "invalid"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_refused(entry: Any, code: str) -> None:
    sources, flaws = parse_mapping({"code": entry}, columns=2, targets=FIELDS)
    assert sources == {} and flaws["mapping.code"].code == code


def test_an_unknown_field_is_refused_by_name() -> None:
    _, flaws = parse_mapping({"colour": {"column": 0}}, columns=2, targets=FIELDS)
    assert flaws["mapping.colour"].code == "unknown"
