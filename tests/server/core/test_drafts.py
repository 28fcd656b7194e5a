"""A person's unsent typing, taken from terminal to terminal: nothing of it is overwritten unseen, or shown to others."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.http import draft_views
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in

pytestmark = pytest.mark.django_db

FORM = "purchase-orders/new"
ADDRESS = f"drafts/{FORM}/"


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, frozenset())


@pytest.fixture
def other_api(organization: Organization) -> Api:
    return sign_in(organization, frozenset(), "colleague")


def refused(response: Any, status: int, code: str) -> Any:
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    return problem


def put(api: Api, text: str, revision: int | None = None, copy: str = "a", **more: Any) -> Any:
    body = {"data": {"text": text}, "copy": copy, "title": "New order", "terminal": "dock", **more}
    return api.call("PUT", ADDRESS, body if revision is None else {**body, "revision": revision})


def copies(api: Api) -> dict[str, str]:
    return {each["copy"]: each["data"]["text"] for each in api.get(ADDRESS).json()["results"]}


def test_a_form_whose_name_holds_a_slash_travels_and_comes_back_with_where_and_when(api: Api) -> None:
    assert put(api, "one", 0).json()["revision"] == 1
    (kept,) = api.get("drafts/purchase-orders%2Fnew/").json()["results"]
    assert (kept["data"], kept["terminal"], kept["title"]) == ({"text": "one"}, "dock", "New order")
    (listed,) = api.get("drafts/").json()["results"]
    assert (listed["form"], listed["copy"], "data" in listed) == (FORM, "a", False)


def test_a_terminal_that_fell_behind_is_refused_and_keeps_its_typing_as_a_copy(api: Api) -> None:
    put(api, "one", 0)
    put(api, "from the office", 1, terminal="office")
    problem = refused(put(api, "from the dock", 1), 409, "draft_moved")
    assert problem["revision"] == 2
    put(api, "from the dock", 0, copy="b")
    assert copies(api) == {"a": "from the office", "b": "from the dock"}


def test_what_was_sent_is_not_brought_back_by_another_terminal(api: Api) -> None:
    put(api, "one", 0)
    put(api, "another order", 0, copy="b")
    assert api.call("DELETE", f"{ADDRESS}?copy=a").status_code == 204
    answer = api.get(ADDRESS).json()
    assert [each["copy"] for each in answer["results"]] == ["b"] and answer["finished"] == [
        {"form": FORM, "copy": "a"}
    ]
    refused(put(api, "typed on elsewhere", 2), 409, "draft_moved")
    assert [each["copy"] for each in api.get("drafts/").json()["results"]] == ["b"]


def test_a_draft_is_its_writers_alone(api: Api, other_api: Api) -> None:
    put(api, "mine", 0)
    assert copies(other_api) == {} and other_api.get("drafts/").json()["results"] == []
    other_api.call("DELETE", ADDRESS)
    assert copies(api) == {"a": "mine"}


def test_a_key_reads_nothing_of_what_its_person_types(api: Api) -> None:
    put(api, "a salary", 0)
    made = api.post("auth/api-keys/", {"name": "robot", "scopes": []}, key=None)
    key = {"Authorization": "", "X-Api-Key": made.json()["key"]}
    for method, address, body in (
        ("GET", "drafts/", None),
        ("GET", ADDRESS, None),
        ("PUT", ADDRESS, {"data": {}, "copy": "a"}),
        ("DELETE", ADDRESS, None),
    ):
        refused(api.call(method, address, body, headers=key), 403, "forbidden")
    assert copies(api) == {"a": "a salary"}


def test_drafts_are_bounded_in_number_and_size(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_views, "MOST_DRAFTS", 2)
    put(api, "one", 0)
    put(api, "two", 0, copy="b")
    refused(put(api, "three", 0, copy="c"), 409, "conflict")
    assert put(api, "still kept", 1).status_code == 200
    refused(put(api, "x" * draft_views.MAX_DRAFT_BYTES, 2), 413, "too_large")
