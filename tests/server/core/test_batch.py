"""One action on many records: done or refused each by itself, once, previewed exactly, taken back as one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.accounts.models import FieldRule, UserRole
from server.accounts.rights import rights_changed
from server.core.operations import all_operations
from server.core.operations.batch import MOST_RECORDS, takes_batches
from server.core.resources import Resource, all_resources
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import changed, create

pytestmark = pytest.mark.django_db

TAKING = sorted(name for name, resource in all_resources().items() if takes_batches(resource))
CHANGED = [name for name in TAKING if "update" in all_resources()[name].operations]
ON_A_RECORD = [name for name, operation in all_operations().items() if operation.target]


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def named(*rows: dict[str, Any]) -> list[dict[str, int]]:
    return [{"id": row["id"], "version": row["version"]} for row in rows]


def bulk(api: Api, resource: str, action: str, records: Any, values: Any = None, **options: Any) -> Any:
    body = {"action": action, "records": records, "values": values or {}}
    return api.post(f"{resource}/bulk/", body, **options)


def statuses(answer: Any) -> list[str]:
    return [result["status"] for result in answer.json()["result"]["results"]]


def test_one_refused_record_hinders_no_other_and_is_told_with_its_reason(api: Api) -> None:
    free, used = create(api, "suppliers"), create(api, "suppliers")
    order = api.get("purchase-orders/", limit=1).json()["results"] or [create(api, "purchase-orders")]
    used = api.get(f"suppliers/{order[0]['supplier']}/").json()
    answer = bulk(api, "suppliers", "delete", named(used, free))
    assert answer.status_code == 200, answer.content
    assert statuses(answer) == ["refused", "done"]
    first = answer.json()["result"]["results"][0]
    assert (first["code"], bool(first["message"])) == ("in_use", True)
    assert api.get(f"suppliers/{free['id']}/").status_code == 404
    assert api.get(f"suppliers/{used['id']}/").status_code == 200
    assert answer.json()["message"] == "1 record is done. 1 record is refused."


def test_a_refused_record_leaves_no_change_no_audit_row_and_no_event(api: Api) -> None:
    one, stale = create(api, "categories"), create(api, "categories")
    api.patch(f"categories/{stale['id']}/", {"name": "Moved on"}, version=stale["version"])
    before = len(api.get(f"categories/{stale['id']}/timeline/").json()["results"])
    answer = bulk(api, "categories", "update", named(one, stale), {"name": "Together"})
    assert statuses(answer) == ["done", "refused"]
    assert answer.json()["result"]["results"][1]["code"] == "stale"
    assert [change["id"] for change in answer.json()["changes"]] == [one["id"]]
    assert len(api.get(f"categories/{stale['id']}/timeline/").json()["results"]) == before
    assert api.get(f"categories/{stale['id']}/").json()["name"] == "Moved on"


def test_a_preview_tells_what_would_become_of_each_and_changes_nothing(api: Api) -> None:
    rows = [create(api, "categories") for _number in range(3)]
    records = [*named(*rows), {"id": rows[0]["id"] + 10_000, "version": 1}]
    previewed = bulk(api, "categories", "update", records, {"name": "Same"}, dry_run="true").json()
    assert previewed["dry_run"] is True
    assert [each["status"] for each in previewed["result"]["results"]] == ["done"] * 3 + ["refused"]
    assert [api.get(f"categories/{row['id']}/").json()["name"] for row in rows] == [
        row["name"] for row in rows
    ]
    done = bulk(api, "categories", "update", records, {"name": "Same"}).json()
    assert (done["changes"], done["result"]) == (previewed["changes"], previewed["result"])


def test_the_same_key_does_it_once_and_answers_the_same(api: Api) -> None:
    rows = [create(api, "categories") for _number in range(3)]
    body = {"action": "update", "records": named(*rows), "values": {"name": "Once"}}
    first = api.post("categories/bulk/", body, key="bulk-once")
    again = api.post("categories/bulk/", body, key="bulk-once")
    assert first.content == again.content and again.headers["Idempotent-Replayed"] == "true"
    assert [api.get(f"categories/{row['id']}/").json()["version"] for row in rows] == [
        row["version"] + 1 for row in rows
    ]


def test_one_undo_takes_the_whole_back(api: Api) -> None:
    rows = [create(api, "categories") for _number in range(3)]
    change_set = bulk(api, "categories", "update", named(*rows), {"name": "All"}).json()["change_set"]
    undone = api.post("operations/audit.undo/", {"change_set": change_set})
    assert undone.status_code == 200, undone.content
    assert [api.get(f"categories/{row['id']}/").json()["name"] for row in rows] == [
        row["name"] for row in rows
    ]


def test_an_operation_runs_on_each_and_refuses_those_whose_state_forbids_it(api: Api) -> None:
    orders = [create(api, "purchase-orders") for _number in range(3)]
    confirmed = api.post(
        "operations/purchasing.confirm/", {"order": orders[1]["id"]}, version=orders[1]["version"]
    )
    assert confirmed.status_code == 200
    orders[1] = api.get(f"purchase-orders/{orders[1]['id']}/").json()
    answer = bulk(api, "purchase-orders", "purchasing.confirm", named(*orders))
    assert statuses(answer) == ["done", "refused", "done"]
    assert orders[0]["number"] in answer.json()["result"]["results"][0]["message"]
    states = [api.get(f"purchase-orders/{order['id']}/").json()["state"] for order in orders]
    assert states == ["confirmed"] * 3


def test_what_does_not_fit_is_refused_for_the_whole(api: Api) -> None:
    row = create(api, "categories")
    whole = named(row)
    for body, field in (
        ({"action": "update", "records": whole, "values": {}}, "values"),
        ({"action": "delete", "records": whole, "values": {"name": "x"}}, "values"),
        ({"action": "delete", "records": []}, "records"),
        ({"action": "delete", "records": whole * 2}, "records"),
        (
            {"action": "delete", "records": [{"id": n, "version": 1} for n in range(MOST_RECORDS + 1)]},
            "records",
        ),
        ({"action": "delete", "records": [{"id": "1", "version": 1}]}, "records[0].id"),
        ({"action": "delete", "records": [{"id": 1, "version": 1, "name": "x"}]}, "records[0]"),
        ({"action": "purchasing.confirm", "records": whole}, "action"),
        ({"action": "", "records": whole}, "action"),
        ({"action": "delete", "records": whole, "reason": "x"}, "reason"),
    ):
        refused = api.post("categories/bulk/", body)
        assert refused.status_code == 422, body
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert api.post("categories/bulk/", {"action": "delete", "records": whole}, key=None).status_code == 400
    without = api.post("categories/bulk/", {"action": "delete", "records": [{"id": row["id"]}]})
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")


def test_a_field_that_a_rule_hides_or_forbids_is_neither_changed_nor_told(
    api: Api, organization: Any
) -> None:
    row = create(api, "products")
    clerk = sign_in(organization, every_permission() - {"field-rules.update"}, "clerk")
    role = UserRole.objects.within(organization).get(user=clerk.user).role
    FieldRule.objects.create(
        organization=organization, role=role, resource="products", field="name", access="read_only"
    )
    rights_changed(organization.pk)
    answer = bulk(clerk, "products", "update", named(row), {"name": "Forbidden"})
    assert statuses(answer) == ["refused"]
    assert api.get(f"products/{row['id']}/").json()["name"] == row["name"]


@pytest.mark.parametrize("name", CHANGED)
def test_many_records_of_every_resource_are_changed_as_one_is(api: Api, name: str) -> None:
    resource: Resource = all_resources()[name]
    rows = _some(api, resource)
    values = changed(api, resource, rows[0])
    answer = bulk(api, name, "update", named(*rows), values)
    assert answer.status_code == 200, answer.content
    for row, status in zip(rows, statuses(answer), strict=True):
        single = api.get(f"{name}/{row['id']}/").json()
        field, value = next(iter(values.items()))
        assert (single[field] == value) == (status == "done"), (name, row["id"])
    assert "done" in statuses(answer)


def _some(api: Api, resource: Resource) -> list[dict[str, Any]]:
    if "create" in resource.operations:
        return [create(api, resource.name) for _number in range(2)]
    create(api, "purchase-orders")  # whose number comes from a series
    listed: list[dict[str, Any]] = api.get(f"{resource.name}/", limit=2).json()["results"]
    return listed


@pytest.mark.parametrize("name", TAKING)
def test_a_role_without_the_permission_is_refused_before_any_record_is_looked_at(
    organization: Any, name: str
) -> None:
    nobody = sign_in(organization, frozenset({f"{name}.view"}))
    for action in sorted({"update", "delete"} & set(all_resources()[name].operations)):
        values = {"name": "x"} if action == "update" else {}
        refused = bulk(nobody, name, action, [{"id": 1, "version": 1}], values)
        assert (refused.status_code, refused.json()["permission"]) == (403, f"{name}.{action}")


@pytest.mark.parametrize("name", ON_A_RECORD)
def test_every_operation_on_a_record_is_told_of_many_or_says_that_it_takes_one(
    organization: Any, api: Api, name: str
) -> None:
    operation = all_operations()[name]
    assert operation.target is not None
    nobody = sign_in(organization, frozenset(), "nobody")
    missing = [{"id": 10_000_019, "version": 1}]
    path = operation.target.resource
    refused = bulk(nobody, path, name, missing)
    assert (refused.status_code, refused.json()["permission"]) == (403, operation.permission)
    answer = bulk(api, path, name, missing)
    if operation.job or operation.kind == "critical":
        assert answer.status_code == 422
    else:
        assert statuses(answer) == ["refused"]
        assert answer.json()["result"]["results"][0]["message"]


def test_records_of_a_batch_are_read_and_locked_together_and_what_they_refer_to_is_asked_for_once(
    api: Api,
) -> None:
    def asked(count: int) -> list[str]:
        first = create(api, "products")
        alike = [
            api.post(
                "products/", {"code": f"{count}-{number}", "name": "Alike", "unit": first["unit"]}
            ).json()
            for number in range(1, count)
        ]
        with CaptureQueriesContext(connection) as queries:
            answer = bulk(api, "products", "update", named(first, *alike), {"name": f"Of {count}"})
        assert statuses(answer) == ["done"] * count
        return [query["sql"] for query in queries if query["sql"].startswith("SELECT")]

    # One read a record is left: the product compares itself with what is stored.
    assert len(asked(12)) - len(asked(2)) <= 10
