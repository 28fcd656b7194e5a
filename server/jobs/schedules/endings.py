"""What follows the end of a scheduled run: its failures are counted, a schedule that only fails is paused, somebody is told."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext as _

from server.core.context import system_context
from server.core.events import emit
from server.core.recording import record_changes
from server.core.records import snapshot, updated
from server.jobs.models import Job, Schedule

log = structlog.get_logger(__name__)

ENDED = "schedule_run_ended"


def run_ended(job: Job, state: str) -> None:
    """Note the end of a job in its schedule, where it has one. Call in the transaction of that end."""
    if job.schedule_id is None:
        return
    rows = Schedule.objects.across_organizations().filter(pk=job.schedule_id)
    schedule = rows.select_for_update().first()
    if schedule is None or state == Job.State.CANCELLED:
        return
    failed = state == Job.State.FAILED
    schedule.failures = schedule.failures + 1 if failed else 0
    schedule.save(update_fields=["failures"])
    if failed:
        log.warning("scheduled_run_failed", schedule=schedule.pk, job=job.pk, in_a_row=schedule.failures)
    if 0 < schedule.pause_after <= schedule.failures:
        pause(
            schedule,
            _("Paused after %(count)d failures in a row. Look at its last job, then switch it on again.")
            % {"count": schedule.failures},
        )
    told = schedule.notify == Schedule.Notify.ALWAYS or (
        failed and schedule.notify == Schedule.Notify.FAILURE
    )
    if told and schedule.organization_id is not None:
        emit(
            system_context(schedule.organization_id),
            ENDED,
            entity_type="schedules",
            entity_id=schedule.pk,
            payload={"job": job.pk},
        )


def pause(schedule: Schedule, why: str) -> None:
    """Switch a schedule off and keep why in it, as a change of the system's own. Its row is held by the caller."""
    log.warning("schedule_paused", schedule=schedule.pk, why=why)
    before = snapshot(schedule)
    schedule.is_active = False
    schedule.next_run_at = None
    schedule.remark = why[:300]
    schedule.version += 1
    schedule.save(update_fields=["is_active", "next_run_at", "remark", "version"])
    change = updated(schedule, before)
    if change is not None and schedule.organization_id is not None:
        record_changes(system_context(schedule.organization_id, reason=why[:300]), [change])
