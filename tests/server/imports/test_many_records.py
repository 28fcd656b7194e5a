"""Of a large table only what begins like a text is compared with it."""

from __future__ import annotations

import pytest

from server.core.context import SecurityContext
from server.imports.planning import unresolved
from server.inventory.models import Category, UnitOfMeasure
from server.organizations.models import Organization
from tests.server.imports.sessions import upload, validate

pytestmark = pytest.mark.django_db


def test_of_many_records_those_that_begin_alike_are_proposed(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unresolved, "MOST_COMPARED", 5)
    UnitOfMeasure.objects.create(organization=organization, code="kg", name="Kilogram")
    for number in range(20):
        Category.objects.create(organization=organization, code=f"C{number:02}", name=f"Family {number}")
    Category.objects.create(organization=organization, code="Z[1]", name="[x] Marked (old)")
    Category.objects.create(organization=organization, code="MCK", name="McKesson Corporation")
    mapping = {
        "code": {"column": 0},
        "name": {"column": 0},
        "unit": {"constant": "kg"},
        "category": {"column": 1},
    }
    data = "c,f\nP1,MCKESSON Inc\nP2,[x] marked (old)\nP3,^.*\n"
    session = validate(actor, upload(actor, data, into="products", mapping=mapping))
    found = {
        row["text"]: [p["code"] for p in row["proposals"]]
        for row in unresolved.values_of(actor, session)["results"]
    }
    assert found == {"MCKESSON Inc": ["MCK"], "[x] marked (old)": ["Z[1]"], "^.*": []}
