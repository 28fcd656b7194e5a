"""A workbook or JSON through a whole session, over HTTP: its sheet, its rows, its notes, and what it cannot have."""

from __future__ import annotations

import datetime as dt
import errno
import json
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone

from server.core.context import SecurityContext
from server.imports import views
from server.imports.housekeeping import files_of_ended_sessions
from server.imports.models import ImportFile, ImportFileChunk, ImportSession
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import issues, plans, take_in, upload, validate
from tests.server.imports.workbooks import raw_xlsx, row_xml, sheet_xml, xls, xlsx

pytestmark = pytest.mark.django_db

ROWS = [
    ["Suppliers of 2026"],
    [],
    ["code", "name", "notes"],
    ["00123", "Apple", None],
    ["B", "Bread", "=1+1"],
]


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def begun(api: Api, content: bytes, filename: str = "suppliers.xlsx") -> dict[str, Any]:
    response = api.upload("imports/", content, into="suppliers", filename=filename)
    assert response.status_code == 201, response.content
    session: dict[str, Any] = response.json()
    return session


def patched(api: Api, session: dict[str, Any], status: int = 200, **body: Any) -> dict[str, Any]:
    response = api.patch(f"imports/{session['id']}/", body, version=session["version"])
    assert response.status_code == status, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_a_workbook_goes_in_under_the_row_numbers_of_its_sheet(actor: SecurityContext) -> None:
    session = take_in(actor, xlsx(("Here", ROWS)), filename="prices.csv")
    assert session.counts["created"] == 2, list(issues(session))
    assert [plan.row for plan in plans(session)] == [4, 5]
    assert [code for row, _field, code, _level in issues(session) if row == 5] == ["formula_without_value"]
    assert Partner.objects.within(actor).filter(code="00123").exists()
    again = take_in(actor, xlsx(("Here", ROWS)), filename="prices.csv")
    assert again.counts["unchanged"] == 2


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([{"code": "A", "name": "Apple"}, {"code": "B", "name": "Bread"}]).encode(),
        b'{"code": "A", "name": "Apple"}\n{"code": "B", "name": "Bread"}\n',
        xls(("S", [["code", "name"], ["A", "Apple"], ["B", "Bread"]])),
        b"| code | name |\n|---|---|\n| A | Apple |\n| B | Bread |\n",
    ],
)
def test_every_format_is_mapped_by_its_names_and_goes_in(actor: SecurityContext, content: bytes) -> None:
    session = take_in(actor, content)
    assert session.counts["created"] == 2, (session.mapping, list(issues(session)))


def test_another_sheet_is_taken_by_its_name(api: Api) -> None:
    rows = [["code", "name"], ["Z", "Zebra"]]
    session = begun(api, xlsx(("First", ROWS), ("Second", rows)))
    assert session["dialect"]["sheet"] == "First"
    assert "more_sheets" in [problem["code"] for problem in session["problems"]]
    moved = patched(api, session, dialect={"header_row": 3})
    moved = patched(api, moved, dialect={"sheet": "Second"})
    assert (moved["dialect"]["sheet"], moved["dialect"]["header_row"], moved["rows"]) == ("Second", 1, 1)
    refused = patched(api, moved, 422, dialect={"sheet": "Third"})
    assert [error["field"] for error in refused["errors"]] == ["dialect.sheet"]
    assert "“First”" in refused["errors"][0]["message"]
    assert api.get(f"imports/{session['id']}/").json()["dialect"]["sheet"] == "Second"


@pytest.mark.parametrize(
    "member", [{"encoding": "utf-8"}, {"delimiter": ";"}, {"quote": ""}, {"newline": "\n"}]
)
def test_a_workbook_has_no_delimiter(api: Api, member: dict[str, Any]) -> None:
    refused = patched(api, begun(api, xlsx(("S", ROWS))), 422, dialect=member)
    assert [error["field"] for error in refused["errors"]] == [f"dialect.{next(iter(member))}"]


def test_a_text_has_no_sheet(api: Api) -> None:
    refused = patched(api, begun(api, b"code,name\nA,Apple\n"), 422, dialect={"sheet": "First"})
    assert [error["field"] for error in refused["errors"]] == ["dialect.sheet"]


@pytest.mark.parametrize(
    "member",
    [
        {"header_rows": 0},
        {"header_rows": 2, "header_row": 1},
        {"footer_rows": -1},
        {"skip_rows": ["a"]},
        {"skip_rows": [True]},
        {"empty": "maybe"},
        {"clear_mark": " - "},
        {"clear_mark": "\0"},
        {"sheet": 7},
        {"skipped": []},
        {"last_row": 3},
    ],
)
def test_what_a_dialect_cannot_say_is_refused_by_its_path(api: Api, member: dict[str, Any]) -> None:
    refused = patched(api, begun(api, b"code,name\nA,Apple\n"), 422, dialect=member)
    assert refused["errors"][0]["field"].startswith("dialect.")


def test_totals_are_shown_and_can_be_called_data(api: Api) -> None:
    text = b"code,name,phone\nA,Apple,1\nB,Bread,2\nTotal,,3\n"
    session = begun(api, text)
    assert session["rows"] == 2
    assert session["dialect"]["skipped"] == [{"row": 4, "rows": 1, "reason": "total", "text": "Total | 3"}]
    session = patched(api, session, dialect={"footer_rows": 0, "skip_rows": [2]})
    assert (session["rows"], session["mapping"]["code"]) == (2, {"column": 0})
    assert [each["reason"] for each in session["dialect"]["skipped"]] == ["declared"]


def test_a_refused_workbook_leaves_nothing_and_its_refusal_is_one_for_the_file(api: Api) -> None:
    response = api.upload("imports/", b"PK\x03\x04rest", into="suppliers", filename="a.xlsx")
    assert response.status_code == 422
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [
        ("file", "damaged_workbook")
    ]
    assert ImportFile.objects.across_organizations().count() == 0


def test_empty_cells_and_marks_do_what_is_chosen(actor: SecurityContext, organization: Organization) -> None:
    take_in(actor, "code,name,notes,phone\nA,Apple,crisp,12\nB,Bread,dark,34\n")
    take_in(actor, "code,notes,phone\nA,,-\nB,NULL,\\N\n")
    kept = {each.code: (each.notes, each.phone) for each in Partner.objects.within(organization)}
    assert kept == {"A": ("crisp", ""), "B": ("dark", "34")}
    chosen = {"empty": "clear", "clear_mark": "<none>"}
    take_in(actor, "code,notes,phone\nA,,-\nB,<none>,7\n", dialect=chosen)
    kept = {each.code: (each.notes, each.phone) for each in Partner.objects.within(organization)}
    assert kept == {"A": ("", "-"), "B": ("", "7")}


def test_what_must_be_given_is_not_cleared_by_an_empty_cell(actor: SecurityContext) -> None:
    take_in(actor, "code,name\nA,Apple\n")
    session = validate(actor, upload(actor, "code,name\nA,\n", dialect={"empty": "clear"}))
    assert [code for _row, _field, code, _level in issues(session)] == ["required"]


def test_a_guard_is_part_of_the_text_in_a_workbook(
    actor: SecurityContext, organization: Organization
) -> None:
    rows = row_xml(1, ["code", "name"]) + row_xml(2, ["A", "'=1+1"]) + row_xml(3, ["B", '="00123"'])
    take_in(actor, raw_xlsx(sheet_xml(rows)))
    take_in(actor, "code,name\nC,'=1+1\n")
    names = dict(Partner.objects.within(organization).values_list("code", "name"))
    assert names == {"A": "'=1+1", "B": '="00123"', "C": "=1+1"}


def test_the_rows_of_a_workbook_are_deleted_with_its_bytes(actor: SecurityContext) -> None:
    session = take_in(actor, xlsx(("S", ROWS)))
    assert session.table is not None and session.table != session.file
    open_one = upload(actor, xlsx(("S", ROWS[:4])))
    long_ago = timezone.now() - dt.timedelta(days=40)
    ImportFile.objects.across_organizations().update(created_at=long_ago)
    ImportSession.objects.within(actor).update(updated_at=long_ago)
    [outdated] = files_of_ended_sessions(timezone.now())
    assert set(outdated.values_list("file", flat=True)) == {session.file_id, session.table_id}
    assert ImportFileChunk.objects.within(actor).filter(file_id=open_one.table_id).exists()


def test_a_full_disk_refuses_the_upload_and_not_the_server(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(BytesIO):
        def __init__(self, _size: int) -> None:
            super().__init__()

        def write(self, _piece: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(views.tempfile, "SpooledTemporaryFile", Full)
        response = api.upload("imports/", b"code,name\nA,Apple\n", into="suppliers", filename="a.csv")
    assert response.status_code == 422, response.content
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("file", "disk_full")]
    assert begun(api, b"code,name\nA,Apple\n")["rows"] == 1
