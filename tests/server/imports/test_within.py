"""Rows that refer to rows of their own file: in any order, and never in a circle."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.core.context import SecurityContext
from server.hr.models import Employee
from server.imports import limits
from server.imports.correcting.cells import fix_cells
from server.imports.models import ImportSession
from server.inventory.models import Category
from server.organizations.models import Organization
from tests.server.imports.sessions import apply, issues, plans, take_in, undo, upload, validate

pytestmark = pytest.mark.django_db

HEAD = "Badge,First name,Last name,Manager\n"


def staff(*pairs: tuple[str, str]) -> str:
    return HEAD + "".join(f"{badge},F{badge},L{badge},{manager}\n" for badge, manager in pairs)


def managers(organization: Organization) -> dict[str, str | None]:
    return dict(Employee.objects.within(organization).values_list("badge", "manager__badge"))


def refused(session: ImportSession) -> dict[int, list[str]]:
    return {plan.row: [issue.code for issue in plan.issues] for plan in plans(session, "refused")}


def test_employees_and_their_managers_go_in_in_any_order(
    actor: SecurityContext, organization: Organization
) -> None:
    pairs = [("1", ""), *((str(n), str(n // 2)) for n in range(2, 40))]
    random.Random(7).shuffle(pairs)
    session = take_in(actor, staff(*pairs), into="employees")
    assert session.counts["created"] == 39 and session.refers_within
    assert managers(organization) == {badge: manager or None for badge, manager in pairs}
    again = take_in(actor, staff(*pairs), into="employees")
    assert again.counts["unchanged"] == 39
    assert undo(actor, session) == {"deleted": 39, "restored": 0}
    assert managers(organization) == {}


def test_a_family_of_categories_goes_in_before_its_parent_stands_there(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, "code,name,parent\nC,Child,B\nB,Middle,A\nA,Top,\n", into="categories")
    there = dict(Category.objects.within(organization).values_list("code", "parent__code"))
    assert there == {"A": None, "B": "A", "C": "B"}


def test_blocks_of_the_file_refer_to_each_other_and_go_in_as_a_whole(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 4)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 6)
    pairs = [(str(n), str(n + 1) if n < 20 else "") for n in range(1, 21)]
    session = validate(actor, upload(actor, staff(*pairs), into="employees"))
    assert session.atomic and session.refers_within
    apply(actor, session)
    assert managers(organization) == {badge: manager or None for badge, manager in pairs}


def test_a_circle_is_refused_with_the_numbers_of_its_rows(
    actor: SecurityContext, organization: Organization
) -> None:
    session = validate(
        actor,
        upload(
            actor,
            staff(("1", "2"), ("2", "3"), ("3", "1"), ("4", "4"), ("5", "1"), ("6", "")),
            into="employees",
        ),
    )
    assert refused(session) == {
        2: ["cycle"],
        3: ["cycle"],
        4: ["cycle"],
        5: ["cycle"],
        6: ["refused_reference"],
    }
    told = {plan.row: plan.issues[0].message for plan in plans(session, "refused")}
    assert "2, 3, 4" in told[2] and "row 5" in told[5] and "row 2" in told[6]
    apply(actor, session)
    assert managers(organization) == {"6": None}


def test_a_circle_through_records_that_the_file_leaves_alone_is_found(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, staff(("1", ""), ("2", "1"), ("3", "2")), into="employees")
    session = validate(actor, upload(actor, staff(("1", "3")), into="employees"))
    assert refused(session) == {2: ["cycle"]}


def test_a_circle_that_the_file_itself_opens_is_none(
    actor: SecurityContext, organization: Organization
) -> None:
    take_in(actor, staff(("1", ""), ("2", "1"), ("3", "2")), into="employees")
    take_in(actor, staff(("1", "3"), ("2", "-"), ("3", "2")), into="employees")
    assert managers(organization) == {"1": "3", "2": None, "3": "2"}


def test_who_refers_to_a_refused_row_is_refused_with_it_and_goes_in_with_it(
    actor: SecurityContext, organization: Organization
) -> None:
    data = HEAD + "1,One,,\n2,Two,Second,1\n3,Three,Third,2\n4,Four,Fourth,\n"
    session = validate(actor, upload(actor, data, into="employees"))
    assert refused(session) == {2: ["required"], 3: ["refused_reference"], 4: ["refused_reference"]}
    fix_cells(actor, session, {"cells": [{"row": 2, "column": 2, "value": "First"}]})
    validate(actor, session)
    assert refused(session) == {}
    apply(actor, session)
    assert managers(organization) == {"1": None, "2": "1", "3": "2", "4": None}


def test_a_correction_that_breaks_a_manager_refuses_the_team(
    actor: SecurityContext, organization: Organization
) -> None:
    session = validate(
        actor, upload(actor, staff(("1", ""), ("2", "1"), ("3", "2"), ("4", "")), into="employees")
    )
    fix_cells(actor, session, {"cells": [{"row": 2, "column": 0, "value": "9"}]})
    assert refused(validate(actor, session)) == {3: ["not_found"], 4: ["refused_reference"]}
    fix_cells(actor, session, {"cells": [{"row": 3, "column": 3, "value": "9"}]})
    assert refused(validate(actor, session)) == {}
    fix_cells(actor, session, {"cells": [{"row": 2, "column": 3, "value": "3"}]})
    assert refused(validate(actor, session)) == {2: ["cycle"], 3: ["cycle"], 4: ["cycle"]}
    apply(actor, session)
    assert managers(organization) == {"4": None}


def test_a_manager_who_stands_nowhere_is_not_found(actor: SecurityContext) -> None:
    session = validate(actor, upload(actor, staff(("1", "nobody")), into="employees"))
    assert list(issues(session)) == [(2, "manager", "not_found", "error")]


def test_the_statements_do_not_grow_with_the_rows(actor: SecurityContext, organization: Organization) -> None:
    def statements(start: int, count: int) -> tuple[int, int]:
        pairs = [(str(start), ""), *((str(start + n), str(start + n // 2)) for n in range(1, count))]
        first = upload(actor, staff(*pairs), into="employees")
        with CaptureQueriesContext(connection) as new:
            apply(actor, validate(actor, first))
        moved = [pairs[0], *((badge, str(start)) for badge, _manager in pairs[1:])]
        second = upload(actor, staff(*moved), into="employees")
        with CaptureQueriesContext(connection) as changed:
            apply(actor, validate(actor, second))
        assert second.counts["updated"] > count // 2 - 2
        return len(new), len(changed)

    statements(100, 4)  # what the first import alone asks
    assert statements(1000, 16) == statements(5000, 500)
