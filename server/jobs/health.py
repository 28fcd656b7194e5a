"""What the health page says of the workers."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.utils import timezone

from .models import Job, WorkerProcess, open_jobs

SILENT_AFTER_SECONDS = 60


def worker_health() -> dict[str, Any]:
    """Whether a worker lives, seconds since the last sign of life of any, and how many jobs wait and run."""
    seen_at = WorkerProcess.objects.aggregate(seen=Max("seen_at"))["seen"]
    age = None if seen_at is None else round((timezone.now() - seen_at).total_seconds(), 1)
    return {
        "status": "ok" if age is not None and age <= SILENT_AFTER_SECONDS else "silent",
        "heartbeat_age_seconds": age,
        "queued": open_jobs().filter(state=Job.State.QUEUED).count(),
        "running": open_jobs().filter(state=Job.State.RUNNING).count(),
    }
