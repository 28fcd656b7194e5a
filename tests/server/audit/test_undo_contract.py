"""Every write can be taken back exactly, or it is said beforehand that it cannot and why: over the whole registry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from server.audit.judging import why_not_undoable
from server.core.context import SecurityContext
from server.core.resources import Resource, all_resources
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.samples import changed, create, sample

NAMES = sorted(all_resources())
CREATABLE = [name for name in NAMES if "create" in all_resources()[name].operations]
CHANGEABLE = [name for name in CREATABLE if "update" in all_resources()[name].operations]
# Who a person is and may do is given by hand alone, and nobody else's saved filter is made again.
ONLY_BY_HAND = {
    "create": {"users"},
    "update": set[str](),
    # Opening stock that was taken back is entered anew: the ledger makes another move of it.
    "delete": {"field-rules", "opening-stock", "roles", "saved-filters"},
}

pytestmark = pytest.mark.django_db


@dataclass
class Desk(Api):
    """Calls of a person, and that person as the server's own code knows one."""

    actor: SecurityContext = field(init=False)


@pytest.fixture
def api(organization: Any, actor: SecurityContext) -> Desk:
    caller = sign_in(organization, every_permission())
    desk = Desk(caller.organization, caller.user, caller.token)
    desk.actor = replace(actor, user_id=caller.user.pk)
    return desk


def resource_of(name: str) -> Resource:
    return all_resources()[name]


def seen(api: Api, name: str, key: int) -> Any:
    """The record as it is shown, without what counts and stamps its changes; None where there is none."""
    response = api.get(f"{name}/{key}/")
    if response.status_code == 404:
        return None
    assert response.status_code == 200, response.content
    return _without_stamps(response.json())


def _without_stamps(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_without_stamps(line) for line in value]
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
        for name, value in row.items()
        if name not in ("version", "updated_at", "created_at")
    }


def taken_back(api: Desk, change_set: str) -> str:
    """Takes a change set back; the reason where it cannot be, which the preview and the timelines gave as well."""
    foretold = why_not_undoable(api.actor.fresh(), [uuid.UUID(change_set)])[uuid.UUID(change_set)]
    body = {"change_set": change_set}
    preview = api.post("operations/audit.undo/", body, dry_run="true", key=None)
    done = api.post("operations/audit.undo/", body)
    assert preview.status_code == done.status_code, (preview.content, done.content)
    if done.status_code == 200:
        assert foretold == "", "it was said that it cannot be taken back, and it could"
        assert preview.json()["changes"]
        return ""
    assert done.status_code == 409, done.content
    reasons = [item["reason"] for item in done.json()["not_undone"]]
    assert reasons == [item["reason"] for item in preview.json()["not_undone"]]
    assert foretold in reasons, "what is told beforehand is the reason"
    return foretold


def undone_and_redone(api: Desk, verb: str, name: str, key: int, before: Any, change_set: str) -> None:
    """Takes a write back, looks, and takes the taking back back, after which all is as the write left it."""
    after = seen(api, name, key)
    assert before != after
    reason = taken_back(api, change_set)
    assert bool(reason) == (name in ONLY_BY_HAND[verb]), (verb, reason)
    if reason:
        assert seen(api, name, key) == after, "what is refused changes nothing"
        return
    assert seen(api, name, key) == before, verb
    last = api.get("audit/", limit=1).json()["results"][0]["change_set"]
    reason = taken_back(api, last)
    opposite = {"create": "delete", "update": "update", "delete": "create"}[verb]
    assert bool(reason) == (name in ONLY_BY_HAND[opposite]), "an undo is taken back like any other change"
    assert seen(api, name, key) == (before if reason else after)


@pytest.mark.parametrize("name", CREATABLE)
def test_every_write_is_taken_back_exactly_or_it_is_told_why_not(api: Desk, name: str) -> None:
    resource = resource_of(name)
    made = api.post(f"{name}/", sample(api, resource, everything=True))
    assert made.status_code == 201, made.content
    undone_and_redone(api, "create", name, made.json()["id"], None, made.headers["X-Change-Set"])

    record = api.get(f"{name}/{made.json()['id']}/")
    if record.status_code == 404:
        record = api.post(f"{name}/", sample(api, resource))
    key, before = record.json()["id"], _without_stamps(record.json())
    path = f"{name}/{key}/"
    if "update" in resource.operations:
        change = changed(api, resource, record.json())
        done = api.patch(path, change, version=record.json().get("version", 1))
        assert done.status_code == 200, done.content
        undone_and_redone(api, "update", name, key, before, done.headers["X-Change-Set"])
    if "delete" in resource.operations:
        before = seen(api, name, key)
        done = api.delete(path, version=api.get(path).json().get("version", 1))
        assert done.status_code == 204, done.content
        undone_and_redone(api, "delete", name, key, before, done.headers["X-Change-Set"])
        if key == made.json()["id"]:
            assert taken_back(api, made.headers["X-Change-Set"]), "what is gone is not deleted once more"


@pytest.mark.parametrize("name", CHANGEABLE)
def test_what_was_changed_again_is_kept_and_the_reason_told(api: Desk, name: str) -> None:
    record = create(api, name)
    steps = []
    for _time in range(2):
        version = api.get(f"{name}/{record['id']}/").json().get("version", 1)
        current = api.get(f"{name}/{record['id']}/").json()
        body = changed(api, resource_of(name), current)
        done = api.patch(f"{name}/{record['id']}/", body, version=version)
        assert done.status_code == 200, done.content
        steps.append(done.headers["X-Change-Set"])
    timeline = api.get(f"{name}/{record['id']}/timeline/").json()["results"]
    told = {entry["change_set"]: entry["why_not"] for entry in timeline}
    assert all(entry["undoable"] == (not entry["why_not"]) for entry in timeline)
    assert "changed again" in told[steps[0]] and told[steps[1]] == ""
    after = seen(api, name, record["id"])
    assert "changed again" in taken_back(api, steps[0])
    assert seen(api, name, record["id"]) == after
    for step in reversed(steps):
        assert taken_back(api, step) == "", "the last first, then the one before it"
