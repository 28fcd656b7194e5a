"""A job that is cancelled, dropped or refused leaves a session that says where it stands and can be gone on with."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.operations import run
from server.imports import limits
from server.imports.applying.running import begin
from server.imports.applying.working import APPLY, run_application, run_validation
from server.imports.models import ImportSession
from server.jobs.context import JobCancelled, JobContext
from server.jobs.models import Job
from server.jobs.queue import enqueue, request_cancel
from server.organizations.models import Organization
from server.partners.models import Partner
from tests.server.imports.sessions import take_in, upload, validate

pytestmark = pytest.mark.django_db

FILE = "code,name\n" + "".join(f"S{n:03},Supplier {n}\n" for n in range(45))


class StoppingContext(JobContext):
    """A job's context that holds its job whatever the lease says, and is cancelled after some steps."""

    def __init__(self, job: Job, actor: SecurityContext, steps: int) -> None:
        super().__init__(job, actor)
        self.steps = steps

    def progress(self, current: int, total: int = 0, message: str = "") -> None:
        self.steps -= 1
        if self.steps == 0:
            self.stop(JobCancelled)
        super().progress(current, total, message)


def running(
    actor: SecurityContext, session: ImportSession, *, state: Any, steps: int = 1_000
) -> StoppingContext:
    job = enqueue(actor=actor, kind=APPLY, params={"session": session.pk})
    begin(session, state, job_id=job.pk)
    Job.objects.within(actor).filter(pk=job.pk).update(state=Job.State.RUNNING, worker="w", attempts=1)
    return StoppingContext(Job.objects.within(actor).get(pk=job.pk), actor, steps)


def fresh(session: ImportSession) -> ImportSession:
    return ImportSession.objects.within(session).get(pk=session.pk)


def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BLOCK_ROWS", 10)
    monkeypatch.setattr(limits, "ATOMIC_ROWS", 20)


@pytest.mark.parametrize("parts", [False, True])
def test_a_cancelled_application_takes_back_what_went_in(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch, parts: bool
) -> None:
    if parts:
        in_parts(monkeypatch)
    session = validate(actor, upload(actor, FILE))
    context = running(actor, session, state=ImportSession.State.APPLYING, steps=3 if parts else 1)
    with pytest.raises(JobCancelled):
        run_application(context)
    assert not Partner.objects.within(organization).exists()
    stopped = fresh(session)
    assert (stopped.state, stopped.applied_through) == (ImportSession.State.VALIDATED, 0)
    assert run_application(running(actor, stopped, state=ImportSession.State.APPLYING))["created"] == 45
    assert Partner.objects.within(organization).count() == 45


def test_a_cancelled_validation_can_be_started_again(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts(monkeypatch)
    session = upload(actor, FILE)
    context = running(actor, session, state=ImportSession.State.VALIDATING, steps=7)
    with pytest.raises(JobCancelled):
        run_validation(context)
    assert fresh(session).state == ImportSession.State.RECOGNISED
    result = run_validation(running(actor, fresh(session), state=ImportSession.State.VALIDATING))
    assert result["created"] == 45


@pytest.mark.parametrize("parts", [False, True])
def test_a_refused_application_leaves_nothing_and_says_why(
    actor: SecurityContext, organization: Organization, monkeypatch: pytest.MonkeyPatch, parts: bool
) -> None:
    if parts:
        in_parts(monkeypatch)
    session = validate(actor, upload(actor, FILE))
    Partner.objects.create(organization=organization, code="S040", name="Quicker")
    with pytest.raises(Conflict):
        run_application(running(actor, session, state=ImportSession.State.APPLYING))
    assert list(Partner.objects.within(organization).values_list("code", flat=True)) == ["S040"]
    failed = fresh(session)
    assert failed.state == ImportSession.State.FAILED
    assert failed.problems[0]["code"] == "conflict" and "S040" in failed.problems[0]["message"]
    outcome = run(actor, "imports.validate", {"session": session.pk})
    assert outcome.result["counts"]["updated"] == 1


def test_a_job_that_was_dropped_before_it_began_leaves_the_session_free(actor: SecurityContext) -> None:
    session = validate(actor, upload(actor, FILE))
    outcome = run(actor, "imports.apply", {"session": session.pk})
    with pytest.raises(Conflict):
        run(actor, "imports.validate", {"session": session.pk})
    request_cancel(Job.objects.within(actor).get(pk=outcome.job))
    run(actor, "imports.validate", {"session": session.pk})
    assert fresh(session).state == ImportSession.State.VALIDATED


def test_a_session_is_undone_once(actor: SecurityContext) -> None:
    session = take_in(actor, FILE)
    outcome = run(actor, "imports.undo", {"session": session.pk})
    assert outcome.result["deleted"] == 45
    with pytest.raises(Conflict):
        run(actor, "imports.undo", {"session": session.pk})


def test_a_dry_run_of_the_application_starts_no_job(actor: SecurityContext) -> None:
    session = validate(actor, upload(actor, FILE))
    outcome = run(actor.fresh(dry_run=True), "imports.apply", {"session": session.pk})
    assert outcome.job is None and outcome.result["counts"]["created"] == 45
    assert not Job.objects.within(actor).exists()


def test_a_large_file_is_validated_by_a_job(actor: SecurityContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.imports.limits.AT_ONCE_ROWS", 10)
    session = upload(actor, FILE)
    outcome = run(actor, "imports.validate", {"session": session.pk})
    assert outcome.job is not None
    assert fresh(session).state == ImportSession.State.VALIDATING


@pytest.mark.parametrize("step", ["validate", "apply"])
def test_whoever_goes_on_before_the_last_job_has_ended_is_given_another(
    actor: SecurityContext, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(limits, "AT_ONCE_ROWS", 1)
    session = upload(actor, FILE)

    def started(name: str) -> StoppingContext:
        run(actor, f"imports.{name}", {"session": session.pk})
        job = Job.objects.within(actor).get(pk=fresh(session).job_id)
        assert job.operation == f"imports.{name}" and job.state == Job.State.QUEUED
        Job.objects.within(actor).filter(pk=job.pk).update(state=Job.State.RUNNING, worker="w", attempts=1)
        return StoppingContext(Job.objects.within(actor).get(pk=job.pk), actor, 1_000)

    # What a job does is committed a moment before its end is.
    run_validation(started("validate"))
    if step == "apply":
        stopped = started("apply")
        stopped.steps = 1
        with pytest.raises(JobCancelled):
            run_application(stopped)
    assert run_application(started("apply"))["created"] == 45
