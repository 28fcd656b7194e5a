"""Employees: the badge is the key, a manager is no one's own, and private data is marked as such."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def hired(api: Api, badge: str, **values: Any) -> dict[str, Any]:
    response = api.post("employees/", {"badge": badge, "first_name": "Ana", "last_name": "Novak", **values})
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_an_employee_is_named_by_the_badge(api: Api) -> None:
    hired(api, "007")
    again = api.post("employees/", {"badge": "007", "first_name": "B", "last_name": "C"})
    assert [(e["field"], e["code"]) for e in again.json()["errors"]] == [("badge", "duplicate")]
    report = hired(api, "008", manager="007")
    assert report["manager_badge"] == "007"


def test_nobody_is_their_own_superior(api: Api) -> None:
    head = hired(api, "1")
    report = hired(api, "2", manager="1")
    refused = api.patch(f"employees/{head['id']}/", {"manager": report["id"]}, version=head["version"])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "manager")


def test_nobody_leaves_before_being_hired(api: Api) -> None:
    body = {
        "badge": "1",
        "first_name": "A",
        "last_name": "B",
        "hired_on": "2026-05-01",
        "left_on": "2026-04-30",
    }
    refused = api.post("employees/", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "left_on")


def test_private_data_is_marked_personal_in_the_description(api: Api) -> None:
    fields = {
        field["name"]: field["personal"] for field in api.get("meta/resources/employees/").json()["fields"]
    }
    assert {"private_email", "private_phone", "birth_date", "street", "emergency_contact"} <= {
        name for name, personal in fields.items() if personal
    }
    assert not fields["position"]
