"""What every declared resource promises, tested over the registry: a new resource inherits all of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.accounts.models import FieldRule, Role
from server.accounts.rights import rights_changed
from server.audit.models import AuditEntry
from server.core.resources import Resource, all_resources
from tests.server.api_client import Api, sign_in, without_key
from tests.server.conftest import every_permission
from tests.server.samples import changed, create, sample

NAMES = sorted(all_resources())
CREATABLE = [name for name in NAMES if "create" in all_resources()[name].operations]
CHANGEABLE = [name for name in CREATABLE if "update" in all_resources()[name].operations]
DELETABLE = [name for name in CREATABLE if "delete" in all_resources()[name].operations]

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


@pytest.fixture
def foreign(other_organization: Any) -> Api:
    return sign_in(other_organization, every_permission(), "stranger")


def resource_of(name: str) -> Resource:
    return all_resources()[name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_answers_without_signing_in(client: Any, name: str) -> None:
    for method, path in (
        ("get", f"{name}/"),
        ("get", f"{name}/1/"),
        ("post", f"{name}/"),
        ("patch", f"{name}/1/"),
        ("delete", f"{name}/1/"),
        ("get", f"{name}/1/timeline/"),
    ):
        response = getattr(client, method)(f"/api/v1/{path}")
        assert response.status_code == 401, (method, path)
        assert response.json()["error_type"] == "permission_error"


@pytest.mark.parametrize("name", NAMES)
def test_a_role_without_the_permission_is_refused_by_its_name(organization: Any, name: str) -> None:
    nobody = sign_in(organization, frozenset())
    calls = [("GET", f"{name}/", "view"), ("GET", f"{name}/1/", "view")]
    resource = resource_of(name)
    calls += [("POST", f"{name}/", "create")] if "create" in resource.operations else []
    calls += [("PATCH", f"{name}/1/", "update")] if "update" in resource.operations else []
    calls += [("DELETE", f"{name}/1/", "delete")] if "delete" in resource.operations else []
    for method, path, verb in calls:
        response = nobody.call(method, path, {} if method in ("POST", "PATCH") else None, version=1)
        assert response.status_code == 403, (method, path, response.content)
        assert response.json()["permission"] == f"{name}.{verb}"


@pytest.mark.parametrize("name", CREATABLE)
def test_a_record_of_another_organization_answers_exactly_as_a_missing_one(
    api: Api, foreign: Api, name: str
) -> None:
    theirs = create(foreign, name)["id"]
    missing = theirs + 1_000_000
    assert theirs not in [row["id"] for row in api.get(f"{name}/", limit=1000).json()["results"]]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("GET", "timeline/", None),
    ):
        answers = []
        for key in (theirs, missing):
            response = api.call(method, f"{name}/{key}/{path}", body, version=1)
            answers.append(without_key(response, key))
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] in (404, 403)


@pytest.mark.parametrize("name", CREATABLE)
def test_the_row_of_a_list_equals_the_row_of_a_detail(api: Api, name: str) -> None:
    record = create(api, name)
    row = next(row for row in api.get(f"{name}/", limit=1000).json()["results"] if row["id"] == record["id"])
    detail = api.get(f"{name}/{record['id']}/").json()
    assert {column: detail[column] for column in row} == row
    description = api.get(f"meta/resources/{name}/").json()
    assert {field["name"] for field in description["fields"]} <= set(row)
    assert set(description["columns"]) <= set(row)


@pytest.mark.parametrize("name", CREATABLE)
def test_creating_writes_the_audit_and_a_dry_run_writes_nothing(api: Api, name: str) -> None:
    body = sample(api, resource_of(name), everything=True)
    model = resource_of(name).model
    before = (model._base_manager.count(), AuditEntry.objects.across_organizations().count())
    preview = api.post(f"{name}/", body, dry_run="true", key=None)
    assert preview.status_code == 200, preview.content
    assert preview.json()["dry_run"] is True
    assert any(change["action"] == "create" for change in preview.json()["changes"])
    assert (model._base_manager.count(), AuditEntry.objects.across_organizations().count()) == before

    response = api.post(f"{name}/", body)
    assert response.status_code == 201, response.content
    entry = (
        AuditEntry.objects.within(api.organization)
        .filter(table_name=model._meta.db_table, action="create")
        .latest("id")
    )
    assert entry.record_id == response.json()["id"]
    assert entry.user_id == api.user.pk
    if "version" in response.json():
        assert response.headers["ETag"] == f'"{response.json()["version"]}"'


@pytest.mark.parametrize("name", CREATABLE)
def test_a_post_without_a_key_is_refused_and_a_repeated_one_is_answered_again(api: Api, name: str) -> None:
    body = sample(api, resource_of(name))
    assert api.post(f"{name}/", body, key=None).json()["code"] == "idempotency_key_missing"
    first = api.post(f"{name}/", body, key="the-key")
    again = api.post(f"{name}/", body, key="the-key")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = api.post(f"{name}/", {**body, "nonsense": 1}, key="the-key")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("name", CHANGEABLE)
def test_a_change_needs_the_version_that_was_read(api: Api, name: str) -> None:
    record = create(api, name)
    body = changed(api, resource_of(name), record)
    assert api.patch(f"{name}/{record['id']}/", body).status_code == 428
    stale = api.patch(f"{name}/{record['id']}/", body, version=record["version"] + 7)
    assert stale.status_code == 412
    assert stale.json()["current"]["id"] == record["id"]
    changed_record = api.patch(f"{name}/{record['id']}/", body, version=record["version"])
    assert changed_record.status_code == 200, changed_record.content
    assert changed_record.json()["version"] == record["version"] + 1
    assert changed_record.headers["ETag"] == f'"{record["version"] + 1}"'
    late = api.patch(f"{name}/{record['id']}/", body, version=record["version"])
    assert late.status_code == 412


@pytest.mark.parametrize("name", CHANGEABLE)
def test_a_change_is_audited_with_old_and_new(api: Api, name: str) -> None:
    record = create(api, name)
    body = changed(api, resource_of(name), record)
    (field,) = body
    response = api.patch(
        f"{name}/{record['id']}/", body, version=record["version"], headers={"X-Reason": "a%20reason"}
    )
    assert response.status_code == 200, response.content
    entry = (
        AuditEntry.objects.within(api.organization)
        .filter(table_name=resource_of(name).model._meta.db_table, record_id=record["id"], action="update")
        .latest("id")
    )
    assert entry.old_values[field] == record[field]
    assert entry.new_values[field] == response.json()[field]
    assert entry.reason == "a reason"
    timeline = api.get(f"{name}/{record['id']}/timeline/").json()["results"]
    assert [timeline[0]["action"], timeline[-1]["action"]] == ["update", "create"]


@pytest.mark.parametrize("name", DELETABLE)
def test_deleting_needs_the_version_and_is_audited(api: Api, name: str) -> None:
    record = create(api, name)
    assert api.delete(f"{name}/{record['id']}/").status_code == 428
    response = api.delete(f"{name}/{record['id']}/", version=record["version"])
    assert response.status_code == 204, response.content
    assert api.get(f"{name}/{record['id']}/").status_code == 404
    assert (
        AuditEntry.objects.within(api.organization).filter(record_id=record["id"], action="delete").exists()
    )


@pytest.mark.parametrize("name", CREATABLE)
def test_a_hidden_field_appears_nowhere_and_a_read_only_one_cannot_be_written(api: Api, name: str) -> None:
    record = create(api, name)
    resource = resource_of(name)
    spec = next(
        (
            spec
            for spec in resource.specs.values()
            if not spec.read_only
            and not spec.required
            and not spec.create_only
            and spec.name not in resource.label
        ),
        None,
    )
    if spec is None:
        pytest.skip("every field of this resource is required")
    role = Role.objects.within(api.organization).get(name__startswith="role-")
    rule = FieldRule.objects.create(
        organization=api.organization, role=role, resource=name, field=spec.name, access="hidden"
    )
    rights_changed(api.organization.pk)
    assert spec.name not in api.get(f"{name}/{record['id']}/").json()
    assert all(spec.name not in row for row in api.get(f"{name}/").json()["results"])
    assert spec.name not in [field["name"] for field in api.get(f"meta/resources/{name}/").json()["fields"]]
    for parameter in ("filter", "ordering", "fields"):
        answer = api.get(f"{name}/", **{parameter: f"{spec.name}=1" if parameter == "filter" else spec.name})
        assert answer.status_code == 422, (parameter, answer.content)
    refused = api.post(f"{name}/", {**sample(api, resource), spec.name: None})
    assert (refused.json()["errors"][0]["field"], refused.json()["errors"][0]["code"]) == (
        spec.name,
        "unknown",
    )
    rule.access = "read_only"
    rule.save()
    rights_changed(api.organization.pk)
    assert spec.name in api.get(f"{name}/{record['id']}/").json()
    refused = api.post(f"{name}/", {**sample(api, resource), spec.name: None})
    assert (refused.json()["errors"][0]["field"], refused.json()["errors"][0]["code"]) == (
        spec.name,
        "read_only",
    )


@pytest.mark.parametrize("name", CREATABLE)
def test_the_number_of_queries_does_not_grow_with_the_rows(api: Api, name: str) -> None:
    create(api, name)
    api.get(f"{name}/")  # what is loaded once a process is loaded now
    with CaptureQueriesContext(connection) as few:
        api.get(f"{name}/")
    for _ in range(4):
        create(api, name)
    api.get(f"{name}/")  # a changed role is read once more
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(f"{name}/").json()["results"]) >= 5
    assert len(many) == len(few)


@pytest.mark.parametrize("name", CREATABLE)
def test_an_unknown_field_and_a_foreign_reference_are_named(api: Api, foreign: Api, name: str) -> None:
    resource = resource_of(name)
    refused = api.post(
        f"{name}/", {**sample(api, resource), "organization": foreign.organization.pk, "version": 99, "id": 5}
    )
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} >= {"organization", "version", "id"}
    for spec in resource.specs.values():
        if (
            spec.type != "reference"
            or spec.read_only
            or "create" not in resource_of(spec.reference or "").operations
        ):
            continue
        theirs = create(foreign, spec.reference or "")["id"]
        answer = api.post(f"{name}/", {**sample(api, resource), spec.name: theirs})
        assert answer.status_code == 422, answer.content
        assert {"field": spec.name, "code": "not_found"}.items() <= answer.json()["errors"][0].items()
