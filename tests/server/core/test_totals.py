"""The sums under a list: exact, of all that is narrowed to, and never of two currencies or units together."""

from __future__ import annotations

from typing import Any

import pytest

from server.accounts.models import FieldRule, Role
from server.accounts.rights import rights_changed
from server.core.resources import all_resources, totalling
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create, sample

TOTALLED = sorted(name for name, each in all_resources().items() if each.totals)

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def totals(api: Api, name: str, **query: str) -> Any:
    response = api.get(f"{name}/", totals="1", limit=1, **query)
    assert response.status_code == 200, response.content
    return response.json()["totals"]


def opportunity(api: Api, amount: str, currency: str) -> None:
    body = {**sample(api, all_resources()["opportunities"]), "amount": amount, "currency": currency}
    assert api.post("opportunities/", body).status_code == 201


@pytest.mark.parametrize("name", TOTALLED)
def test_what_a_resource_totals_is_described_and_summed(api: Api, name: str) -> None:
    described = api.get(f"meta/resources/{name}/").json()["totals"]
    assert described == list(all_resources()[name].totals)
    assert set(totals(api, name)["sums"]) == set(described)
    assert "totals" not in api.get(f"{name}/").json()


def test_two_currencies_are_never_added(api: Api) -> None:
    for amount, currency in (("0.1", "EUR"), ("0.2", "EUR"), ("5", "USD")):
        opportunity(api, amount, currency)
    assert totals(api, "opportunities")["sums"]["amount"] == [
        {"of": "EUR", "sum": "0.3000", "rows": 2},
        {"of": "USD", "sum": "5.0000", "rows": 1},
    ]
    assert totals(api, "opportunities", filter="currency=USD")["sums"]["amount"] == [
        {"of": "USD", "sum": "5.0000", "rows": 1}
    ]


def test_too_many_rows_are_said_not_to_be_summed(api: Api, monkeypatch: Any) -> None:
    create(api, "opportunities")
    monkeypatch.setattr(totalling, "MOST_SUMMED", 0)
    answer = totals(api, "opportunities")
    assert answer["sums"] is None
    assert "Filter the list" in answer["absent"]


@pytest.mark.parametrize("hidden", ["amount", "currency"])
def test_a_hidden_field_is_not_summed_nor_what_it_measures(api: Api, hidden: str) -> None:
    opportunity(api, "7", "EUR")
    role = Role.objects.within(api.organization).get(name__startswith="role-")
    FieldRule.objects.create(
        organization=api.organization, role=role, resource="opportunities", field=hidden, access="hidden"
    )
    rights_changed(api.organization.pk)
    assert totals(api, "opportunities")["sums"] == {}
