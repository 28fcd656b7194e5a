"""Telling by e-mail how a scheduled run ended. Runs in the worker, at least once for each event."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from server.core.events import handles
from server.core.models import DomainEvent

from .models import Job, Schedule
from .schedules.endings import ENDED


@handles(ENDED, name="jobs.tell_of_run")
def tell_of_run(event: DomainEvent) -> None:
    """Write to whom the schedule runs as. A mail server that refuses raises: the delivery is tried again later."""
    from django.core.mail import send_mail

    schedule = (
        Schedule.objects.across_organizations().filter(pk=event.entity_id).select_related("runs_as").first()
    )
    job = Job.objects.across_organizations().filter(pk=event.payload["job"]).first()
    if schedule is None or job is None or schedule.runs_as is None or not schedule.runs_as.email:
        return
    with translation.override(schedule.runs_as.language or schedule.actor.get("language") or "en"):
        values = {"name": schedule.name, "state": job.get_state_display(), "job": job.pk}
        lines = [_("The scheduled run “%(name)s” ended: %(state)s (job %(job)d).") % values]
        lines += [said for said in (job.message, job.error) if said]
        lines += [schedule.remark] if schedule.remark else []
        if schedule.next_run_at is not None:
            local = schedule.next_run_at.astimezone(ZoneInfo(schedule.time_zone))
            lines.append(_("Next run: %(when)s") % {"when": f"{local:%Y-%m-%d %H:%M} {schedule.time_zone}"})
        # A name may hold what would begin another header.
        subject = " ".join((_("%(name)s: %(state)s") % values).split())
        send_mail(subject, "\n\n".join(lines), None, [schedule.runs_as.email])
