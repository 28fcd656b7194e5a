"""The queue gives each job to one worker, the right one first, whatever the clock does."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from server.accounts.models import Membership, User
from server.core import ports
from server.core.context import SecurityContext
from server.jobs import queue
from server.jobs.models import Job
from server.jobs.worker import Worker
from tests.server.jobs.conftest import MakeKind


def reread(job: Job) -> Job:
    return Job.objects.across_organizations().get(pk=job.pk)


def test_a_claimed_job_is_not_given_to_a_second_worker(person: SecurityContext, kind: MakeKind) -> None:
    job = queue.enqueue(actor=person, kind=kind(), params={})
    claimed = queue.claim("first")
    assert claimed is not None and claimed.pk == job.pk and claimed.attempts == 1
    assert queue.claim("second") is None


def test_the_more_urgent_job_comes_first_then_the_older(person: SecurityContext, kind: MakeKind) -> None:
    name = kind()
    older, newer, urgent = (queue.enqueue(actor=person, kind=name, params={}, priority=p) for p in (0, 0, 5))
    order = [claimed.pk for _number in range(3) if (claimed := queue.claim("worker"))]
    assert order == [urgent.pk, older.pk, newer.pk]


def test_a_job_for_later_waits(person: SecurityContext, kind: MakeKind) -> None:
    job = queue.enqueue(actor=person, kind=kind(), params={}, run_at=timezone.now() + dt.timedelta(hours=1))
    assert queue.claim("worker") is None
    Job.objects.within(person).filter(pk=job.pk).update(run_at=timezone.now() - dt.timedelta(seconds=1))
    assert queue.claim("worker") is not None


def test_of_one_unique_key_only_one_job_is_open(person: SecurityContext, kind: MakeKind) -> None:
    name = kind()
    first = queue.enqueue(actor=person, kind=name, params={}, unique_key="nightly")
    assert queue.enqueue(actor=person, kind=name, params={}, unique_key="nightly").pk == first.pk
    queue.finish(queue.claim("worker"), state=Job.State.SUCCEEDED)
    assert queue.enqueue(actor=person, kind=name, params={}, unique_key="nightly").pk != first.pk


def test_a_job_of_an_unknown_kind_is_refused_at_once(person: SecurityContext) -> None:
    with pytest.raises(LookupError, match=r"test\.unknown"):
        queue.enqueue(actor=person, kind="test.unknown", params={})


def test_a_rolled_back_request_leaves_no_job_and_wakes_nobody(
    person: SecurityContext,
    kind: MakeKind,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: type,
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(ports, "_wakers", [lambda: woken.append(True)])
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue.enqueue(actor=person, kind=kind(), params={})
        transaction.set_rollback(True)
    assert (queue.claim("worker"), woken) == (None, [])
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue(actor=person, kind=kind(), params={})
    assert woken == [True]


@pytest.mark.parametrize("jump", [dt.timedelta(days=1), dt.timedelta(hours=-1), dt.timedelta(days=-1)])
def test_a_dead_workers_job_is_taken_over_although_the_clock_has_jumped(
    person: SecurityContext, kind: MakeKind, jump: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.enqueue(actor=person, kind=kind(), params={})
    assert queue.claim("dead") is not None
    jumped = timezone.now() + jump
    monkeypatch.setattr(timezone, "now", lambda: jumped)
    taken = queue.claim("alive")
    assert taken is not None and (taken.worker, taken.attempts) == ("alive", 2)


def test_a_clock_set_back_delays_no_job(
    person: SecurityContext, kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.enqueue(actor=person, kind=kind(), params={})
    yesterday = timezone.now() - dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: yesterday)
    assert queue.claim("worker") is not None


def test_who_has_lost_a_job_can_neither_end_it_nor_extend_it(person: SecurityContext, kind: MakeKind) -> None:
    queue.enqueue(actor=person, kind=kind(), params={})
    lost = queue.claim("slow")
    Job.objects.within(person).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    holder = queue.claim("other")
    assert lost is not None and holder is not None
    assert not queue.keep(lost)
    assert not queue.finish(lost, state=Job.State.SUCCEEDED)
    assert not queue.give_back(lost)
    assert queue.finish(holder, state=Job.State.SUCCEEDED)


def test_a_passing_fault_is_tried_again_later_and_failed_at_last(
    person: SecurityContext, kind: MakeKind
) -> None:
    from django.db import OperationalError

    def away(_context: object) -> None:
        raise OperationalError("the server closed the connection")

    job = queue.enqueue(actor=person, kind=kind(away, max_attempts=2), params={})
    worker = Worker()
    assert worker.run_one()
    first = reread(job)
    assert first.state == Job.State.QUEUED and first.run_at is not None and first.run_at > timezone.now()
    assert not worker.run_one()
    Job.objects.within(person).update(run_at=None)
    assert worker.run_one()
    last = reread(job)
    assert (last.state, last.attempts) == (Job.State.FAILED, 2)
    assert "database" in last.error and last.problem["error_type"] == "connection_error"


def test_a_fault_in_a_handler_is_final_and_says_nothing_of_its_inside(
    person: SecurityContext, kind: MakeKind
) -> None:
    def faulty(_context: object) -> None:
        raise KeyError("inner detail")

    job = queue.enqueue(actor=person, kind=kind(faulty), params={})
    Worker().run_one()
    done = reread(job)
    assert (done.state, done.attempts, done.problem["code"]) == (Job.State.FAILED, 1, "internal")
    assert done.error and "inner detail" not in done.error


def test_a_job_acts_with_the_rights_of_now_and_the_identity_of_the_request(
    person: SecurityContext, kind: MakeKind
) -> None:
    seen: list[SecurityContext] = []
    asking = person.fresh(reason="stock take")
    queue.enqueue(actor=asking, kind=kind(lambda context: seen.append(context.actor)), params={})
    Worker().run_one()
    (acting,) = seen
    assert (acting.user_id, acting.organization_id) == (person.user_id, person.organization_id)
    assert (acting.reason, acting.change_set) == ("stock take", asking.change_set)
    assert acting.permissions == frozenset(), "the permissions of the request were not the stored ones"


@pytest.mark.parametrize("ended", ["user", "membership"])
def test_a_job_of_somebody_who_is_out_is_refused(person: SecurityContext, kind: MakeKind, ended: str) -> None:
    ran: list[bool] = []
    job = queue.enqueue(actor=person, kind=kind(lambda _context: ran.append(True)), params={})
    if ended == "user":
        User.objects.filter(pk=person.user_id).update(is_active=False)
    else:
        Membership.objects.within(person).update(is_active=False)
    Worker().run_one()
    done = reread(job)
    assert (done.state, done.problem["code"], ran) == (Job.State.FAILED, "forbidden", [])
    assert "tester" in done.error


def test_the_end_of_a_job_keeps_result_and_last_progress(person: SecurityContext, kind: MakeKind) -> None:
    def handler(context: object) -> dict[str, object]:
        context.progress(7, 7, "all rows")  # type: ignore[attr-defined]
        return {"rows": 7, "id": str(uuid.UUID(int=1))}

    job = queue.enqueue(actor=person, kind=kind(handler), params={})
    Worker().run_one()
    done = reread(job)
    assert (done.state, done.current, done.total, done.message) == ("succeeded", 7, 7, "all rows")
    assert done.result == {"rows": 7, "id": str(uuid.UUID(int=1))}
    assert done.finished_at is not None and done.lease_until is None
