"""After a correction only what it touches is planned again, and the outcome is that of looking at everything."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.imports import limits
from server.imports.correcting.cells import fix_cells, fixed_cells
from server.imports.models import ImportSession
from server.imports.planning.plan import RowPlan
from server.imports.planning.planner import Planner
from server.imports.planning.unresolved import settle_values
from server.imports.planning.validating import preview
from server.imports.reading.records import Record
from server.imports.services import change_session
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import apply, plans, upload, validate

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rows that are planned, in order; a test empties it."""
    rows: list[int] = []
    plan: Callable[..., list[RowPlan]] = Planner.plan

    def counted(self: Planner, records: Sequence[Record]) -> list[RowPlan]:
        rows.extend(record.row for record in records)
        return plan(self, records)

    monkeypatch.setattr(Planner, "plan", counted)
    return rows


def suppliers(count: int, *, bad: Sequence[int] = (), city: str = "Boston") -> str:
    lines = [
        f"S{n},Supplier {n},{city},{'nobody' if n in bad else f's{n}@example.org'}"
        for n in range(2, count + 2)
    ]
    return "code,name,city,email\n" + "\n".join(lines) + "\n"


def cell(row: int, column: int, value: str) -> dict[str, Any]:
    return {"cells": [{"row": row, "column": column, "value": value}]}


def test_one_corrected_cell_plans_its_row_and_those_that_wait(
    actor: SecurityContext, planned: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 50)
    session = validate(actor, upload(actor, suppliers(300, bad=[70, 250])))
    assert len(planned) == 300
    planned.clear()
    fix_cells(actor, session, cell(70, 3, "a@example.org"))
    validate(actor, session)
    assert planned == [70, 250]
    assert (session.counts["created"], session.counts["refused"]) == (299, 1)
    planned.clear()
    fix_cells(actor, session, cell(5, 1, "Renamed"))
    validate(actor, session)
    assert planned == [5, 250]
    apply(actor, session)
    assert Partner.objects.within(actor).get(code="S5").name == "Renamed"
    assert Partner.objects.within(actor).count() == 299


def test_a_corrected_key_plans_the_rows_that_shared_it_and_those_that_share_it_now(
    actor: SecurityContext, planned: list[int]
) -> None:
    data = "code,name\nA,One\nB,Two\nA,Three\nC,Four\nD,Five\n"
    session = validate(actor, upload(actor, data, on_duplicate="update"))
    planned.clear()
    fix_cells(actor, session, cell(4, 0, "C"))
    validate(actor, session)
    assert planned == [2, 4, 5]
    assert [plan.status for plan in plans(session)] == [
        "created",
        "created",
        "unchanged",
        "created",
        "created",
    ]
    apply(actor, session)
    assert dict(Partner.objects.within(actor).values_list("code", "name"))["C"] == "Four"


def test_a_corrected_unique_value_frees_the_row_that_it_stood_against(
    actor: SecurityContext, planned: list[int]
) -> None:
    data = "code,name,external_id\nA,One,E1\nB,Two,E1\nC,Three,E3\nD,Four,E4\n"
    session = validate(actor, upload(actor, data))
    assert [plan.status for plan in plans(session)] == ["created", "refused", "created", "created"]
    planned.clear()
    fix_cells(actor, session, cell(2, 2, "E4"))
    validate(actor, session)
    assert planned == [2, 3, 5]
    assert [plan.status for plan in plans(session)] == ["created", "created", "created", "refused"]


def test_the_same_correction_goes_over_all_cells_that_read_alike(
    actor: SecurityContext, planned: list[int], organization: Organization
) -> None:
    data = suppliers(40, city="Bostn").replace("S7,Supplier 7,Bostn", "S7,Supplier 7,Dover")
    session = validate(actor, upload(actor, data))
    planned.clear()
    fix_cells(actor, session, cell(9, 2, "Bostn"))
    fix_cells(actor, session, {"column": 2, "from": "Bostn", "to": "Bstn"})
    assert fixed_cells(session) == 39
    fix_cells(actor, session, {"column": 2, "from": "Bstn", "to": "Boston"})
    assert fixed_cells(session) == 39
    validate(actor, session)
    assert len(planned) == 39 and 7 not in planned
    apply(actor, session)
    cities = Partner.objects.within(organization).values_list("city", flat=True)
    assert sorted(set(cities)) == ["Boston", "Dover"] and list(cities).count("Boston") == 39


def test_back_and_forth_nothing_is_corrected_any_more(actor: SecurityContext) -> None:
    session = upload(actor, "code,name,city\nA,One,x\nB,Two,y\n")
    fix_cells(actor, session, {"column": 2, "from": "x", "to": "z"})
    fix_cells(actor, session, {"column": 2, "from": "z", "to": "x"})
    assert fixed_cells(session) == 0
    fix_cells(actor, session, {"column": 2, "from": "x", "to": "y"})
    fix_cells(actor, session, {"column": 2, "from": "y", "to": "z"})
    validate(actor, session)
    assert [plan.values["city"] for plan in plans(session)] == ["z", "z"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"column": 2, "from": "nowhere", "to": "x"}, "from"),
        ({"column": 9, "from": "Boston", "to": "x"}, "column"),
        ({"column": 2, "from": "Boston", "to": 5}, "to"),
        ({"column": 2, "from": "Boston", "to": "\0"}, "to"),
        ({"column": 2, "to": "x"}, ""),
    ],
)
def test_a_correction_of_all_that_corrects_nothing_is_refused(
    actor: SecurityContext, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        fix_cells(actor, upload(actor, suppliers(3)), body)
    assert caught.value.errors[0].field == field


def test_where_a_correction_settles_how_a_column_reads_everything_is_looked_at(
    actor: SecurityContext, planned: list[int]
) -> None:
    data = "code,name,grant_date\nA,One,3/4/2016\nB,Two,5/6/2016\nC,Three,2016-01-01\n"
    session = validate(actor, upload(actor, data))
    assert session.counts["refused"] == 2
    planned.clear()
    fix_cells(actor, session, cell(4, 2, "27/1/2016"))
    validate(actor, session)
    assert planned[-3:] == [2, 3, 4] and session.counts["refused"] == 0
    assert session.styles["grant_date"]["date_order"] == "DMY"


def test_another_mapping_or_mode_and_a_second_look_plan_everything(
    actor: SecurityContext, planned: list[int]
) -> None:
    session = validate(actor, upload(actor, suppliers(5)))
    planned.clear()
    validate(actor, session)
    assert len(planned) == 5, "the world may have moved on"
    planned.clear()
    change_session(actor, session, {"mode": "insert"})
    validate(actor, session)
    assert len(planned) == 5


def test_a_validation_that_was_cut_off_is_begun_anew(
    actor: SecurityContext, planned: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = validate(actor, upload(actor, suppliers(10, bad=[3])))
    fix_cells(actor, session, cell(3, 3, "a@example.org"))

    class CutOff(Exception):
        pass

    def cut(*_values: Any) -> None:
        raise CutOff

    with monkeypatch.context() as patched:
        patched.setattr("server.imports.planning.outcomes.revise", cut)
        with pytest.raises(CutOff):
            validate(actor, session)
    planned.clear()
    again = ImportSession.objects.within(actor).select_related("file").get(pk=session.pk)
    validate(actor, again)
    assert len(planned) == 10 and again.counts["created"] == 10


def test_the_first_rows_answer_at_once_whatever_the_size(
    actor: SecurityContext, planned: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AT_ONCE_ROWS", 300)
    session = upload(actor, suppliers(1_000, bad=[3]))
    shown, complete = preview(actor, session)
    assert (len(shown), complete) == (100, False) and planned == list(range(2, 102))
    assert [plan.row for plan in shown if plan.status == "refused"] == [3]
    assert session.state == ImportSession.State.RECOGNISED and plans(session) == []
    assert preview(actor, upload(actor, suppliers(20)))[1] is True


@pytest.mark.parametrize("seed", range(4))
def test_step_by_step_it_comes_to_the_same_as_at_once(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Random corrections of keys, managers, unique values and texts; each time against a whole validation."""
    monkeypatch.setattr(limits, "BLOCK_ROWS", 7)
    draw = random.Random(seed)
    badges = [str(n) for n in range(1, 13)]
    texts = {
        0: [*badges, ""],
        2: ["Last", ""],
        3: [*badges, "", "", "", "nobody"],
        4: ["", "", "E1", "E2", "E3"],
        5: ["", "HQ", "hq", "Depot"],
    }
    rows = [
        [draw.choice(texts[0]), "First", *(draw.choice(texts[column]) for column in (2, 3, 4, 5))]
        for _ in range(30)
    ]
    data = "Badge,First name,Last name,Manager,External id,Department\n" + "".join(
        ",".join(row) + "\n" for row in rows
    )
    mode = draw.choice(["refuse", "skip", "update"])
    session = validate(actor, upload(actor, data, into="employees", on_duplicate=mode))
    for _step in range(8):
        if draw.random() < 0.2 and "department" in session.mapping:
            what = {"field": "department", "text": draw.choice(["HQ", "hq", "Depot"])}
            decision = draw.choice([{"skip": "cell"}, {"skip": "row"}, {"clear": True}])
            settle_values(actor, session, {"values": [{**what, **decision}]})
        else:
            column = draw.choice(list(texts))
            fix_cells(actor, session, cell(draw.randrange(2, 32), column, draw.choice(texts[column])))
        validate(actor, session)
        stepwise, totals = _outcome(session), session.counts
        ImportSession.objects.within(actor).filter(pk=session.pk).update(stale=None)
        session.stale = None
        validate(actor, session)
        assert stepwise == _outcome(session)
        assert totals == session.counts


def _outcome(session: ImportSession) -> list[tuple[int, str, list[tuple[str, str]], dict[str, Any]]]:
    return [
        (plan.row, plan.status, sorted((i.code, i.message) for i in plan.issues), plan.values)
        for plan in plans(session)
    ]
