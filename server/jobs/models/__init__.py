"""The queue and the schedules that fill it."""

from .queue import Job, WorkerProcess, open_jobs
from .schedules import Schedule

__all__ = ["Job", "Schedule", "WorkerProcess", "open_jobs"]
