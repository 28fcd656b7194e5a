"""Notes hang on any record: seen with it, added by who may change it, audited, and taken back like all else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.annotations.models import Note
from server.audit.models import AuditEntry
from server.core.models import DomainEvent
from server.core.resources import all_resources
from tests.server.api_client import Api, sign_in
from tests.server.samples import create

pytestmark = pytest.mark.django_db

HOSTILE = "\x1b]52;c;aGk=\x07 [/bold] [@click=quit] ‮evil"


def notes_of(api: Api, path: str) -> list[dict[str, Any]]:
    answer = api.get(f"{path}/notes/")
    assert answer.status_code == 200, answer.content
    listed: list[dict[str, Any]] = answer.json()["results"]
    return listed


def test_a_note_is_seen_with_its_record_under_every_resource_that_shows_it(api: Api, supplier: Any) -> None:
    made = api.post(f"suppliers/{supplier['id']}/notes/", {"text": "Closed in August\nAsk for Ana."})
    assert made.status_code == 201, made.content
    assert made.headers["ETag"] == '"1"'
    note = made.json()
    assert {
        "text": "Closed in August\nAsk for Ana.",
        "pinned": False,
        "author": api.user.username,
    }.items() <= (note.items())
    assert [row["id"] for row in notes_of(api, f"suppliers/code:{supplier['code']}")] == [note["id"]]
    assert [row["id"] for row in notes_of(api, f"partners/{supplier['id']}")] == [note["id"]]
    assert api.get(f"suppliers/{supplier['id']}/notes/{note['id']}/").json() == note
    assert notes_of(api, f"suppliers/{create(api, 'suppliers')['id']}") == []


@pytest.mark.parametrize(
    "name", sorted(name for name, each in all_resources().items() if "create" in each.operations)
)
def test_every_record_that_can_be_changed_takes_notes_and_tells_how_many(api: Api, name: str) -> None:
    record = create(api, name)
    path = f"{name}/{record['id']}/"
    assert record["_counts"] == {"notes": 0, "attachments": 0}
    assert api.post(f"{path}notes/", {"text": "Seen."}).status_code == 201
    assert api.get(path).json()["_counts"] == {"notes": 1, "attachments": 0}
    assert api.get(path).json()["version"] == record["version"], "a note is no change of the record"


def test_the_audit_itself_takes_no_notes(api: Api, supplier: Any) -> None:
    entry = api.get("audit/").json()["results"][0]["id"]
    refused = api.post(f"audit/{entry}/notes/", {"text": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert api.get(f"audit/{entry}/notes/").json()["may_add"] is False


def test_a_note_needs_text_that_can_be_stored(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    for body, code in (
        ({}, "required"),
        ({"text": " \n"}, "blank"),
        ({"text": "a\x00b"}, "control_character"),
        ({"text": "x" * 10_001}, "too_long"),
        ({"text": "x", "author": 7}, "unknown"),
    ):
        refused = api.post(path, body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert api.post(path, {"text": HOSTILE}).json()["text"] == HOSTILE


def test_a_repeat_adds_nothing_and_a_preview_neither(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    assert api.post(path, {"text": "x"}, key=None).json()["code"] == "idempotency_key_missing"
    first = api.post(path, {"text": "once"}, key="the-key")
    again = api.post(path, {"text": "once"}, key="the-key")
    assert (first.content, again.headers["Idempotent-Replayed"]) == (again.content, "true")
    preview = api.post(path, {"text": "never"}, dry_run="true").json()
    assert [(change["resource"], change["action"]) for change in preview["changes"]] == [("note", "create")]
    assert [row["text"] for row in notes_of(api, f"suppliers/{supplier['id']}")] == ["once"]


def test_a_note_is_changed_by_its_version(api: Api, supplier: Any) -> None:
    note = api.post(f"suppliers/{supplier['id']}/notes/", {"text": "one"}).json()
    path = f"suppliers/{supplier['id']}/notes/{note['id']}/"
    assert api.patch(path, {"text": "two"}).status_code == 428
    changed = api.patch(path, {"text": "two"}, version=1)
    assert (changed.json()["text"], changed.headers["ETag"]) == ("two", '"2"')
    assert changed.json()["changed_at"]
    stale = api.patch(path, {"text": "three"}, version=1)
    assert (stale.status_code, stale.json()["current"]["text"]) == (412, "two")
    assert api.patch(path, {"text": "two"}, version=2).json()["version"] == 2, "nothing changed"
    assert api.delete(path, version=1).status_code == 412
    assert api.delete(path, version=2).status_code == 204
    assert api.get(path).status_code == 404


def test_pinned_notes_stand_first_on_the_first_page_and_on_no_other(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    pinned = api.post(path, {"text": "read this first", "pinned": True}).json()["id"]
    for number in range(60):
        api.post(path, {"text": f"note {number}"})
    first = api.get(path).json()
    rest = api.get(path, after=first["next"]).json()
    listed = [row["id"] for row in (*first["results"], *rest["results"])]
    assert listed[0] == pinned
    assert len(listed) == len(set(listed)) == 61
    assert rest["next"] is None
    assert api.get(path, after="nonsense").status_code == 400


def test_so_many_notes_are_pinned_and_no_more(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    for number in range(20):
        assert api.post(path, {"text": f"{number}", "pinned": True}).status_code == 201
    assert api.post(path, {"text": "one more", "pinned": True}).status_code == 409


def test_the_statements_of_a_page_do_not_grow_with_the_notes(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    api.post(path, {"text": "x"})
    api.get(path)
    with CaptureQueriesContext(connection) as few:
        api.get(path)
    for _ in range(5):
        api.post(path, {"text": "x"})
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(path).json()["results"]) == 6
    assert len(few) == len(many)


# Who may do what


def test_who_sees_the_record_sees_its_notes_and_adds_none(api: Api, onlooker: Api, supplier: Any) -> None:
    note = api.post(f"suppliers/{supplier['id']}/notes/", {"text": "for all"}).json()
    page = onlooker.get(f"suppliers/{supplier['id']}/notes/").json()
    assert [row["text"] for row in page["results"]] == ["for all"]
    assert page["may_add"] is False and page["why_not"].endswith(".")
    assert page["results"][0]["may_change"] is False
    path = f"suppliers/{supplier['id']}/notes/"
    refused = onlooker.post(path, {"text": "me too"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "suppliers.update")
    assert onlooker.delete(f"{path}{note['id']}/", version=1).status_code == 403
    assert onlooker.get(f"partners/{supplier['id']}/notes/").status_code == 403


def test_whoever_may_act_on_a_document_may_add_to_it(organization: Any, api: Api) -> None:
    order = create(api, "purchase-orders")
    clerk = sign_in(organization, frozenset({"purchase-orders.view", "purchasing.receive"}), "clerk")
    assert clerk.post(f"purchase-orders/{order['id']}/notes/", {"text": "Came late."}).status_code == 201


def test_a_note_of_somebody_else_is_changed_by_who_may_moderate_alone(
    api: Api, colleague: Api, supplier: Any
) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    mine = colleague.post(path, {"text": "mine"}).json()
    theirs = api.post(path, {"text": "theirs"}).json()
    refused = colleague.patch(f"{path}{theirs['id']}/", {"text": "mine now"}, version=1)
    assert (refused.status_code, refused.json()["permission"]) == (403, "notes.moderate")
    assert colleague.delete(f"{path}{theirs['id']}/", version=1).status_code == 403
    assert api.patch(f"{path}{mine['id']}/", {"text": "softened"}, version=1).status_code == 200
    assert colleague.delete(f"{path}{mine['id']}/", version=2).status_code == 204


def test_a_note_belongs_to_one_record(api: Api, supplier: Any) -> None:
    other = create(api, "suppliers")
    note = api.post(f"suppliers/{supplier['id']}/notes/", {"text": "x"}).json()
    path = f"suppliers/{other['id']}/notes/{note['id']}/"
    assert api.get(path).status_code == 404
    assert api.patch(path, {"text": "y"}, version=1).status_code == 404
    assert api.delete(path, version=1).status_code == 404


# What is kept of it, and taking it back


def test_a_note_stands_in_the_timeline_of_its_record_and_is_news_of_it(api: Api, supplier: Any) -> None:
    DomainEvent.objects.across_organizations().delete()
    api.post(f"suppliers/{supplier['id']}/notes/", {"text": "Closed in August"})
    entry = api.get(f"suppliers/{supplier['id']}/timeline/").json()["results"][0]
    assert {
        "resource": "note",
        "action": "create",
        "label": "Closed in August",
        "undoable": True,
        "why_not": "",
    }.items() <= (entry.items())
    assert AuditEntry.objects.within(api.organization).filter(table_name=Note._meta.db_table).count() == 1
    told = DomainEvent.objects.within(api.organization).values_list("type", "entity_type", "entity_id")
    assert ("record_updated", "suppliers", supplier["id"]) in told


def test_adding_changing_and_deleting_a_note_are_each_taken_back(api: Api, supplier: Any) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    made = api.post(path, {"text": "one"})
    note = made.json()
    changed = api.patch(f"{path}{note['id']}/", {"text": "two", "pinned": True}, version=1)
    gone = api.delete(f"{path}{note['id']}/", version=2)
    for done, expected in ((gone, ["two"]), (changed, ["one"]), (made, [])):
        undone = api.post("operations/audit.undo/", {"change_set": done.headers["X-Change-Set"]})
        assert undone.status_code == 200, undone.content
        assert [row["text"] for row in notes_of(api, f"suppliers/{supplier['id']}")] == expected


def test_what_one_may_not_do_by_hand_one_may_not_undo(api: Api, colleague: Api, supplier: Any) -> None:
    theirs = api.post(f"suppliers/{supplier['id']}/notes/", {"text": "theirs"})
    refused = colleague.post("operations/audit.undo/", {"change_set": theirs.headers["X-Change-Set"]})
    assert refused.status_code == 409
    assert "somebody else" in refused.json()["not_undone"][0]["reason"]


@pytest.mark.parametrize("what", [{"text": "reworded"}, {"pinned": True}])
def test_a_change_of_somebody_elses_note_is_not_undone_by_others(
    api: Api, colleague: Api, supplier: Any, what: dict[str, Any]
) -> None:
    path = f"suppliers/{supplier['id']}/notes/"
    note = api.post(path, {"text": "theirs"}).json()
    changed = api.patch(f"{path}{note['id']}/", what, version=1)
    by_hand = colleague.patch(f"{path}{note['id']}/", {"text": "theirs", "pinned": False}, version=2)
    assert by_hand.status_code == 403
    undone = colleague.post("operations/audit.undo/", {"change_set": changed.headers["X-Change-Set"]})
    assert undone.status_code == 409, "the author does not change with the text, so no change names them"
    assert "somebody else" in undone.json()["not_undone"][0]["reason"]
    assert notes_of(api, f"suppliers/{supplier['id']}")[0]["version"] == 2


def test_every_write_names_its_change_set_also_when_it_is_repeated(api: Api) -> None:
    body = {"code": "DRY", "name": "Dry"}
    first = api.post("categories/", body, key="k")
    again = api.post("categories/", body, key="k")
    assert first.headers["X-Change-Set"] == again.headers["X-Change-Set"]
    undone = api.post("operations/audit.undo/", {"change_set": first.headers["X-Change-Set"]})
    assert undone.status_code == 200
    assert "X-Change-Set" not in api.post("categories/", body, dry_run="true").headers
