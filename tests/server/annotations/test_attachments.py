"""Attached files: kept as they came, told by their bytes, given back to be saved and never shown."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import tracemalloc
import uuid
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from server.annotations.housekeeping import KEPT, orphans, released
from server.annotations.media_types import media_type
from server.annotations.models import Attachment, AttachmentChunk, AttachmentContent, Note
from server.audit.models import AuditEntry
from server.core.retention import delete_portion
from tests.server.api_client import Api
from tests.server.samples import create

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4000
PAGE = b"<!doctype html><script>alert(1)</script>"


def bytes_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def attach(api: Api, record: dict[str, Any], content: bytes, name: str = "note.pdf") -> dict[str, Any]:
    answer = api.upload(f"suppliers/{record['id']}/attachments/", content, filename=name)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def test_a_file_comes_back_byte_for_byte_to_be_saved_and_never_shown(api: Api, supplier: Any) -> None:
    made = attach(api, supplier, PDF, "Lieferschein März.pdf")
    assert {
        "name": "Lieferschein März.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "author": api.user.username,
    }.items() <= made.items()
    path = f"suppliers/{supplier['id']}/attachments/"
    assert [row["id"] for row in api.get(path).json()["results"]] == [made["id"]]
    assert api.get(f"suppliers/{supplier['id']}/").json()["_counts"] == {"notes": 0, "attachments": 1}
    content = api.get(f"{path}{made['id']}/content/")
    assert bytes_of(content) == PDF
    assert content.headers["Content-Length"] == str(len(PDF))
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    disposition = content.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="') and quote("Lieferschein März.pdf") in disposition
    assert "sandbox" in content.headers["Content-Security-Policy"]


def test_a_page_is_plain_text_whatever_it_is_called(api: Api, supplier: Any) -> None:
    made = attach(api, supplier, PAGE, "invoice.html")
    assert made["media_type"] == "text/plain"
    content = api.get(f"suppliers/{supplier['id']}/attachments/{made['id']}/content/")
    assert content.headers["Content-Type"] == "text/plain"


def _workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (_workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"PK\x03\x04....", "application/zip"),
        (b"code;name\r\n1;M\xc3\xbcsli", "text/plain"),
        ("ä".encode()[:1], "text/plain"),  # cut in the middle of a letter
        (b"MZ\x90\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"caf\xe9 latin", "application/octet-stream"),
    ],
    # Of their own: a workbook's bytes hold the time, and differ from one worker to the next.
    ids=["pdf", "png", "jpeg", "xlsx", "zip", "csv", "half a letter", "program", "empty", "latin"],
)
def test_the_kind_of_a_file_is_told_from_its_bytes(content: bytes, expected: str) -> None:
    assert media_type(content) == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\scan.pdf", "scan.pdf"),
        ("e\u0301tiquette.pdf", "étiquette.pdf"),
        ('a"b;c%.pdf', 'a"b;c%.pdf'),
    ],
)
def test_a_name_leads_nowhere(api: Api, supplier: Any, given: str, kept: str) -> None:
    made = attach(api, supplier, b"x", given)
    assert made["name"] == kept
    header = api.get(f"suppliers/{supplier['id']}/attachments/{made['id']}/content/").headers[
        "Content-Disposition"
    ]
    assert header.count('"') == 2 and header.isascii()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "required"),
        ("..", "required"),
        ("a/", "required"),
        ("x" * 201, "too_long"),
        ("evil\u202egpj.exe", "control_character"),
        ("a\r\nSet-Cookie: x", "control_character"),
        ("a\x1b[2J", "control_character"),
    ],
)
def test_a_name_that_hides_something_is_refused(api: Api, supplier: Any, given: str, code: str) -> None:
    refused = api.upload(f"suppliers/{supplier['id']}/attachments/", b"x", filename=given)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert not Attachment.objects.across_organizations().exists()


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(api: Api, supplier: Any, settings: Any) -> None:
    settings.ATTACHMENT_LIMIT_BYTES = 1 << 20
    path = f"suppliers/{supplier['id']}/attachments/"
    refused = api.upload(path, b"x" * ((1 << 20) + 1), filename="big.bin")
    assert (refused.status_code, refused.json()["limit"]) == (413, 1 << 20)
    assert not AttachmentContent.objects.across_organizations().exists()
    assert api.upload(path, b"x" * (1 << 20), filename="fits.bin").status_code == 201


def test_a_repeat_of_the_same_file_attaches_it_once(api: Api, supplier: Any) -> None:
    path = f"/api/v1/suppliers/{supplier['id']}/attachments/?filename=a.pdf"
    headers = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": uuid.uuid4().hex}
    kind = "application/octet-stream"
    answers = [api.client.generic("POST", path, PDF, content_type=kind, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    other = api.client.generic("POST", path, PDF + b"!", content_type=kind, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    preview = api.upload(
        f"suppliers/{supplier['id']}/attachments/", PDF, filename="b.pdf", dry_run="true"
    ).json()
    assert [change["resource"] for change in preview["changes"]] == ["attachment"]
    assert Attachment.objects.across_organizations().count() == 1


def test_a_large_file_is_held_whole_neither_coming_nor_going(api: Api, supplier: Any) -> None:
    megabytes = 20
    content = b"x" * (megabytes << 20)
    tracemalloc.start()
    try:
        made = attach(api, supplier, content)
        answer = api.get(f"suppliers/{supplier['id']}/attachments/{made['id']}/content/")
        assert sum(len(piece) for piece in answer.streaming_content) == len(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The test client itself holds the body once more; our share is what is above that.
    assert peak < (2 * megabytes << 20), f"{peak >> 20} MB"


def test_a_file_of_somebody_else_is_deleted_by_who_may_moderate_alone(
    api: Api, colleague: Api, onlooker: Api, supplier: Any
) -> None:
    made = attach(api, supplier, PDF)
    path = f"suppliers/{supplier['id']}/attachments/"
    refused = colleague.delete(f"{path}{made['id']}/", version=1)
    assert (refused.status_code, refused.json()["permission"]) == (403, "attachments.moderate")
    assert onlooker.upload(path, PDF, filename="mine.pdf").status_code == 403
    assert bytes_of(onlooker.get(f"{path}{made['id']}/content/")) == PDF
    assert api.delete(f"{path}{made['id']}/").status_code == 428
    assert api.delete(f"{path}{made['id']}/", version=1).status_code == 204
    assert api.get(f"{path}{made['id']}/content/").status_code == 404


def test_a_deleted_file_comes_back_by_undo(api: Api, supplier: Any) -> None:
    made = attach(api, supplier, PDF)
    path = f"suppliers/{supplier['id']}/attachments/"
    gone = api.delete(f"{path}{made['id']}/", version=1)
    undone = api.post("operations/audit.undo/", {"change_set": gone.headers["X-Change-Set"]})
    assert undone.status_code == 200, undone.content
    assert bytes_of(api.get(f"{path}{made['id']}/content/")) == PDF
    assert api.get(f"{path}{made['id']}/").json()["added_at"] == made["added_at"]


def test_a_file_belongs_to_one_record(api: Api, supplier: Any) -> None:
    made = attach(api, supplier, PDF)
    other = create(api, "suppliers")
    for tail in ("", "content/"):
        assert api.get(f"suppliers/{other['id']}/attachments/{made['id']}/{tail}").status_code == 404


# What nobody needs any more


def sweep(now: dt.datetime) -> None:
    for select in (orphans, released):
        for rows in select(now):
            while delete_portion(rows):
                pass


def test_bytes_go_once_nobody_can_take_the_deletion_back(api: Api, supplier: Any) -> None:
    kept = attach(api, supplier, PDF)
    gone = attach(api, supplier, b"gone")
    api.delete(f"suppliers/{supplier['id']}/attachments/{gone['id']}/", version=1)
    now = timezone.now()
    sweep(now + KEPT - dt.timedelta(hours=1))
    assert AttachmentContent.objects.across_organizations().count() == 2
    sweep(now + KEPT + dt.timedelta(hours=1))
    assert [row.sha256 for row in AttachmentContent.objects.across_organizations()] == [kept["sha256"]]
    assert AttachmentChunk.objects.across_organizations().exclude(content__sha256=kept["sha256"]).count() == 0


def test_what_hangs_on_a_deleted_record_waits_for_its_return_and_then_goes(api: Api) -> None:
    record = create(api, "categories")
    other = create(api, "categories")
    for each in (record, other):
        api.post(f"categories/{each['id']}/notes/", {"text": "x"})
    path = f"categories/{record['id']}/"
    assert api.upload(f"{path}attachments/", PDF, filename="a.pdf").status_code == 201
    deleted = api.delete(path, version=record["version"])
    assert deleted.status_code == 204, deleted.content
    now = timezone.now()
    sweep(now + dt.timedelta(days=1))
    assert Note.objects.across_organizations().count() == 2
    restored = api.post("operations/audit.undo/", {"change_set": deleted.headers["X-Change-Set"]})
    assert restored.status_code == 200, restored.content
    assert api.get(path).json()["_counts"] == {"notes": 1, "attachments": 1}
    api.delete(path, version=api.get(path).json()["version"])
    sweep(now + KEPT + dt.timedelta(days=1))
    left = Note.objects.across_organizations().values_list("record_id", flat=True)
    assert list(left) == [other["id"]]
    assert not Attachment.objects.across_organizations().exists()
    assert AuditEntry.objects.within(api.organization).filter(table_name=Note._meta.db_table).exists()
