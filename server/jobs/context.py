"""What a running job knows of itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from server.core.context import SecurityContext

from . import queue
from .models import Job


class JobStopped(Exception):
    """The job must not go on. Raised out of `progress` and `atomic`; a handler lets it pass."""


class JobCancelled(JobStopped):
    """Somebody cancelled the job."""


class JobInterrupted(JobStopped):
    """The worker is going down; the job goes back to the queue."""


class LeaseLost(JobStopped):
    """Another worker has the job: what this one did is rolled back."""


class JobContext:
    """Handed to the handler: who acts, with which parameters, and how to speak of progress."""

    def __init__(self, job: Job, actor: SecurityContext) -> None:
        self.job = job
        self.actor = actor
        self.params: dict[str, Any] = job.params
        self._lock = threading.Lock()
        self._current, self._total, self._message = job.current, job.total, job.message
        self._unwritten = False
        self._stop: type[JobStopped] | None = None

    def progress(self, current: int, total: int = 0, message: str = "") -> None:
        """Say how many of how many steps are done. Costs nothing: another thread writes it down.

        Raises `JobStopped` when the job was cancelled, lost its lease, or its worker is going down.
        """
        if self._stop is not None:
            raise self._stop
        with self._lock:
            self._current, self._total, self._message = current, total, message[:300]
            self._unwritten = True

    def cancelled(self) -> bool:
        """Whether to stop, for a handler that wants to end tidily instead of by an exception."""
        return self._stop is not None

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """A transaction of a job that makes several: it commits only while this worker holds the job.

        Raises `JobStopped`: before it begins, or in place of the commit where another worker has the job.
        """
        if self._stop is not None:
            raise self._stop
        with transaction.atomic():
            yield
            # Last, so that on PostgreSQL the row stays free for progress until the commit.
            if not queue.keep(self.job):
                raise LeaseLost

    def stop(self, why: type[JobStopped]) -> None:
        """Make the next `progress` raise; called from other threads."""
        self._stop = self._stop or why

    def state(self) -> dict[str, Any]:
        """The latest progress, as the columns of the job."""
        with self._lock:
            return {"current": self._current, "total": self._total, "message": self._message}

    def take_unwritten(self) -> dict[str, Any]:
        """The latest progress if it was not written yet, else nothing."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, False
        return self.state() if unwritten else {}

    def mark_unwritten(self) -> None:
        """What was taken could not be written: it stays to be taken again."""
        with self._lock:
            self._unwritten = True
