"""The schedules that come with the program: of work of the installation itself, one for each kind that names its time."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from server.jobs.models import Schedule
from server.jobs.registry import shipped_kinds

from .cron import next_after

TIME_ZONE = "UTC"


def synchronize_schedules(now: dt.datetime | None = None) -> int:
    """Bring the installation's own schedules to what the program declares; how many were written.

    Run by every worker when it starts. One whose time was not changed keeps its next run, so that a restart
    neither loses nor repeats one.
    """
    now = now or timezone.now()
    declared = shipped_kinds()
    own = Schedule.objects.across_organizations().filter(organization__isnull=True)
    known = {schedule.code: schedule for schedule in own}
    written = own.filter(code__in=known.keys() - declared.keys()).update(is_active=False)
    for code, kind in declared.items():
        had = known.get(code)
        if had is not None and had.is_active and had.cron == kind.shipped:
            continue
        values = {
            "name": code,
            "operation": code,
            "cron": kind.shipped,
            "time_zone": TIME_ZONE,
            "is_active": True,
            "next_run_at": next_after(kind.shipped, TIME_ZONE, now),
            "reckoned_at": now,
            "notify": Schedule.Notify.NEVER,
        }
        own.update_or_create(organization=None, code=code, defaults=values)
        written += 1
    return written
