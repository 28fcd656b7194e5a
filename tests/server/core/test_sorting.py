"""A list is sorted by any of its columns, or says in a sentence why not."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.resources import all_resources, listing
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create, sample

NAMES = sorted(all_resources())
CREATABLE = [name for name in NAMES if "create" in all_resources()[name].operations]

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


@pytest.mark.parametrize("name", NAMES)
def test_every_column_of_a_list_sorts_both_ways_and_pages_on(api: Api, name: str) -> None:
    resource = all_resources()[name]
    if name in CREATABLE:
        for _number in range(3):
            create(api, name)
    described = api.get(f"meta/resources/{name}/").json()
    unsortable = {field["name"] for field in described["fields"] if not field["sortable"]}
    for column in [*described["columns"], *resource.specs, *resource.display]:
        for direction in ("", "-"):
            query = {"ordering": f"{direction}{column}", "fields": "id", "limit": 2}
            answer = api.get(f"{name}/", **query)
            if column in unsortable:
                assert answer.status_code == 422, column
                assert column in answer.json()["detail"]
                continue
            assert answer.status_code == 200, (column, answer.content)
            page = answer.json()
            if page["next"]:
                following = api.get(f"{name}/", after=page["next"], **query).json()
                seen = [row["id"] for row in page["results"] + following["results"]]
                assert len(set(seen)) == len(seen), column


def test_a_reference_sorts_by_what_names_it(api: Api) -> None:
    created = []
    for code in ("ZZ", "AA", "MM"):
        supplier = api.post("suppliers/", {**sample(api, all_resources()["suppliers"]), "code": code}).json()
        body = {**sample(api, all_resources()["purchase-orders"]), "supplier": supplier["id"]}
        created.append(api.post("purchase-orders/", body).json()["id"])
    rows = api.get("purchase-orders/", ordering="supplier,-number").json()["results"]
    assert [row["supplier_code"] for row in rows] == ["AA", "MM", "ZZ"]


def test_a_large_list_is_not_sorted_without_an_index_and_says_so(api: Api, monkeypatch: Any) -> None:
    for _number in range(3):
        create(api, "products")
    monkeypatch.setattr(listing, "COUNT_CAP", 2)
    refused = api.get("products/", ordering="minimum_level")
    assert refused.status_code == 422
    assert "filter the list first" in refused.json()["detail"]
    assert api.get("products/", ordering="code").status_code == 200


@pytest.mark.parametrize(
    ("filter", "position"),
    [("code=A,nothing=1", 8), ("code=A,state", 8), ("code=", 6), ("is_active=perhaps", 11)],
)
def test_what_is_wrong_in_a_filter_is_pointed_at(api: Api, filter: str, position: int) -> None:
    refused = api.get("products/", filter=filter)
    assert (refused.status_code, refused.json()["position"]) == (422, position)
