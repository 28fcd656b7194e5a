"""The log: what a person did last, of how many records, and whether it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.audit import change_sets as log
from server.core.context import SecurityContext
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def entries(api: Api, **query: Any) -> list[dict[str, Any]]:
    response = api.get("change-sets/", **query)
    assert response.status_code == 200, response.content
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def undo(api: Api, change_set: str) -> str:
    answer = api.post("operations/audit.undo/", {"change_set": change_set})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["change_set"])


def named(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["action"], row["title"], row["label"]) for row in rows]


def test_the_newest_comes_first_with_what_it_concerned(api: Api) -> None:
    made = api.post("categories/", {"code": "DRY", "name": "Dry"})
    api.patch(f"categories/{made.json()['id']}/", {"name": "Dried"}, version=1)
    gone = api.post("categories/", {"code": "GONE", "name": "Gone"})
    api.delete(f"categories/{gone.json()['id']}/", version=1)
    assert named(entries(api)) == [
        ("delete", "Category", "GONE Gone"),
        ("create", "Category", "GONE Gone"),
        ("update", "Category", "DRY Dried"),
        ("create", "Category", "DRY Dry"),
    ]
    assert named(entries(api, limit=1)) == [("delete", "Category", "GONE Gone")]
    first = entries(api)[-1]
    assert first["change_set"] == made.headers["X-Change-Set"]
    assert (first["user"], first["records"], first["records_capped"]) == (api.user.username, 1, False)
    assert (first["undoable"], "changed again" in first["why_not"]) == (False, True)
    assert [row["undoable"] for row in entries(api)] == [True, False, True, False]


def test_many_records_are_one_piece_of_work_and_counted(api: Api) -> None:
    rows = [api.post("categories/", {"code": f"C{n}", "name": f"C {n}"}).json() for n in range(3)]
    body = {
        "action": "update",
        "records": [{"id": row["id"], "version": row["version"]} for row in rows],
        "values": {"name": "All"},
    }
    assert api.post("categories/bulk/", body).status_code == 200
    newest = entries(api, limit=1)[0]
    assert (newest["records"], newest["title"], newest["undoable"]) == (3, "Categories", True)


def test_a_changed_line_is_a_change_of_its_order(api: Api, actor: SecurityContext) -> None:
    shop = Shop(actor)
    order = shop.order((shop.product(), "3"), confirm=False)
    line = order.lines.within(actor).get()
    path = f"purchase-orders/{order.pk}/"
    body = {"lines": [{"id": line.pk, "description": "without bones"}]}
    assert api.patch(path, body, version=1).status_code == 200
    (newest,) = entries(api)
    assert named([newest]) == [("update", "Purchase order", order.number)]
    assert (newest["resource"], newest["id"], newest["records"]) == ("purchase-orders", order.pk, 1)


def test_what_stands_is_neither_an_undo_nor_taken_back(api: Api) -> None:
    """So that taking back once more goes one further back, and a redone change can be taken back again."""
    made = api.post("categories/", {"code": "DRY", "name": "one"})
    second = api.patch(f"categories/{made.json()['id']}/", {"name": "two"}, version=1)

    def standing() -> list[str]:
        return [row["change_set"] for row in entries(api, standing=1)]

    one, two = made.headers["X-Change-Set"], second.headers["X-Change-Set"]
    assert standing() == [two, one]
    undone = undo(api, two)
    assert standing() == [one]
    newest = entries(api)[0]
    assert (newest["change_set"], newest["takes_back"]) == (undone, two)
    told = next(row for row in entries(api) if row["change_set"] == two)
    assert (told["undone"], told["undoable"], told["why_not"]) == (True, False, "It was taken back already.")
    undo(api, undone)
    assert standing() == [two, one]


def test_one_sees_what_one_did_and_others_only_with_the_right(organization: Any, api: Api) -> None:
    api.post("categories/", {"code": "DRY", "name": "Dry"})
    clerk = sign_in(organization, every_permission() - {"audit.view"}, "clerk")
    assert entries(clerk) == []
    refused = clerk.get("change-sets/", whose="everyone")
    assert (refused.status_code, refused.json()["permission"]) == (403, "audit.view")
    other = sign_in(organization, every_permission(), "other")
    assert named(entries(other, whose="everyone")) == [("create", "Category", "DRY Dry")]
    blind = sign_in(organization, every_permission() - {"categories.view"}, "blind")
    assert entries(blind, whose="everyone") == []


def test_another_organization_sees_nothing_of_it(api: Api, other_organization: Any) -> None:
    api.post("categories/", {"code": "DRY", "name": "Dry"})
    stranger = sign_in(other_organization, every_permission(), "stranger")
    assert entries(stranger, whose="everyone") == []


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"whose": "theirs"}, {"standing": "yes"}]
)
def test_a_question_that_makes_no_sense_is_refused_by_its_name(api: Api, query: dict[str, str]) -> None:
    response = api.get("change-sets/", **query)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, next(iter(query)))


def test_a_large_piece_of_work_is_passed_in_steps_and_counted_to_a_bound(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_STEP", 10)
    monkeypatch.setattr(log, "COUNTED", 20)
    api.post("categories/", {"code": "FIRST", "name": "First"})
    rows = [api.post("categories/", {"code": f"C{n}", "name": f"C {n}"}).json() for n in range(25)]
    records = [{"id": row["id"], "version": row["version"]} for row in rows]
    api.post("categories/bulk/", {"action": "update", "records": records, "values": {"name": "All"}})
    with CaptureQueriesContext(connection) as statements:
        listed = entries(api, limit=27)
    assert (listed[0]["records"], listed[0]["records_capped"]) == (20, True)
    assert [row["label"] for row in listed[-2:]] == ["C0 C 0", "FIRST First"]
    assert len(listed) == 27
    looked = [
        query for query in statements if "audit_auditentry" in query["sql"] and "LIMIT 10" in query["sql"]
    ]
    assert 4 <= len(looked) <= 6, "the 25 entries of the one are not walked"
