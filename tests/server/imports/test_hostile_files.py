"""Files and people that no import was made for: each is refused with a sentence, at once, and nothing leaks."""

from __future__ import annotations

import time
import zipfile
from io import BytesIO
from typing import Any

import pytest

from server.accounts.models import FieldRule, UserRole
from server.accounts.rights import rights_changed
from server.imports.recognition.dialects import recognise_format
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def _zip_bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("suppliers.csv", b"0" * 10_000_000)
    return packed.getvalue()


HOSTILE = {
    "a zip named csv": (_zip_bomb(), "other_format"),
    "5,000 columns": (b",".join(b"c%d" % number for number in range(5000)) + b"\n", "too_many_columns"),
    "a cell of 10 MB": (b"code,name\nA," + b"x" * 10_000_000 + b"\n", "line_too_long"),
    "NUL bytes": (b"code,name\nA,b\x00c\n", "nul_bytes"),
    "nothing but marks": (b"\xef\xbb\xbf\r\n\r\n", "empty"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_its_code(api: Api, name: str) -> None:
    content, code = HOSTILE[name]
    response = api.upload("imports/", content, into="suppliers", filename="prices.csv")
    assert response.status_code == 422, response.content
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"]) == ("file", code)
    assert len(error["message"]) > 20
    assert api.get("imports/").json()["results"] == []


ODD = {
    "CR only": b"code,name\rA,Apple\rB,Bread\r",
    "a mark in the middle": b"code,name\nA,\xef\xbb\xbfApple\nB,Bread\n",
    "formulas": b'code,name\nA,"=HYPERLINK(""http://x"")"\nB,@SUM(1)\n',
    "a lone quote": b'code,name\nA,"Apple\nB,Bread\nC,Cake\n',
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_taken_in_or_refused_by_the_row(api: Api, name: str) -> None:
    session = api.upload("imports/", ODD[name], into="suppliers", filename="odd.csv").json()
    assert session["state"] == "recognised", session
    validated = api.post(
        "operations/imports.validate/", {"session": session["id"]}, version=session["version"]
    )
    assert validated.status_code == 200, validated.content
    rows = api.get(f"imports/{session['id']}/rows/").json()["results"]
    assert rows
    assert all(row["status"] == "created" or row["issues"] for row in rows)


def test_spaces_do_not_keep_the_recognition_busy() -> None:
    began = time.process_time()
    recognise_format("a,b\n" + (" " * 199 + "?," + "-" + " " * 198 + "?\n") * 300)
    assert time.process_time() - began < 5


def _ruled(organization: Any, access: str) -> Api:
    """Somebody who may take suppliers in, but not see, or not change, their notes."""
    permissions = {f"suppliers.{verb}" for verb in ("view", "create", "update", "import")}
    colleague = sign_in(
        organization,
        frozenset(permissions | {"imports.view", "imports.validate", "imports.apply", "imports.undo"}),
        "colleague",
    )
    FieldRule.objects.create(
        organization=organization,
        role=UserRole.objects.within(organization).get(user=colleague.user).role,
        resource="suppliers",
        field="notes",
        access=access,
    )
    rights_changed(organization.pk)
    return colleague


def _validated(api: Api, content: bytes) -> dict[str, Any]:
    session = api.upload("imports/", content, into="suppliers", filename="notes.csv").json()
    done = api.post("operations/imports.validate/", {"session": session["id"]}, version=session["version"])
    assert done.status_code == 200, done.content
    found: dict[str, Any] = api.get(f"imports/{session['id']}/").json()
    return found


def test_the_rows_of_a_session_do_not_show_a_colleague_what_a_rule_hides(api: Api, organization: Any) -> None:
    supplier = {"code": "A", "name": "Apple", "currency": "USD", "notes": "pays late"}
    assert api.post("suppliers/", supplier).status_code == 201
    session = _validated(api, b"code,notes\nA,pays on time\n")
    path = f"imports/{session['id']}/rows/"
    assert "pays late" in api.get(path).content.decode()
    shown = _ruled(organization, "hidden").get(path)
    assert shown.status_code == 200
    assert "pays" not in shown.content.decode()


def test_nobody_applies_or_undoes_what_a_rule_lets_them_only_read(api: Api, organization: Any) -> None:
    session = _validated(api, b"code,name,notes\nA,Apple,crisp\n")
    colleague = _ruled(organization, "read_only")
    body = {"session": session["id"]}
    refused = colleague.post("operations/imports.apply/", body, version=session["version"])
    assert refused.status_code == 403, refused.content
    assert "notes" in refused.json()["detail"]
    accepted = api.post("operations/imports.apply/", body, version=session["version"])
    assert accepted.status_code == 202, accepted.content


def test_a_corrected_cell_names_a_row_that_there_can_be(api: Api) -> None:
    session = _validated(api, b"code,name\nA,Apple\n")
    for row in (2**31, 2**63, 1, -1, True):
        response = api.patch(
            f"imports/{session['id']}/cells/",
            {"cells": [{"row": row, "column": 0, "value": "B"}]},
            version=session["version"],
        )
        assert response.status_code == 422, (row, response.content)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dialect": {"encoding": "utf-16"}}, "file"),
        ({"dialect": {"header_row": 99}}, "dialect.header_row"),
        ({"mapping": {"code": {"constant": "\x00"}}}, "mapping.code"),
        ({"mapping": {"code": {"column": 0, "values": {"a": 1}}}}, "mapping.code"),
    ],
)
def test_a_setting_that_the_file_cannot_have_is_refused(api: Api, body: dict[str, Any], field: str) -> None:
    session = _validated(api, b"code,name\nA,Apple\n")
    response = api.patch(f"imports/{session['id']}/", body, version=session["version"])
    assert response.status_code == 422, response.content
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("reference", ["9" * 30, "abc", "code:abc", "id:abc"])
def test_a_record_without_a_code_is_not_looked_for_by_one(api: Api, reference: str) -> None:
    for path in ("imports/", "jobs/", "field-rules/"):
        assert api.get(f"{path}{reference}/").status_code == 404
    assert api.get(f"imports/{reference}/rejects/").status_code == 404
