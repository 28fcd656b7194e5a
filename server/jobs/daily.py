"""Work of the installation itself that is done once a day: there is always one such job, waiting for its time."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from . import queue
from .models import Job
from .registry import daily_kinds

FIRST_AFTER = dt.timedelta(minutes=10)
"""A fresh start has better things to do, and a demonstration may be over by then."""
EVERY = dt.timedelta(days=1)


def schedule_daily() -> int:
    """Put into the queue what is not there: a day after its last run, at the earliest soon. How many jobs."""
    now = timezone.now()
    own = Job.objects.across_organizations().filter(organization__isnull=True)
    scheduled = 0
    for kind in daily_kinds():
        runs = own.filter(operation=kind)
        if runs.exclude(state__in=Job.FINISHED).exists():
            continue
        last = runs.order_by("-id").values_list("finished_at", flat=True).first()
        due = now if last is None else last + EVERY
        queue.enqueue_for_installation(kind=kind, run_at=max(due, now + FIRST_AFTER), unique_key=kind)
        scheduled += 1
    return scheduled
