"""Every resource of the demonstration can be read, by list and by detail, also those that nobody can create."""

from __future__ import annotations

import datetime as dt

import pytest

from server.core.resources import all_resources
from server.demo.load import load
from server.organizations.models import Organization
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission

FILLED = {
    "suppliers",
    "products",
    "purchase-orders",
    "receipts",
    "stock-balances",
    "stock-moves",
    "lots",
    "employees",
}


@pytest.mark.django_db
def test_the_row_of_a_list_is_the_row_of_a_detail_in_every_resource_of_the_demonstration() -> None:
    credentials = load(
        password="a long enough demonstration password", clock=dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
    )
    api = sign_in(Organization.objects.get(code=credentials.organization), every_permission())
    read = {}
    for name, resource in all_resources().items():
        columns = [name for name, spec in resource.specs.items() if spec.sortable]
        for ordering in columns:
            answer = api.get(f"{name}/", limit=3, ordering=ordering)
            assert answer.status_code == 200, (name, ordering, answer.content)
        answer = api.get(f"{name}/", limit=3)
        assert answer.status_code == 200, (name, answer.content)
        rows = answer.json()["results"]
        read[name] = len(rows)
        for row in rows:
            detail = api.get(f"{name}/{row['id']}/")
            assert detail.status_code == 200, (name, detail.content)
            assert {column: detail.json()[column] for column in row} == row
    assert all(read[name] == 3 for name in FILLED), read
