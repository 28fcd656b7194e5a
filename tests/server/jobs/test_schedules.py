"""Schedules: each moment is run once, whatever workers and clocks do; who saved one is whom it runs as."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, OperationalError, connection, connections
from django.utils import timezone

from server.accounts.models import Membership, Role, RolePermission, User
from server.accounts.rights import rights_changed
from server.audit.models import AuditEntry
from server.core import dispatcher
from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.operations import run
from server.jobs import queue
from server.jobs.context import JobContext
from server.jobs.models import Job, Schedule
from server.jobs.schedules.due import FIRST_AFTER, start_due
from server.jobs.schedules.services import create_schedule, delete_schedule, update_schedule
from server.jobs.schedules.shipped import synchronize_schedules
from server.jobs.worker import Worker
from server.organizations.models import Organization
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def hourly(person: SecurityContext) -> Callable[..., Schedule]:
    def make(**values: Any) -> Schedule:
        data = {"code": "LOW", "name": "Low stock", "operation": "purchasing.reorder", "cron": "0 * * * *"}
        return create_schedule(actor=person, data={**data, **values})

    return make


def reread(schedule: Schedule) -> Schedule:
    return Schedule.objects.across_organizations().get(pk=schedule.pk)


def runs(schedule: Schedule) -> list[Job]:
    return list(Job.objects.across_organizations().filter(schedule=schedule).order_by("pk"))


def end(job: Job, state: str = Job.State.SUCCEEDED, error: str = "") -> None:
    """The job ends as a worker would end it."""
    Job.objects.across_organizations().filter(pk=job.pk).update(
        state=Job.State.RUNNING, worker="w", attempts=1
    )
    job.worker, job.attempts = "w", 1
    assert queue.finish(job, state=state, error=error)


def due_of(schedule: Schedule) -> dt.datetime:
    moment = reread(schedule).next_run_at
    assert moment is not None
    return moment


def test_a_moment_is_run_when_it_has_come_and_once(hourly: Any) -> None:
    schedule = hourly()
    due = due_of(schedule)
    assert start_due(due - dt.timedelta(seconds=1)) == 0
    assert start_due(due) == 1
    assert start_due(due) == 0
    (job,) = runs(schedule)
    assert (job.due_at, job.operation, job.created_by_id) == (due, "purchasing.reorder", schedule.runs_as_id)
    assert due_of(schedule) == due + HOUR


def test_the_worker_runs_it_and_its_result_is_kept(organization: Organization) -> None:
    api = sign_in(organization, every_permission())
    body = {"code": "LOW", "name": "Low", "operation": "purchasing.reorder", "cron": "0 5 * * *"}
    schedule = Schedule.objects.within(organization).get(pk=api.post("schedules/", body).json()["id"])
    start_due(due_of(schedule))
    assert Worker().run_one()
    (job,) = runs(schedule)
    assert (job.state, job.error) == (Job.State.SUCCEEDED, "")
    assert job.result["orders"] == []


def test_after_a_night_without_a_worker_it_is_run_once_or_not_by_its_rule(hourly: Any) -> None:
    once, skip = hourly(), hourly(code="B", missed=Schedule.Missed.SKIP)
    morning = due_of(once) + 9 * HOUR + dt.timedelta(minutes=30)
    assert start_due(morning) == 1
    assert (len(runs(once)), len(runs(skip))) == (1, 0)
    assert due_of(once) == due_of(skip) == morning + dt.timedelta(minutes=30)


def test_while_a_run_goes_on_the_overlap_rule_says_what_becomes_of_the_next(hourly: Any) -> None:
    skip = hourly()
    wait = hourly(code="WAIT", overlap=Schedule.Overlap.WAIT, missed=Schedule.Missed.SKIP)
    beside = hourly(code="BESIDE", overlap=Schedule.Overlap.PARALLEL)
    due = due_of(skip)
    assert start_due(due) == 3
    assert start_due(due + HOUR) == 1
    assert [len(runs(each)) for each in (skip, wait, beside)] == [1, 1, 2]
    # Whatever comes of the clock: what waited is not missed.
    assert due_of(wait) == due + HOUR
    former = runs(wait)[0]
    end(former)
    ended = due + HOUR + dt.timedelta(minutes=40)
    Job.objects.across_organizations().filter(pk=former.pk).update(finished_at=ended)
    assert start_due(ended) == 1
    assert runs(wait)[1].due_at == due + HOUR


@pytest.mark.parametrize("step", [dt.timedelta(hours=1), DAY])
def test_a_clock_that_jumps_ahead_and_back_neither_loses_a_run_nor_repeats_one(
    hourly: Any, step: dt.timedelta
) -> None:
    schedule = hourly(overlap=Schedule.Overlap.PARALLEL)
    first = due_of(schedule)
    assert start_due(first + step) == 1
    # Back again: the next moment lies by the clock, not a jump ahead.
    assert start_due(first + dt.timedelta(minutes=1)) == 0
    assert due_of(schedule) == first + HOUR
    for hour in range(1, 4):
        start_due(first + hour * HOUR)
    moments = [job.due_at for job in runs(schedule)]
    assert moments == [first + hour * HOUR for hour in range(4)]


def test_a_clock_set_back_over_a_moment_that_was_run_does_not_run_it_again(hourly: Any) -> None:
    schedule = hourly(overlap=Schedule.Overlap.PARALLEL)
    due = due_of(schedule)
    start_due(due)
    start_due(due - dt.timedelta(minutes=5))
    assert due_of(schedule) == due
    assert start_due(due) == 0
    assert len(runs(schedule)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_start_a_run_once(hourly: Any) -> None:
    schedules = [hourly(code=f"S{number}") for number in range(10)]
    due = due_of(schedules[0])
    started, together = [], threading.Barrier(2)

    def scheduler() -> None:
        together.wait()
        started.append(start_due(due))
        connections.close_all()

    threads = [threading.Thread(target=scheduler) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(started) == 10
    assert [len(runs(schedule)) for schedule in schedules] == [1] * 10


def test_the_database_itself_keeps_a_moment_from_two_jobs(hourly: Any) -> None:
    schedule = hourly()
    due = due_of(schedule)
    queue.enqueue_scheduled(schedule, due_at=due, run_at=None)
    with pytest.raises(IntegrityError):
        queue.enqueue_scheduled(schedule, due_at=due, run_at=None)


def test_nobody_schedules_what_they_may_not_do(person: SecurityContext, hourly: Any) -> None:
    weak = replace(person, permissions=frozenset({"schedules.create", "schedules.update"}))
    data = {"code": "X", "name": "X", "operation": "purchasing.reorder", "cron": "0 5 * * *"}
    with pytest.raises(Forbidden):
        create_schedule(actor=weak, data=data)
    schedule = hourly()
    with pytest.raises(Forbidden):
        update_schedule(actor=weak, instance=schedule, data={"params": {"location": None}})
    with pytest.raises(Forbidden, match="password"):
        create_schedule(actor=replace(person, by_pin=True), data=data)
    with pytest.raises(Conflict):
        create_schedule(actor=replace(person, user_id=None), data=data)
    with pytest.raises(Invalid, match="no work"):
        create_schedule(actor=person, data={**data, "operation": "system.housekeeping"})


def test_parameters_and_times_that_could_not_be_started_are_refused_at_their_field(hourly: Any) -> None:
    for values, field in (
        ({"params": {"nonsense": 1}}, "params"),
        ({"params": {"location": 4711}}, "params"),
        ({"cron": "0 25 * * *"}, "cron"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ):
        with pytest.raises(Invalid) as refused:
            hourly(**values)
        assert refused.value.errors[0].field == field


def test_who_saves_a_schedule_is_whom_it_runs_as(
    hourly: Any, organization: Organization, make_actor: Callable[..., SecurityContext]
) -> None:
    schedule = hourly()
    other = User.objects.create(username="other")
    Membership.objects.create(organization=organization, user=other)
    update_schedule(
        actor=make_actor(organization, user_id=other.pk), instance=schedule, data={"cron": "0 6 * * *"}
    )
    assert reread(schedule).runs_as_id == other.pk
    assert reread(schedule).actor["username"] == "tester"


def test_one_who_lost_the_right_since_orders_nothing(organization: Organization) -> None:
    api = sign_in(organization, every_permission())
    body = {"code": "LOW", "name": "Low", "operation": "purchasing.reorder", "cron": "0 5 * * *"}
    assert api.post("schedules/", body).status_code == 201
    role = Role.objects.within(organization).get(name__startswith="role-")
    RolePermission.objects.within(role).filter(role=role, permission__name="purchasing.reorder").delete()
    rights_changed(organization.pk)
    schedule = Schedule.objects.within(organization).get()
    start_due(due_of(schedule))
    assert Worker().run_one()
    (job,) = runs(schedule)
    assert job.state == Job.State.FAILED
    assert "purchasing.reorder" in job.error


def test_it_pauses_after_so_many_failures_in_a_row_and_says_why(hourly: Any) -> None:
    schedule = hourly(pause_after=2)
    for expected, state in ((1, Job.State.FAILED), (0, Job.State.SUCCEEDED), (1, Job.State.FAILED)):
        assert start_due(due_of(schedule)) == 1
        end(runs(schedule)[-1], state, "no")
        assert reread(schedule).failures == expected
        assert reread(schedule).is_active
    start_due(due_of(schedule))
    end(runs(schedule)[-1], Job.State.FAILED, "no")
    paused = reread(schedule)
    assert (paused.is_active, paused.next_run_at) == (False, None)
    assert "2 failures" in paused.remark
    entry = (
        AuditEntry.objects.within(schedule).filter(table_name="jobs_schedule", action="update").latest("pk")
    )
    assert entry.new_values == {"is_active": False}
    assert start_due(timezone.now() + DAY) == 0


def test_a_worker_that_dies_each_time_counts_as_a_failure(hourly: Any) -> None:
    schedule = hourly()
    start_due(due_of(schedule))
    (job,) = runs(schedule)
    Job.objects.across_organizations().filter(pk=job.pk).update(
        state=Job.State.RUNNING, attempts=3, lease_until=timezone.now() - HOUR
    )
    assert queue.claim("w") is None
    assert reread(schedule).failures == 1


def test_switched_on_again_it_begins_anew(person: SecurityContext, hourly: Any) -> None:
    schedule = hourly(is_active=False)
    assert schedule.next_run_at is None
    Schedule.objects.within(schedule).update(failures=4, remark="Paused")
    on = update_schedule(actor=person, instance=reread(schedule), data={"is_active": True})
    assert (on.failures, on.remark) == (0, "")
    assert on.next_run_at is not None and on.next_run_at > timezone.now()


def test_who_it_runs_as_is_told_by_their_rule(person: SecurityContext, hourly: Any) -> None:
    User.objects.filter(pk=person.user_id).update(email="buyer@example.com", language="es")
    always = hourly(notify=Schedule.Notify.ALWAYS, name="Low\r\nBcc: x@example.com")
    failure, never = hourly(code="B"), hourly(code="C", notify=Schedule.Notify.NEVER)
    start_due(due_of(always))
    Job.objects.within(always).update(message="2 draft orders were made: 10023, 10024.")
    for schedule in (always, failure, never):
        end(runs(schedule)[0])
    dispatcher.run_round()
    assert [message.to for message in mail.outbox] == [["buyer@example.com"]]
    assert "\n" not in mail.outbox[0].subject
    assert "10023, 10024" in mail.outbox[0].body
    start_due(due_of(always))
    for schedule in (failure, never):
        end(runs(schedule)[1], Job.State.FAILED, "The disk is full.")
    dispatcher.run_round()
    assert len(mail.outbox) == 2
    assert "The disk is full." in mail.outbox[1].body


def test_a_zone_or_expression_that_is_no_more_pauses_its_schedule_alone(hourly: Any) -> None:
    broken, sound = hourly(), hourly(code="B")
    Schedule.objects.within(broken).filter(pk=broken.pk).update(cron="nonsense")
    assert start_due(due_of(sound)) == 1
    assert not reread(broken).is_active
    assert "cron" in reread(broken).remark
    assert runs(broken) == []


def test_what_this_version_does_not_know_is_left_for_one_that_does(hourly: Any) -> None:
    schedule = hourly()
    Schedule.objects.within(schedule).update(operation="some.later-work")
    due = due_of(schedule)
    assert start_due(due) == 0
    assert (reread(schedule).is_active, due_of(schedule)) == (True, due)


def test_an_organization_that_is_closed_runs_nothing(hourly: Any, organization: Organization) -> None:
    schedule = hourly()
    due = due_of(schedule)
    Organization.objects.filter(pk=organization.pk).update(is_active=False)
    assert start_due(due) == 0


def test_a_schedule_that_ran_can_be_deleted_and_brought_back(person: SecurityContext, hourly: Any) -> None:
    schedule = hourly()
    start_due(due_of(schedule))
    deletion = person.fresh()
    delete_schedule(actor=deletion, instance=reread(schedule))
    assert Job.objects.within(person).filter(operation="purchasing.reorder", schedule=None).count() == 1
    run(person.fresh(), "audit.undo", {"change_set": str(deletion.change_set)})
    back = Schedule.objects.within(person).get(code="LOW")
    assert (back.pk, back.cron, back.runs_as_id) == (schedule.pk, "0 * * * *", person.user_id)


def test_a_change_is_taken_back_after_it_has_run(person: SecurityContext, hourly: Any) -> None:
    schedule = hourly()
    change = person.fresh()
    update_schedule(actor=change, instance=schedule, data={"cron": "*/5 * * * *"})
    start_due(due_of(schedule))
    run(person.fresh(), "audit.undo", {"change_set": str(change.change_set)})
    assert reread(schedule).cron == "0 * * * *"
    assert due_of(schedule).minute == 0


def shipped() -> Schedule:
    return Schedule.objects.across_organizations().get(code="system.housekeeping", organization=None)


def test_housekeeping_is_a_schedule_that_comes_with_the_program(db: None) -> None:
    assert synchronize_schedules() == 1
    assert synchronize_schedules() == 0
    due = due_of(shipped())
    assert (due.hour, due.minute) == (3, 30)
    assert start_due(due) == 1
    (job,) = runs(shipped())
    assert (job.organization_id, job.operation, job.run_at) == (None, "system.housekeeping", None)
    # A restart moves nothing, another time in the program does.
    synchronize_schedules()
    assert due_of(shipped()) == due + DAY
    Schedule.objects.across_organizations().update(cron="0 1 * * *")
    assert synchronize_schedules() == 1
    assert shipped().cron == "30 3 * * *"


def test_a_worker_brings_the_schedules_of_the_program_along_in_its_first_round_that_succeeds(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    with monkeypatch.context() as away:
        away.setattr("server.jobs.worker.synchronize_schedules", _refuse)
        with pytest.raises(OperationalError):
            worker.run_schedules()
    worker.run_schedules()
    assert shipped().is_active


def _refuse() -> None:
    raise OperationalError("away")


def test_housekeeping_that_was_missed_leaves_a_fresh_start_its_time(db: None) -> None:
    synchronize_schedules()
    now = due_of(shipped()) + 5 * HOUR
    assert start_due(now) == 1
    assert runs(shipped())[0].run_at == now + FIRST_AFTER


def test_a_failed_run_does_not_end_the_later_ones(db: None) -> None:
    synchronize_schedules()
    start_due(due_of(shipped()))
    end(runs(shipped())[0], Job.State.FAILED, "no")
    assert start_due(due_of(shipped())) == 1


def test_what_no_version_ships_any_more_is_switched_off(db: None) -> None:
    synchronize_schedules()
    Schedule.objects.across_organizations().create(
        code="gone", name="gone", operation="gone", cron="* * * * *", time_zone="UTC"
    )
    synchronize_schedules()
    assert not Schedule.objects.across_organizations().get(code="gone").is_active


def test_nobody_sees_the_schedules_of_the_installation(organization: Organization) -> None:
    synchronize_schedules()
    api = sign_in(organization, every_permission())
    assert api.get("schedules/").json()["results"] == []
    assert api.get(f"schedules/{shipped().pk}/").status_code == 404


def test_an_idle_scheduler_reads_once_and_writes_nothing(hourly: Any, django_assert_num_queries: Any) -> None:
    hourly()
    with django_assert_num_queries(1):
        start_due()


def test_a_handler_that_raises_ends_its_run_and_not_the_schedule(hourly: Any, kind: Any) -> None:
    def boom(_context: JobContext) -> None:
        raise RuntimeError("boom")

    schedule = hourly()
    Schedule.objects.within(schedule).update(operation=kind(boom))
    start_due(due_of(schedule))
    assert Worker().run_one()
    assert (reread(schedule).failures, reread(schedule).is_active) == (1, True)
    assert connection.in_atomic_block
