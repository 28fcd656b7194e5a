"""Starting what is due: each moment of a schedule once, however many schedulers there are."""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from server.jobs import queue
from server.jobs.models import Job, Schedule, open_jobs
from server.jobs.registry import UnknownKind

from .cron import CronProblem, next_after
from .endings import pause

log = structlog.get_logger(__name__)

LATE_AFTER = dt.timedelta(minutes=10)
"""A run that starts later than this was missed."""
SET_BACK = dt.timedelta(minutes=1)
"""A clock that shows so much less than it did was set back; less is the difference of two machines."""
FIRST_AFTER = dt.timedelta(minutes=10)
"""How long work of the installation that was missed still waits: a fresh start has better things to do."""


def start_due(now: dt.datetime | None = None) -> int:
    """Put into the queue what is due by now, each in a transaction of its own; how many jobs.

    A schedule that cannot be reckoned any more is paused and says why; the others go on.
    """
    now = now or timezone.now()
    due = Schedule.objects.across_organizations().filter(_due(now)).order_by("next_run_at", "id")
    return sum(_start(key, now) for key in due.values_list("pk", flat=True))


def _due(now: dt.datetime) -> Q:
    # After a clock was set back, the next moment may lie a day ahead: it is reckoned anew.
    set_back = Q(reckoned_at__gt=now + SET_BACK)
    lives = Q(organization__isnull=True) | Q(organization__is_active=True)
    return Q(is_active=True) & lives & (Q(next_run_at__lte=now) | set_back)


@transaction.atomic
def _start(key: int, now: dt.datetime) -> bool:
    """Whether a job was started. The row is held until the commit, so of two schedulers one finds it not due."""
    rows = Schedule.objects.across_organizations().filter(pk=key).select_for_update(skip_locked=True)
    schedule = rows.first()
    if schedule is None or not schedule.is_active or schedule.next_run_at is None:
        return False
    is_set_back = schedule.reckoned_at is not None and schedule.reckoned_at > now + SET_BACK
    if schedule.next_run_at > now and not is_set_back:
        return False
    due = schedule.next_run_at
    try:
        # First, so that what cannot go on is not started either.
        following = next_after(schedule.cron, schedule.time_zone, now)
        started = due <= now and _run(schedule, due, now)
    except CronProblem as problem:
        pause(schedule, str(problem))
        return False
    except UnknownKind:
        log.warning("schedule_of_unknown_kind", schedule=key, kind=schedule.operation)
        return False
    if started is None:
        return False
    schedule.next_run_at, schedule.reckoned_at = following, now
    schedule.save(update_fields=["next_run_at", "reckoned_at", "last_due_at"])
    return started


def _run(schedule: Schedule, due: dt.datetime, now: dt.datetime) -> bool | None:
    """Whether this moment has been given a job; None where it goes on waiting for the former run."""
    runs = Job.objects.across_organizations().filter(schedule=schedule)
    if runs.filter(due_at=due).exists():
        return False  # the clock was set back: this moment has been already
    if schedule.overlap != Schedule.Overlap.PARALLEL and open_jobs().filter(schedule=schedule).exists():
        log.info("schedule_overlaps", schedule=schedule.pk, due=due.isoformat(), rule=schedule.overlap)
        return None if schedule.overlap == Schedule.Overlap.WAIT else False
    # What waited for the former run is not late because of that.
    ended = runs.order_by("-finished_at").values_list("finished_at", flat=True).first()
    is_late = now - max(due, ended or due) > LATE_AFTER
    if is_late and schedule.missed == Schedule.Missed.SKIP:
        log.info("schedule_missed", schedule=schedule.pk, due=due.isoformat())
        return False
    waits = is_late and schedule.organization_id is None
    queue.enqueue_scheduled(schedule, due_at=due, run_at=now + FIRST_AFTER if waits else None)
    schedule.last_due_at = due
    return True
