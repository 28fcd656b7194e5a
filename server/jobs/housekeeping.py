"""The daily job that deletes what nobody needs any more, of all apps; and which jobs are among that."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from server.core.retention import delete_portion, outdated, selectors

from .beside import beside
from .context import JobContext
from .models import Job
from .registry import job

KEPT = dt.timedelta(days=30)
# Between two portions: a writer that waits for SQLite's one lock asks for it again within this time.
PAUSE_SECONDS = 0.05


@outdated("jobs")
def finished_jobs(now: dt.datetime) -> Iterator[QuerySet]:
    """Jobs that ended a while ago, however they ended."""
    ended = Job.objects.across_organizations().filter(state__in=Job.FINISHED)
    yield ended.filter(finished_at__lt=now - KEPT)


@job("system.housekeeping", title=gettext_lazy("Housekeeping"), atomic=False, shipped="30 3 * * *")
def keep_house(context: JobContext) -> dict[str, Any]:
    """Delete, in short transactions, all rows that the apps call outdated; how many of each kind went."""
    now = timezone.now()
    deleted: Counter[str] = Counter()
    for name, select in selectors().items():
        for rows in select(now):
            while portion := _delete_portion(context, rows):
                deleted[name] += portion
                context.progress(deleted.total(), message=name)
                time.sleep(PAUSE_SECONDS)
    # No rows: what jobs of killed workers said beside the database.
    if left := beside().sweep():
        deleted["what jobs left"] = left
    return {"deleted": dict(deleted)}


def _delete_portion(context: JobContext, rows: QuerySet) -> int:
    # A read first: where nothing is outdated, nobody needs the lock.
    if not rows.exists():
        return 0
    with context.atomic():
        return delete_portion(rows)
