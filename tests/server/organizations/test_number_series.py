"""Series of document numbers as an administrator sees and sets them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def test_a_series_goes_on_from_a_later_number_and_never_from_an_earlier_one(api: Api, actor: Any) -> None:
    Shop(actor)
    order = {"supplier": "S-1", "location": "MAIN"}
    first = api.post("purchase-orders/", order).json()["number"]
    series = api.get("number-series/code:purchase-order/").json()
    path = f"number-series/{series['id']}/"
    for body, field in (({"next_value": 1}, "next_value"), ({"padding": 30}, "padding")):
        refused = api.patch(path, body, version=series["version"])
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    body = {"prefix": "PO-", "padding": 4, "next_value": 700}
    assert api.patch(path, body, version=series["version"]).status_code == 200
    assert (first, api.post("purchase-orders/", order).json()["number"]) == ("00001", "PO-0700")
