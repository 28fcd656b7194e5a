"""What a filter may go on with."""

from __future__ import annotations

import pytest

from erp_tui.core.commands.filter_completion import quoted, suggestions
from erp_tui.core.remote.models import Description

pytestmark = pytest.mark.client

ORDERS = Description.model_validate(
    {
        "name": "purchase-orders",
        "title": "Purchase orders",
        "fields": [
            {"name": "number", "title": "Number", "type": "code", "filterable": True},
            {
                "name": "state",
                "title": "State",
                "type": "choice",
                "filterable": True,
                "choices": [
                    {"value": "draft", "title": "Draft"},
                    {"value": "confirmed", "title": "Confirmed"},
                ],
            },
            {
                "name": "supplier",
                "title": "Supplier",
                "type": "reference",
                "reference": "suppliers",
                "display": ["supplier_code", "supplier_name"],
                "filterable": True,
            },
            {"name": "rush", "title": "Rush", "type": "boolean", "filterable": True},
            {
                "name": "expected_on",
                "title": "Expected",
                "type": "date",
                "nullable": True,
                "filterable": True,
            },
            {"name": "notes", "title": "Notes", "type": "long_text"},
        ],
        "filters": [{"name": "open", "title": "Not finished"}, {"name": "overdue", "title": "Overdue"}],
    }
)


def texts(typed: str) -> list[str]:
    return [each.text for each in suggestions(ORDERS, typed)]


def test_names_of_filters_and_fields_are_offered_by_their_beginning_or_their_title() -> None:
    assert texts("o")[:2] == ["open", "overdue"]
    assert texts("sta")[0] == "state="
    assert texts("Expec") == ["expected_on="]
    assert "notes=" not in texts("")
    assert texts("supplier_n") == ["supplier_name="]


def test_a_whole_name_is_followed_by_the_operators_that_fit_it() -> None:
    assert texts("state")[:2] == ["state=", "state!="]
    assert "number~" in texts("number")
    assert "expected_on>=" in texts("expected_on")
    assert "state>" not in texts("state")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("state=", ["state=draft", "state=confirmed"]),
        ("state=conf", ["state=confirmed"]),
        ("open,state!=d", ["open,state!=draft"]),
        ("state=[draft,c", ["state=[draft,confirmed"]),
        ("state=[", ["state=[draft", "state=[confirmed"]),
        ("rush=", ["rush=true", "rush=false"]),
        ("rush=y", ["rush=true"]),
        ("expected_on=", ["expected_on=null"]),
        ("expected_on>", []),
        ('number="a,b",rush=f', ['number="a,b",rush=false']),
        ("nothing=", []),
        ("number=1", []),
    ],
)
def test_values_that_are_known_are_offered(typed: str, expected: list[str]) -> None:
    assert texts(typed) == expected


@pytest.mark.parametrize(
    ("value", "written"),
    [("A1", "A1"), ("a,b", '"a,b"'), ('a"b', '"a\\"b"'), ("null", '"null"'), ("", '""'), ("=1", '"=1"')],
)
def test_a_value_is_quoted_where_the_grammar_needs_it(value: str, written: str) -> None:
    assert quoted(value) == written
