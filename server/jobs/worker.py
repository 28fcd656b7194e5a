"""The worker: claims jobs, keeps their leases, delivers events, and drains when it is told to stop."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
import threading
import time
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from server.core import dispatcher
from server.core.errors import Problem
from server.core.http.problems import as_problem
from server.version import VERSION

from . import queue
from .actors import actor_of
from .beside import beside
from .context import JobCancelled, JobContext, JobInterrupted, LeaseLost
from .loops import Loop
from .models import Job, WorkerProcess
from .registry import JobKind, UnknownKind, kind_of
from .schedules.due import start_due
from .schedules.shipped import synchronize_schedules
from .wake import NotificationListener

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 10.0
FORGET_WORKERS_AFTER = dt.timedelta(days=1)
KEEPER_BUSY_MILLISECONDS = 200
# After the time to drain: how long a job may take to notice that it should give up.
GIVE_UP_SECONDS = 3.0
# How long the end of a job waits for the request to cancel it, which had to wait for the job's transaction.
REQUEST_SECONDS = 5.0


class LeaseKeeper:
    """While a job runs: extends its lease, writes its progress, learns of its cancellation.

    A thread with a connection of its own, so that progress is seen while the job's transaction is open. On
    SQLite that transaction shuts out every other writer: then progress is told `beside` the database, and the beat
    tried again, never waited for; nobody else can claim the job in that time, and its end is written under the same
    lock.
    """

    PROGRESS_SECONDS = 0.25

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._beside = beside()
        self._told: dict[str, Any] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="erp-lease", daemon=True)

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        renew_every = queue.lease_length().total_seconds() / 3
        renewed = time.monotonic()
        try:
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute(f"PRAGMA busy_timeout={KEEPER_BUSY_MILLISECONDS}")
            while not self._done.wait(min(self.PROGRESS_SECONDS, renew_every)):
                if self._beat(renew=time.monotonic() - renewed >= renew_every):
                    renewed = time.monotonic()
        finally:
            connections.close_all()

    def _beat(self, *, renew: bool) -> bool:
        """Whether the lease was written."""
        try:
            if queue.cancel_requested(self._context.job) or self._beside.asked_to_stop(self._context.job):
                self._context.stop(JobCancelled)
            progress = self._context.take_unwritten()
            if not progress and not renew:
                return False
            if not queue.keep(self._context.job, **progress):
                self._context.stop(LeaseLost)
            if self._told:
                self._beside.withdraw(self._context.job)
                self._told = {}
            return True
        except (OperationalError, InterfaceError):
            # Locked or away. The latest progress goes with the next beat that gets through.
            self._context.mark_unwritten()
            self._tell_beside()
            return False

    def _tell_beside(self) -> None:
        progress = self._context.state()
        if progress != self._told:
            self._beside.tell(self._context.job, progress)
            self._told = progress


class Worker:
    """Runs jobs one at a time and delivers events beside them, until `stop`."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._loops = [
            Loop("erp-jobs", self.run_one, poll=settings.JOB_POLL_SECONDS),
            Loop("erp-events", dispatcher.run_round, poll=settings.JOB_POLL_SECONDS),
            Loop("erp-alive", self._show_alive, poll=HEARTBEAT_SECONDS),
            Loop("erp-schedules", self.run_schedules, poll=settings.JOB_POLL_SECONDS),
        ]
        self._listener = NotificationListener() if connection.vendor == "postgresql" else None
        self._running: JobContext | None = None
        self._knows_shipped = False
        self._started_at = timezone.now()

    def start(self) -> None:
        """Start the threads. Raises nothing later: what goes wrong in a round is logged and tried again."""
        log.info("worker_started", worker=self.name)
        for loop in self._loops:
            loop.start()
        if self._listener:
            self._listener.start(self.wake)

    def wake(self) -> None:
        """Look for work now."""
        self._loops[0].wake()
        self._loops[1].wake()

    def stop(self) -> None:
        """Take no further work. Safe from a signal handler; `join` waits for the work in hand."""
        for loop in self._loops:
            loop.stop()
        if self._listener:
            self._listener.close()

    def join(self, drain_seconds: float | None = None) -> bool:
        """Wait for the job in hand, then ask it to give up, so that another worker can start it anew.

        Answers whether everything has ended; what has not loses its lease when the process is gone.
        """
        patience = settings.JOB_DRAIN_SECONDS if drain_seconds is None else drain_seconds
        deadline = time.monotonic() + patience
        ended = self._join_all(deadline)
        if not ended and (running := self._running) is not None:
            running.stop(JobInterrupted)
            ended = self._join_all(time.monotonic() + GIVE_UP_SECONDS)
        log.info("worker_stopped", worker=self.name, drained=ended)
        return ended

    def _join_all(self, deadline: float) -> bool:
        ended = [loop.join(max(0.0, deadline - time.monotonic())) for loop in self._loops]
        return all(ended)

    def run_one(self) -> bool:
        """Claim and run one job. Answers whether there was one."""
        job = queue.claim(self.name)
        if job is None:
            return False
        bound = {"job": job.pk, "operation": job.operation, "request_id": job.request_id}
        with (
            structlog.contextvars.bound_contextvars(
                **bound, organization=job.organization_id, user=job.actor.get("username", "")
            ),
            translation.override(job.actor.get("language") or settings.LANGUAGE_CODE),
        ):
            self._run(job)
        return True

    def run_schedules(self) -> bool:
        """Start what is due; in the first round that succeeds, bring the program's own schedules along."""
        if not self._knows_shipped:
            synchronize_schedules()
            self._knows_shipped = True
        start_due()
        return False

    def _run(self, job: Job) -> None:
        started = time.monotonic()
        log.info("job_started", attempt=job.attempts)
        outcome = "failed"
        try:
            kind = kind_of(job.operation)
            context = JobContext(job, actor_of(job))
            self._running = context
            with LeaseKeeper(context):
                self._execute(kind, context)
            outcome = "succeeded"
        except JobCancelled:
            outcome = "cancelled"
            self._let_request_be_written(job)
            queue.finish(
                job, state=Job.State.CANCELLED, message=_("Cancelled. What was not finished was not kept.")
            )
        except JobInterrupted:
            outcome = "given_back"
            queue.give_back(job)
        except LeaseLost:
            outcome = "lost"
        except (OperationalError, InterfaceError) as error:
            outcome = "retried"
            queue.try_again(job, as_problem(error))
        except UnknownKind as error:
            outcome = "retried"
            queue.try_again(job, Problem(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the end of its job, not of the worker
            queue.refuse(job, as_problem(error))
        finally:
            self._running = None
            beside().forget(job)
            log.info("job_ended", result=outcome, duration_ms=round((time.monotonic() - started) * 1000))

    @staticmethod
    def _let_request_be_written(job: Job) -> None:
        """Who asked beside the database for the end of this job waits for its lock, to say so in the job and the audit."""
        deadline = time.monotonic() + REQUEST_SECONDS
        while beside().asked_to_stop(job) and not queue.cancel_requested(job):
            if time.monotonic() > deadline:
                log.warning("cancelled_unrequested")
                return
            time.sleep(0.05)

    @staticmethod
    def _execute(kind: JobKind, context: JobContext) -> None:
        if kind.atomic:
            # The effect and the end of the job in one transaction: it happened and is done, or neither.
            with transaction.atomic():
                Worker._finish(context, kind.run(context))
        else:
            Worker._finish(context, kind.run(context))

    @staticmethod
    def _finish(context: JobContext, result: dict[str, Any] | None) -> None:
        if not queue.finish(
            context.job, state=Job.State.SUCCEEDED, result=result, error="", **context.state()
        ):
            raise LeaseLost

    def _show_alive(self) -> bool:
        now = timezone.now()
        try:
            WorkerProcess.objects.update_or_create(
                name=self.name, defaults={"version": VERSION, "seen_at": now, "started_at": self._started_at}
            )
            long_ago = now - FORGET_WORKERS_AFTER
            WorkerProcess.objects.filter(seen_at__lt=long_ago).delete()
        except DatabaseError as error:
            log.warning("heartbeat_skipped", error=str(error))
        return False
