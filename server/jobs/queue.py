"""What happens to a job's row: every change of its state is here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.ports import wake_workers

from .models import Job, Schedule
from .registry import kind_of
from .schedules.endings import run_ended

RETRY_DELAYS_SECONDS = (2, 15, 60, 300)


def lease_length() -> dt.timedelta:
    """How long a worker may be silent before its job is given to another one."""
    return dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def enqueue(
    *,
    actor: SecurityContext,
    kind: str,
    params: dict[str, Any],
    priority: int = 0,
    run_at: dt.datetime | None = None,
    unique_key: str | None = None,
) -> Job:
    """Put a job into the queue, in the caller's transaction; the worker is woken when that commits.

    `params` is JSON. Of several open jobs of an organization only one may have a `unique_key`: a second
    call answers with the first job. Raises `UnknownKind` for a kind that nobody registered.
    """
    registered = kind_of(kind)
    job = Job(
        organization_id=actor.organization_id,
        operation=kind,
        params=params,
        priority=priority,
        run_at=run_at,
        max_attempts=registered.max_attempts,
        unique_key=unique_key,
        created_by_id=actor.user_id,
        actor={
            "username": actor.username,
            "session_id": str(actor.session_id) if actor.session_id else None,
            "api_key_id": actor.api_key_id,
            "ip_address": actor.ip_address,
            "user_agent": actor.user_agent,
            "reason": actor.reason,
            "language": actor.language,
            "time_zone": actor.time_zone,
        },
        change_set=actor.change_set,
        request_id=actor.request_id,
    )
    return _insert(job)


def enqueue_for_installation(*, kind: str, run_at: dt.datetime, unique_key: str) -> Job:
    """Put work of the installation itself, which belongs to no organization, into the queue; else as `enqueue`."""
    registered = kind_of(kind)
    return _insert(
        Job(operation=kind, run_at=run_at, max_attempts=registered.max_attempts, unique_key=unique_key)
    )


def enqueue_scheduled(schedule: Schedule, *, due_at: dt.datetime, run_at: dt.datetime | None) -> Job:
    """Put the run of one moment of a schedule into the queue, in the transaction that moves the schedule on.

    Raises `UnknownKind` for a kind that this version does not know.
    """
    job = Job(
        organization_id=schedule.organization_id,
        operation=schedule.operation,
        params=schedule.params,
        max_attempts=kind_of(schedule.operation).max_attempts,
        # Work of the installation is open once; that of people follows the overlap rule of its schedule.
        unique_key=schedule.operation if schedule.organization_id is None else None,
        run_at=run_at,
        schedule=schedule,
        due_at=due_at,
        created_by_id=schedule.runs_as_id,
        actor=schedule.actor,
        change_set=uuid.uuid4(),
    )
    return _insert(job)


def _insert(job: Job) -> Job:
    """The job, saved; or the open one that has its key already."""
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        same = Job.objects.across_organizations().filter(
            organization_id=job.organization_id, unique_key=job.unique_key
        )
        existing = same.exclude(state__in=Job.FINISHED).first() if job.unique_key else None
        if existing is None:
            raise
        return existing
    transaction.on_commit(wake_workers)
    return job


def _claimable(now: dt.datetime) -> Q:
    # A lease that ends implausibly late was written before the clock was set back: its holder would have
    # renewed it by now.
    expired = Q(lease_until__lt=now) | Q(lease_until__gt=now + 4 * lease_length())
    due = Q(run_at__isnull=True) | Q(run_at__lte=now)
    return (Q(state=Job.State.QUEUED) & due) | (Q(state=Job.State.RUNNING) & expired)


def claim(worker: str) -> Job | None:
    """Take the most urgent job that is due, or whose worker has fallen silent; None where there is none.

    A job that has already cost as many workers as it may is failed instead of run again.
    """
    queue = Job.objects.across_organizations().order_by("-priority", "id")
    while True:
        now = timezone.now()
        # A read first: on SQLite an idle worker must not queue for the write lock at every poll.
        if not queue.filter(_claimable(now)).exists():
            return None
        with transaction.atomic():
            job = queue.filter(_claimable(now)).select_for_update(skip_locked=True).first()
            if job is None:
                return None
            if job.attempts < job.max_attempts:
                job.state = Job.State.RUNNING
                job.worker = worker
                job.attempts += 1
                job.lease_until = now + lease_length()
                job.started_at = job.started_at or now
                job.save(update_fields=["state", "worker", "attempts", "lease_until", "started_at"])
                return job
            _close(job, state=Job.State.FAILED, error=_killed_too_often(job))


def _killed_too_often(job: Job) -> str:
    return _(
        "The job was started %(attempts)s times and its worker died each time. It is not started again. "
        "Look into the worker's log, then start it anew."
    ) % {"attempts": job.attempts}


def _close(job: Job, **values: Any) -> None:
    job.finished_at = timezone.now()
    job.lease_until = None
    for name, value in values.items():
        setattr(job, name, value)
    job.save(update_fields=["finished_at", "lease_until", *values])
    run_ended(job, job.state)


def _held(job: Job) -> Any:
    return Job.objects.across_organizations().filter(
        pk=job.pk, state=Job.State.RUNNING, worker=job.worker, attempts=job.attempts
    )


def keep(job: Job, **progress: Any) -> bool:
    """Extend the lease and store progress. False where the job is no longer this worker's."""
    return bool(_held(job).update(lease_until=timezone.now() + lease_length(), **progress))


def cancel_requested(job: Job) -> bool:
    """Whether somebody asked for this job to stop."""
    return Job.objects.across_organizations().filter(pk=job.pk, cancel_requested_at__isnull=False).exists()


def finish(job: Job, **values: Any) -> bool:
    """Write the end of a job: its state and what else there is to say. False where it is no longer this worker's: its effect must be rolled back."""
    with transaction.atomic():
        ended = bool(_held(job).update(finished_at=timezone.now(), lease_until=None, **values))
        if ended:
            run_ended(job, values["state"])
    return ended


def refuse(job: Job, problem: Problem) -> bool:
    """Write that a job failed, with its problem details and the sentence of them."""
    details = problem.as_json(job.request_id)
    return finish(job, state=Job.State.FAILED, error=problem.detail or str(problem.title), problem=details)


def give_back(job: Job) -> bool:
    """Return an unfinished job to the queue, as if it had not been started: its worker is going down."""
    returned = _held(job).update(
        state=Job.State.QUEUED, worker="", lease_until=None, attempts=job.attempts - 1, run_at=None
    )
    return bool(returned)


def try_again(job: Job, problem: Problem) -> bool:
    """Return a job to the queue after a passing fault, later each time; failed when it was the last attempt."""
    if job.attempts >= job.max_attempts:
        return refuse(job, problem)
    delay = RETRY_DELAYS_SECONDS[min(job.attempts, len(RETRY_DELAYS_SECONDS)) - 1]
    run_at = timezone.now() + dt.timedelta(seconds=delay)
    queued = {"state": Job.State.QUEUED, "worker": "", "lease_until": None, "run_at": run_at}
    return bool(_held(job).update(**queued, error=problem.detail))


def request_cancel(job: Job) -> Job:
    """Cancel a waiting job at once; ask a running one to stop. The caller holds the row's lock."""
    now = timezone.now()
    job.cancel_requested_at = job.cancel_requested_at or now
    job.version += 1
    fields = ["cancel_requested_at", "version"]
    if job.state == Job.State.QUEUED:
        job.state = Job.State.CANCELLED
        job.finished_at = now
        fields += ["state", "finished_at"]
    job.save(update_fields=fields)
    return job
