"""Requests that no screen of ours sends: each is answered with a sentence, never with a fault of the server."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpResponse

from server.accounts.models import FieldRule, UserRole
from server.accounts.rights import rights_changed
from server.audit.models import AuditEntry
from server.core.http import resource_views, writes
from server.core.resources import all_resources
from server.inventory.models import Product
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create, sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def raw(api: Api, method: str, path: str, body: bytes) -> HttpResponse:
    headers = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": uuid.uuid4().hex}
    return api.client.generic(
        method, f"/api/v1/{path}", body, content_type="application/json", headers=headers
    )


def refused(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    assert len(problem["detail"]) > 10
    return problem


NONSENSE = (
    [],
    {},
    "+-5",
    "9" * 5000,
    f"id:{'9' * 5000}",
    "code:\x00",
    "0001-01-01T00:00:00+14:00",
    "XXX",
    "NaN",
)


@pytest.mark.parametrize("name", sorted(all_resources()))
def test_no_value_of_a_field_is_a_fault_of_the_server(api: Api, name: str) -> None:
    resource = all_resources()[name]
    if "create" not in resource.operations:
        assert api.post(f"{name}/", {}).status_code in (400, 403)
        return
    body = sample(api, resource)
    for spec in resource.specs.values():
        for value in NONSENSE:
            response = api.post(f"{name}/", {**body, spec.name: value}, dry_run="true")
            assert response.status_code < 500, (spec.name, str(value)[:30], response.content)


@pytest.mark.parametrize("name", sorted(all_resources()))
def test_no_filter_and_no_order_is_a_fault_of_the_server(api: Api, name: str) -> None:
    resource = all_resources()[name]
    if "create" in resource.operations:
        create(api, name)
    for field in ("id", "version", *resource.specs, *resource.display):
        for condition in (
            "=x",
            "=null",
            "!=null",
            "=9999-12-31",
            "=[a,b]",
            "=\x00",
            ">0001-01-01T00:00:00+14:00",
        ):
            response = api.get(f"{name}/", filter=field + condition)
            assert response.status_code in (200, 422), (field, condition, response.content)
        assert api.get(f"{name}/", ordering=field).status_code in (200, 422), field


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * 60_000},
        {"q": "\x00"},
        {"filter": ",".join(["id>0"] * 1300)},
        {"ordering": ",".join(["id"] * 500)},
    ],
)
def test_a_list_is_not_asked_for_more_than_a_database_takes(api: Api, query: dict[str, str]) -> None:
    refused(api.get("products/", **query), 422, "invalid")


@pytest.mark.parametrize("after", ["9" * 25, "-5", "x", "9" * 5000, "²"])
def test_the_change_feed_refuses_what_is_no_number(api: Api, after: str) -> None:
    refused(api.get("changes/", after=after), 400, "malformed")


@pytest.mark.parametrize("reference", [f"id:{'9' * 5000}", f"id:{2**63}", "9" * 5000, "code:a%00", "%00"])
def test_a_key_that_cannot_be_one_is_missing(api: Api, reference: str) -> None:
    problem = refused(raw(api, "GET", f"products/{reference}/", b""), 404, "not_found")
    assert len(problem["detail"]) < 200


@pytest.mark.parametrize("path", ["products", "nothing/", "products/1/nothing/"])
def test_an_unknown_address_is_answered_like_every_other_refusal(api: Api, path: str) -> None:
    refused(raw(api, "GET", path, b""), 404, "not_found")


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_body_beyond_the_limit_is_too_large(api: Api, settings: Any, query: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = b'{"code": "' + b"x" * 2000 + b'"}'
    assert refused(raw(api, "POST", f"products/{query}", body), 413, "too_large")["limit"] == 1000


def test_a_draft_that_could_not_be_read_again_is_not_kept(api: Api) -> None:
    deep = b'{"data":' + b'{"a":' * 300 + b"1" + b"}" * 301
    refused(raw(api, "PUT", "drafts/orders/", deep), 400, "malformed")
    assert api.get("drafts/orders/").json() == {"results": [], "finished": []}
    refused(api.call("PUT", f"drafts/{'x' * 201}/", {"data": {}}), 400, "malformed")
    refused(api.call("PUT", "drafts/orders/", {"data": {"a\x00": 1}}), 400, "malformed")
    for wrong in ({"revision": -1}, {"revision": True}, {"copy": "x" * 37}, {"terminal": "a\x1bb"}):
        refused(api.call("PUT", "drafts/orders/", {"data": {}, **wrong}), 400, "malformed")
    assert api.get("drafts/or%00ders/").json()["results"] == []
    assert api.call("DELETE", "drafts/orders/?copy=%00").status_code == 204
    kept = api.call("PUT", "drafts/orders/", {"data": {"path": "C:\\u0000"}})
    assert kept.json()["data"] == {"path": "C:\\u0000"}


def test_a_misspelt_dry_run_is_not_done_in_earnest(api: Api) -> None:
    body = sample(api, all_resources()["products"])
    for query in ("dry-run=true", "dryrun=true", "dry_run=TRUE", "dry_run=true&dry_run=false"):
        refused(raw(api, "POST", f"products/?{query}", orjson.dumps(body)), 400, "malformed")
    assert not Product.objects.within(api.organization).exists()


def test_a_repeat_finds_its_answer_though_the_description_has_changed(api: Api, monkeypatch: Any) -> None:
    body = sample(api, all_resources()["products"])
    tag = api.get("meta/resources/products/").json()["etag"]
    first = api.post("products/", body, key="one", headers={"X-Description": tag})
    assert first.status_code == 201
    monkeypatch.setattr(resource_views, "describe_resource", lambda *_given: {"etag": "another"})
    again = api.post("products/", body, key="one", headers={"X-Description": tag})
    assert (again.status_code, again.content) == (201, first.content)
    other = {**body, "code": "OTHER-1"}
    refused(api.post("products/", other, headers={"X-Description": tag}), 409, "description_changed")


def test_an_operation_made_from_an_old_description_is_not_run(api: Api) -> None:
    product = create(api, "products")
    locations = [{"code": kind.upper(), "name": kind, "kind": kind} for kind in ("internal", "adjustment")]
    place, _counterpart = (api.post("locations/", location).json()["id"] for location in locations)
    body = {"product": product["id"], "location": place, "quantity": 1, "reason": "found"}
    refused(
        api.post("operations/inventory.adjust/", body, headers={"X-Description": "old"}),
        409,
        "description_changed",
    )
    tag = api.get("meta/operations/inventory.adjust/").json()["etag"]
    done = api.post("operations/inventory.adjust/", body, headers={"X-Description": tag})
    assert done.status_code == 200, done.content


def test_what_a_rule_hides_is_in_no_preview_and_found_by_no_search(api: Api, organization: Any) -> None:
    body = {
        **sample(api, all_resources()["products"]),
        "description": "the secret recipe",
        "name": "Plain cake",
    }
    product = api.post("products/", body).json()
    clerk = sign_in(organization, frozenset({"products.view", "products.delete"}), "clerk")
    role = UserRole.objects.within(organization).get(user=clerk.user).role
    for field in ("description", "name"):
        FieldRule.objects.create(
            organization=organization, role=role, resource="products", field=field, access="hidden"
        )
    rights_changed(organization.pk)
    path = f"products/{product['id']}/"
    preview = clerk.delete(path, version=product["version"], dry_run="true")
    assert preview.status_code == 200, preview.content
    (change,) = preview.json()["changes"]
    assert "code" in change["fields"]
    assert not {"description", "name"} & set(change["fields"])
    assert clerk.get("products/", q="plain cake").json()["results"] == []
    assert len(clerk.get("products/", q=body["code"]).json()["results"]) == 1


class Deadlock(Exception):
    sqlstate = "40P01"


def _failing(times: int, error: Exception) -> Any:
    original = resource_views.create_record
    left = [times]

    def work(*given: Any, **named: Any) -> Any:
        instance = original(*given, **named)
        if left[0]:
            left[0] -= 1
            raise error
        return instance

    return work


def test_a_write_that_a_deadlock_ended_is_begun_again(api: Api, monkeypatch: Any) -> None:
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = Deadlock()
    body = sample(api, all_resources()["products"])
    monkeypatch.setattr(resource_views, "create_record", _failing(2, deadlock))
    response = api.post("products/", body)
    assert response.status_code == 201, response.content
    entries = AuditEntry.objects.within(api.organization).filter(table_name=Product._meta.db_table)
    assert entries.count() == 1

    monkeypatch.setattr(resource_views, "create_record", _failing(writes.ATTEMPTS, deadlock))
    refused(api.post("products/", {**body, "code": "P-2"}, key="k"), 409, "conflict")
    # The refused request has freed its key.
    assert api.post("products/", {**body, "code": "P-2"}, key="k").status_code == 201


def test_a_rule_that_only_the_database_holds_is_a_conflict(api: Api, monkeypatch: Any) -> None:
    body = sample(api, all_resources()["products"])
    monkeypatch.setattr(resource_views, "create_record", _failing(1, IntegrityError("some constraint")))
    refused(api.post("products/", body), 409, "conflict")
    assert not Product.objects.within(api.organization).exists()


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_no_external_id_is_one_value_that_any_number_of_records_has(api: Api, empty: str | None) -> None:
    for _number in range(2):
        body = {**sample(api, all_resources()["products"]), "external_id": empty}
        made = api.post("products/", body)
        assert made.status_code == 201, made.content
        assert made.json()["external_id"] is None


def test_settings_of_no_use_do_not_stop_the_orders(api: Api, organization: Any) -> None:
    path = f"organizations/{organization.pk}/"
    for settings in ([], {"receiving_location": {}}, {"receiving_location": 7}):
        refused(api.patch(path, {"settings": settings}, version=organization.version), 422, "invalid")


def test_a_refusal_says_which_record_it_is_about(api: Api) -> None:
    product = create(api, "products")
    path = f"products/{product['id']}/"
    stale = refused(api.patch(path, {"name": "New"}, version=7), 412, "stale")
    assert product["code"] in stale["detail"]
    lot = {"code": "L-1", "product": product["id"]}
    assert api.post("lots/", lot).status_code == 201
    used = refused(api.delete(path, version=product["version"]), 409, "in_use")
    assert "This product" in used["detail"]
    assert "1 × lot" in used["detail"]
    refused(api.call("PUT", "products/", {}), 405, "malformed")


def test_a_second_filter_is_refused_and_not_silently_the_only_one(api: Api) -> None:
    response = raw(api, "GET", "products/?filter=active&filter=code=A", b"")
    assert "filter" in refused(response, 400, "malformed")["detail"]
