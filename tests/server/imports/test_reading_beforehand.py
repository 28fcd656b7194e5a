"""A file is read before the transaction of the change that wants it: on SQLite nobody else could write meanwhile."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from server.imports.correcting import feeding
from server.imports.models import ImportFile, ImportFileChunk, ImportSession
from server.imports.reading import rereading
from server.imports.sources import conversion
from server.organizations.models import Organization
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.imports.workbooks import xlsx

pytestmark = pytest.mark.django_db(transaction=True)

BOOK = xlsx(
    ("One", [["code", "name"], ["A", "Apple"]]),
    ("Two", [["code", "name", "email"], ["B", "Bread", "nobody"], ["C", "Corn", None]]),
)
PATIENCE = 20
"""Seconds; the database itself gives up sooner."""


@pytest.fixture
def api(organization: Organization) -> Api:
    return sign_in(organization, every_permission())


@pytest.fixture
def colleague(organization: Organization) -> Api:
    return sign_in(organization, every_permission(), "colleague")


def begun(api: Api) -> dict[str, Any]:
    response = api.upload("imports/", BOOK, into="suppliers", filename="book.xlsx")
    assert response.status_code == 201, response.content
    session: dict[str, Any] = response.json()
    return session


def sheet(api: Api, session: dict[str, Any], name: str, **options: Any) -> HttpResponse:
    path = f"imports/{session['id']}/"
    return api.patch(path, {"dialect": {"sheet": name}}, version=session["version"], **options)


def fed(api: Api, session: dict[str, Any], content: bytes, key: str = "") -> HttpResponse:
    headers = {
        "Authorization": f"Bearer {api.token}",
        "Idempotency-Key": key or uuid.uuid4().hex,
        "If-Match": f'"{session["version"]}"',
    }
    return api.client.generic(
        "POST",
        f"/api/v1/imports/{session['id']}/rejects/?filename=mended.xlsx",
        content,
        content_type="application/octet-stream",
        headers=headers,
    )


class Beside:
    """Stands in for a reading that takes its time: while it lasts, a colleague writes a record and has done so."""

    def __init__(self, colleague: Api, read: Callable[..., Any]) -> None:
        self.colleague, self.read = colleague, read
        self.statuses: list[int] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        writer = threading.Thread(target=self._write, daemon=True)
        writer.start()
        writer.join(PATIENCE)
        return self.read(*given, **named)

    def _write(self) -> None:
        number = len(self.statuses)
        try:
            response = self.colleague.post("units/", {"code": f"U{number}", "name": f"Unit {number}"})
            self.statuses.append(response.status_code)
        finally:
            connection.close()


@pytest.fixture
def slow(colleague: Api, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], Beside]:
    def make(module: Any, name: str) -> Beside:
        beside = Beside(colleague, getattr(module, name))
        monkeypatch.setattr(module, name, beside)
        return beside

    return make


def kept() -> tuple[int, int]:
    """How many files and pieces of files there are."""
    return (
        ImportFile.objects.across_organizations().count(),
        ImportFileChunk.objects.across_organizations().count(),
    )


@pytest.mark.parametrize(("module", "name"), [(conversion, "_read"), (rereading, "recognise")])
def test_while_another_sheet_is_read_others_write(
    api: Api, slow: Callable[[Any, str], Beside], module: Any, name: str
) -> None:
    session = begun(api)
    beside = slow(module, name)
    response = sheet(api, session, "Two")
    assert response.status_code == 200, response.content
    assert beside.statuses == [201]
    assert [column["name"] for column in response.json()["columns"]] == ["code", "name", "email"]


@pytest.mark.parametrize(("module", "name"), [(conversion, "_read"), (feeding, "data_rows")])
def test_while_mended_rows_are_read_others_write(
    api: Api, slow: Callable[[Any, str], Beside], module: Any, name: str
) -> None:
    session = sheet(api, begun(api), "Two").json()
    beside = slow(module, name)
    mended = xlsx(("S", [["code", "name", "email", "row"], ["B", "Bread", "b@bread.example", 2]]))
    response = fed(api, session, mended)
    assert response.status_code == 200, response.content
    assert beside.statuses == [201]
    assert response.json()["fed"] == {"rows": 1, "cells": 1, "unchanged": 0}


def test_a_repeat_is_answered_without_reading_again(api: Api, slow: Callable[[Any, str], Beside]) -> None:
    session = begun(api)
    beside = slow(conversion, "_read")
    first = sheet(api, session, "Two", key="once")
    again = sheet(api, session, "Two", key="once")
    assert again["Idempotent-Replayed"] == "true" and again.content == first.content
    mended = xlsx(("S", [["code", "name", "email", "row"], ["B", "Bread", "b@bread.example", 2]]))
    first = fed(api, first.json(), mended, key="fed once")
    again = fed(api, {**session, "version": first.json()["version"] - 1}, mended, key="fed once")
    assert again["Idempotent-Replayed"] == "true" and again.content == first.content
    assert beside.statuses == [201, 201], "each was read once"


def test_a_reading_that_fails_leaves_the_key_free_and_nothing_behind(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begun(api)
    before = kept()
    assert sheet(api, session, "Three", key="mine").status_code == 422

    def broken(*_given: Any, **_named: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("server.imports.views.change_session", broken)
        assert sheet(api, session, "Two", key="another").status_code == 500
    assert kept() == before
    assert sheet(api, session, "Two", key="another").status_code == 200


def test_a_stale_version_is_refused_unread(api: Api, slow: Callable[[Any, str], Beside]) -> None:
    session = begun(api)
    assert sheet(api, session, "Two").status_code == 200
    beside = slow(conversion, "_read")
    assert sheet(api, session, "One").status_code == 412
    assert fed(api, session, BOOK).status_code == 412
    assert not beside.statuses
    assert ImportSession.objects.across_organizations().get().dialect["sheet"] == "Two"


def test_a_rehearsal_of_another_sheet_keeps_nothing(api: Api) -> None:
    session = begun(api)
    before = kept()
    response = sheet(api, session, "Two", dry_run="true")
    assert response.status_code == 200, response.content
    assert kept() == before
