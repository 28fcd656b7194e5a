"""An upload is stored before its session: what no session keeps is dropped, and the same bytes are stored once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.core.context import SecurityContext
from server.core.retention import delete_portion
from server.imports.housekeeping import files_that_never_came
from server.imports.models import ImportFile, ImportFileChunk, ImportSession
from server.imports.reading.storage import claim, drop_unclaimed, receive
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db(transaction=True)

SUPPLIERS = b"code,name\nS1,Alder\nS2,Birch\n"


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, every_permission())


def upload(api: Api, data: bytes, query: str = "", key: str = "") -> HttpResponse:
    return api.client.generic(
        "POST",
        f"/api/v1/imports/?into=suppliers&filename=s.csv{query}",
        data,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {api.token}", "Idempotency-Key": key or uuid.uuid4().hex},
    )


def kept() -> tuple[int, ...]:
    """How many sessions, files and pieces of files there are."""
    models = (ImportSession, ImportFile, ImportFileChunk)
    return tuple(model.objects.across_organizations().count() for model in models)


def test_a_rehearsal_keeps_nothing(api: Api) -> None:
    response = upload(api, SUPPLIERS, "&dry_run=true")
    assert response.status_code == 200 and response.json()["result"]["rows"] == 2
    assert kept() == (0, 0, 0)


def test_what_is_no_table_is_not_kept(api: Api) -> None:
    assert upload(api, b"\x00\x01\x02" * 1_000).status_code == 422
    assert kept() == (0, 0, 0)


def test_the_same_bytes_are_not_written_again(api: Api) -> None:
    assert upload(api, SUPPLIERS, key="one").status_code == 201
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert upload(api, SUPPLIERS, key="one")["Idempotent-Replayed"] == "true"
        assert upload(api, SUPPLIERS, key="another").status_code == 201
    inserted = f'INSERT INTO "{ImportFileChunk._meta.db_table}"'
    assert not [query["sql"] for query in seen if query["sql"].startswith(inserted)]
    assert kept() == (2, 1, 1)


def test_a_file_that_breaks_off_is_dropped(actor: SecurityContext) -> None:
    class BrokenOff(Exception):
        pass

    def pieces() -> Iterator[bytes]:
        yield bytes(3 << 20)
        assert kept() == (0, 1, 3)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        receive(actor, pieces())
    assert kept() == (0, 0, 0)


def test_of_two_uploads_of_the_same_bytes_at_one_time_one_is_kept(actor: SecurityContext) -> None:
    first, second = receive(actor, [SUPPLIERS]), receive(actor, [SUPPLIERS])
    assert first.file.pk != second.file.pk
    assert claim(actor, first).pk == claim(actor, second).pk == first.file.pk
    for received in (first, second):
        drop_unclaimed(received.file)
    assert kept() == (0, 1, 1)


def test_what_a_killed_server_left_goes_a_day_later(actor: SecurityContext) -> None:
    receive(actor, [SUPPLIERS])
    claim(actor, receive(actor, [b"code\nS3\n"]))
    now = timezone.now()
    for moment, left in ((now, (0, 2, 2)), (now + timedelta(days=2), (0, 1, 1))):
        for rows in files_that_never_came(moment):
            while delete_portion(rows):
                pass
        assert kept() == left
