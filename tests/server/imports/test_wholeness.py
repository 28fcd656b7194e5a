"""A file goes in as a whole or in parts: by its size, as its rows demand, or as a person chooses."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.core.operations import run
from server.imports import limits
from server.imports.applying.working import run_application
from server.imports.models import ImportSession
from server.jobs.context import JobCancelled
from server.jobs.models import Job
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import upload, validate
from tests.server.imports.test_import_jobs import FILE, StoppingContext, fresh

pytestmark = pytest.mark.django_db

ROWS = FILE.count("\n") - 1


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 10)


def begun(
    actor: SecurityContext, session: ImportSession, *, steps: int = 1_000, **options: Any
) -> StoppingContext:
    """Asks for the operation as a person does; returns what its job works with."""
    outcome = run(actor, "imports.apply", {"session": session.pk, **options})
    Job.objects.within(actor).filter(pk=outcome.job).update(state=Job.State.RUNNING, worker="w", attempts=1)
    return StoppingContext(Job.objects.within(actor).get(pk=outcome.job), actor, steps)


def count(organization: Organization) -> int:
    return Partner.objects.within(organization).count()


class Killed(Exception):
    """Nobody catches it: the worker is gone."""


@pytest.mark.parametrize(("by_size", "wanted"), [(True, False), (False, True)])
def test_what_a_person_chooses_is_done_whatever_the_size(
    actor: SecurityContext,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
    by_size: bool,
    wanted: bool,
) -> None:
    monkeypatch.setattr(limits, "ATOMIC_ROWS", ROWS if by_size else 20)
    session = validate(actor, upload(actor, FILE))
    assert session.atomic is by_size
    job = begun(actor, session, atomic=wanted)
    assert fresh(session).atomic is wanted
    seen: list[int] = []

    def note(done: int, _total: int = 0, _message: str = "") -> None:
        if done == 30:
            seen.append(fresh(session).applied_through)
            raise Killed

    monkeypatch.setattr(job, "progress", note)
    with pytest.raises(Killed):
        run_application(job)
    # In parts, three blocks are in and stay; as a whole, nothing is.
    assert count(organization) == (0 if wanted else 30)
    assert fresh(session).applied_through == (0 if wanted else 31)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "BLOCK_ROWS", 10)
    result = run_application(StoppingContext(job.job, actor, 1_000))
    assert result["atomic"] is wanted and count(organization) == ROWS


@pytest.mark.parametrize("wanted", [True, False])
def test_stopped_nothing_of_it_is_in_however_it_was_begun(
    actor: SecurityContext, organization: Organization, wanted: bool
) -> None:
    session = validate(actor, upload(actor, FILE))
    job = begun(actor, session, steps=3, atomic=wanted)
    with pytest.raises(JobCancelled):
        run_application(job)
    assert count(organization) == 0 and fresh(session).applied_through == 0
    # What was chosen holds until something else is.
    assert fresh(session).atomic is wanted
    assert run_application(begun(actor, fresh(session)))["atomic"] is wanted
    assert count(organization) == ROWS


def test_what_is_in_by_part_goes_on_in_parts(actor: SecurityContext, organization: Organization) -> None:
    session = validate(actor, upload(actor, FILE))
    ImportSession.objects.within(actor).filter(pk=session.pk).update(atomic=False, applied_through=11)
    with pytest.raises(Conflict, match="in parts"):
        run(actor, "imports.apply", {"session": session.pk, "atomic": True})
    assert not fresh(session).atomic


def test_rows_that_refer_to_each_other_are_no_choice(actor: SecurityContext) -> None:
    session = validate(actor, upload(actor, "code,name,parent\nB,Middle,A\nA,Top,\n", into="categories"))
    with pytest.raises(Invalid) as caught:
        run(actor, "imports.apply", {"session": session.pk, "atomic": False})
    assert [error.field for error in caught.value.errors] == ["atomic"]


def test_the_session_says_how_it_would_go_in_and_why(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = sign_in(organization, every_permission())

    def told(data: str, into: str = "suppliers") -> dict[str, Any]:
        session = api.upload("imports/", data.encode(), into=into, filename="f.csv").json()
        body = {"session": session["id"]}
        assert api.post("operations/imports.validate/", body, version=session["version"]).status_code == 200
        answer: dict[str, Any] = api.get(f"imports/{session['id']}/").json()
        return answer

    def how(session: dict[str, Any]) -> tuple[bool, str]:
        return session["atomic"], session["atomic_because"]

    session = told(FILE)
    assert how(session) == (True, "size") and session["atomic_rows"] == limits.atomic_rows()
    assert how(told("code,name,parent\nB,Middle,A\nA,Top,\n", "categories")) == (True, "within")
    rehearsed = api.post(
        "operations/imports.apply/",
        {"session": session["id"], "atomic": False},
        version=session["version"],
        dry_run="true",
    ).json()
    assert (rehearsed["result"]["atomic"], rehearsed["result"]["atomic_because"]) == (False, "chosen")
    assert how(api.get(f"imports/{session['id']}/").json()) == (True, "size")
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 20)
    assert how(told(FILE.replace("Supplier", "Other"))) == (False, "size")
