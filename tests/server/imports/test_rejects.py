"""The refused rows: out with their numbers and reasons, corrected, and back into the session that they came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from openpyxl import load_workbook

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.core.formula_guard import guard
from server.imports.correcting import rejects
from server.imports.correcting.feeding import feed_back, read_mended
from server.imports.correcting.rejects import as_csv, as_workbook
from server.imports.issues import Flaw
from server.imports.models import ImportFile, ImportSession
from server.imports.values.carrying import carried, meaning
from server.imports.values.typed import CLEAR, LEAVE, Style, ValueRule, reader
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import apply, plans, upload, validate

pytestmark = pytest.mark.django_db

DATA = (
    "Code,Name,E-mail,City\n"
    "S1,Alder,a@alder.example,Boston\n"
    "S2,=Birch,nobody,'=Dover\n"
    "S3,Cedar,c@cedar.example\n"
    "S4,Date,d@date.example,Lynn,extra\n"
    "S5,,nowhere,Salem\n"
)


@pytest.fixture
def session(actor: SecurityContext) -> ImportSession:
    return validate(actor, upload(actor, DATA))


def table(session: ImportSession) -> list[list[str]]:
    text = b"".join(as_csv(session)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_bytes(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def feed(
    actor: SecurityContext, session: ImportSession, data: bytes, name: str = "mended.csv"
) -> dict[str, int]:
    mended = read_mended(actor, session, filename=name, open_chunks=lambda: iter([data]))
    return feed_back(actor, session, mended)


def correct(rows: list[list[str]]) -> list[list[str]]:
    head, birch, cedar, date, fifth = rows
    birch[2] = "b@birch.example"
    cedar[3] = "Quincy"
    date[6:] = []
    fifth[1:3] = ["Elm", "e@elm.example"]
    return [head, fifth, birch, date, cedar]


def test_a_reject_has_its_own_columns_its_number_and_its_reason(session: ImportSession) -> None:
    head, *rows = table(session)
    assert head == ["Code", "Name", "E-mail", "City", "row", "reason"]
    assert [row[4] for row in rows] == ["3", "4", "5", "6"]
    assert rows[0][:4] == ["S2", "'=Birch", "nobody", "'=Dover"] and "E-mail" in rows[0][5]
    assert rows[2][6] == "extra", "what a row has too many stands behind its reason"
    remedies = [issue.remedy for plan in plans(session, "refused") for issue in plan.issues if issue.remedy]
    assert remedies and all(remedy in "".join(row[5] for row in rows) for remedy in remedies)


def test_corrected_in_any_order_they_go_back_where_they_came_from(
    actor: SecurityContext, organization: Organization, session: ImportSession
) -> None:
    fed = feed(actor, session, as_bytes(correct(table(session))))
    assert fed["rows"] == 4 and fed["unchanged"] == 0
    assert session.state == ImportSession.State.RECOGNISED
    validate(actor, session)
    assert session.counts["refused"] == 0, [plan.issues for plan in plans(session, "refused")]
    apply(actor, session)
    there = dict(Partner.objects.within(organization).values_list("name", "city"))
    # The file's own “'=Dover” is how a guarded file writes “=Dover”.
    assert there == {"Alder": "Boston", "=Birch": "=Dover", "Cedar": "Quincy", "Date": "Lynn", "Elm": "Salem"}


def test_what_is_given_back_as_it_was_changes_nothing(actor: SecurityContext, session: ImportSession) -> None:
    head, birch, *_rest = table(session)
    assert feed(actor, session, as_bytes([head, birch])) == {"rows": 0, "cells": 0, "unchanged": 1}
    assert session.state == ImportSession.State.VALIDATED


def test_a_workbook_marks_the_failing_cells_and_goes_back_too(
    actor: SecurityContext, organization: Organization, session: ImportSession, tmp_path: Any
) -> None:
    path = tmp_path / "rejects.xlsx"
    path.write_bytes(b"".join(as_workbook(session)))
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    failing = sheet.cell(2, 3)
    assert failing.value == "nobody" and failing.fill.fgColor.rgb.endswith("FFF2CC")
    assert failing.comment is not None and "email address" in failing.comment.text
    assert sheet.cell(2, 1).comment is None and sheet.cell(2, 1).fill.fgColor.rgb == "00000000"
    assert sheet.cell(2, 2).value == "=Birch" and sheet.cell(2, 2).data_type == "s"
    failing.value = "b@birch.example"
    sheet.cell(2, 2).value = "Birch"
    sheet.delete_rows(3, 3)
    book.save(path)
    fed = feed(actor, session, path.read_bytes(), "rejects.xlsx")
    assert fed == {"rows": 1, "cells": 2, "unchanged": 0}
    validate(actor, session)
    assert [plan.row for plan in plans(session, "refused")] == [4, 5, 6]


def test_a_file_without_a_header_has_rejects_without_one(
    actor: SecurityContext, organization: Organization
) -> None:
    mapping = {"code": {"column": 0}, "name": {"column": 1}, "email": {"column": 2}}
    session = upload(
        actor, "S1,Alder,nobody\nS2,Birch,b@birch.example\n", dialect={"header_row": 0}, mapping=mapping
    )
    validate(actor, session)
    [row] = table(session)
    row[2] = "a@alder.example"
    feed(actor, session, as_bytes([row]))
    apply(actor, validate(actor, session))
    assert Partner.objects.within(organization).count() == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda row: row.__setitem__(4, "99"), "not_found"),
        (lambda row: row.__setitem__(4, "1"), "not_found"),
        (lambda row: row.__setitem__(4, "three"), "invalid"),
        (lambda row: row.append("more"), "ragged"),
    ],
)
def test_what_names_no_row_is_refused_as_a_whole(
    actor: SecurityContext, session: ImportSession, change: Callable[[list[str]], None], code: str
) -> None:
    head, birch, *_rest = table(session)
    birch[2] = "b@birch.example"
    change(birch)
    with pytest.raises(Invalid) as caught:
        feed(actor, session, as_bytes([head, birch]))
    assert [(error.field, error.code) for error in caught.value.errors] == [("rows[2]", code)]
    assert not session.fixes.exists()


def test_a_row_is_given_once(actor: SecurityContext, session: ImportSession) -> None:
    head, birch, *_rest = table(session)
    with pytest.raises(Invalid) as caught:
        feed(actor, session, as_bytes([head, birch, birch]))
    assert [(error.field, error.code) for error in caught.value.errors] == [("rows[3]", "duplicate")]


def test_another_file_is_no_rejects_and_leaves_nothing_behind(
    actor: SecurityContext, organization: Organization, session: ImportSession
) -> None:
    with pytest.raises(Invalid):
        feed(actor, session, b"Code,Name\nS1,Alder\n")
    feed(actor, session, as_bytes(correct(table(session))))
    assert ImportSession.objects.within(organization).count() == 1
    assert ImportFile.objects.within(organization).count() == 1


def test_taken_in_as_a_file_of_their_own_rejects_are_mapped_like_their_file(
    actor: SecurityContext, session: ImportSession
) -> None:
    apply(actor, session)
    own = upload(actor, as_bytes(correct(table(session))))
    assert own.mapping == session.mapping and set(own.mapped_by.values()) == {"memory"}


STYLES = {
    "csv": Style(),
    "csv with a mark": Style(clear_mark="x"),
    "csv without one": Style(clear_mark=""),
    "workbook": Style(from_text=False),
    "json": Style(from_text=False, knows_words=False, clear_mark=""),
    "json with a mark": Style(from_text=False, knows_words=False),
}
PARTS = ["-", "NULL", "\\N", "***", "#N/A", "'", "''", "=", "+", "@", " ", "\t", "a", "1", '="1"', "x"]
TEXTS = sorted({"".join(parts) for count in range(3) for parts in product(PARTS, repeat=count)})


@pytest.mark.parametrize("kind", STYLES)
@pytest.mark.parametrize("into", [rejects.CSV, rejects.WORKBOOK], ids=["as csv", "as a workbook"])
def test_a_cell_of_rejects_means_what_it_meant_in_its_file(kind: str, into: Style) -> None:
    of = STYLES[kind]
    # What empties a field is the session's own choice, and no part of a file.
    into = replace(into, clear_mark=of.clear_mark or into.clear_mark)
    for text in TEXTS:
        there = carried(text, of, into)
        assert meaning(there, into) == meaning(text, of), (text, there)
        assert meaning(carried(there, into, of), of) == meaning(text, of), (text, there)
        if into.from_text:
            assert there.startswith("'") or guard(there) == there, "nothing that a spreadsheet would run"


@pytest.mark.parametrize("kind", STYLES)
def test_a_cell_means_what_the_reader_of_values_makes_of_it(kind: str) -> None:
    style, rule = STYLES[kind], ValueRule("note", personal=True)
    read = reader(rule, style)
    for text in TEXTS:
        value, said = read(text), meaning(text, style)
        if isinstance(value, Flaw) and said.kind == "says":
            assert "\t" in text, "a control character is refused, whatever it means"
            continue
        expected = {"empty": LEAVE, "clears": CLEAR, "says": said.text}.get(said.kind)
        assert value == expected or (said.kind == "as it is" and (value is LEAVE or isinstance(value, Flaw)))


@pytest.mark.parametrize("name", ["rejects.csv", "rejects.xlsx"])
def test_rejects_mean_the_same_when_they_are_taken_in_as_a_file_of_their_own(
    actor: SecurityContext, organization: Organization, name: str
) -> None:
    cells = ["'=x", "=x", "''=x", '="0012"', "'-", "NULL", "a"]
    rows = [["code", "name", "email", "notes"], *([f"S{i}", "N", "no", text] for i, text in enumerate(cells))]
    session = validate(actor, upload(actor, as_bytes(rows)))
    assert session.counts["refused"] == len(cells)
    write = as_csv if name.endswith("csv") else as_workbook
    again = validate(actor, upload(actor, b"".join(write(session)), filename=name))
    assert [plan.values.get("notes") for plan in plans(again)] == [
        plan.values.get("notes") for plan in plans(session)
    ]
    # Given back unchanged, they change nothing.
    fed = feed(actor, session, b"".join(write(session)), name)
    assert fed == {"rows": 0, "cells": 0, "unchanged": len(cells)}
