"""What can be done to a job."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.core.context import SecurityContext
from server.core.operations import Example, Outcome, Param, Parameters, Target, operation
from server.core.recording import record_changes
from server.core.records import snapshot, updated

from .beside import beside
from .models import Job
from .queue import request_cancel


class Cancel(Parameters):
    job: Annotated[int, Param("reference", gettext_lazy("Job"), reference="jobs")]


def why_not_cancellable(_actor: SecurityContext, job: Job) -> str | None:
    """Why a job cannot be cancelled now, or None."""
    if job.is_finished:
        return _("The job has ended: %(state)s.") % {"state": job.get_state_display()}
    if job.cancel_requested_at:
        return _("Somebody has asked for this already. The job stops at its next step.")
    return None


def make_way(_actor: SecurityContext, job: Job) -> None:
    """On SQLite the job may hold the lock that the request waits for: it is asked to let go first."""
    if job.state == Job.State.RUNNING:
        beside().ask_to_stop(job)


@operation(
    "jobs.cancel",
    Cancel,
    title=gettext_lazy("Cancel the job"),
    help=gettext_lazy(
        "A waiting job is dropped at once; a running one stops at its next step and keeps nothing unfinished."
    ),
    kind="changes",
    target=Target("jobs", "job"),
    blocked=why_not_cancellable,
    ahead=make_way,
    category="everyday",
    examples=[
        Example("--job id:17", gettext_lazy("Stop job 17.")),
    ],
    prerequisites=gettext_lazy("The job has not ended."),
    risks=gettext_lazy("A job that works in parts keeps the parts that it says are done."),
    rollback=gettext_lazy("It cannot be taken back; start the work again."),
)
def cancel(actor: SecurityContext, params: Cancel) -> Outcome:
    """Cancel a job of one's own, or any with the right to see all."""
    job = Job.objects.within(actor).get(pk=params.job)
    before = snapshot(job)
    request_cancel(job)
    record_changes(actor, [change for change in (updated(job, before),) if change])
    if job.state == Job.State.CANCELLED:
        return Outcome(_("Job %(job)s is cancelled.") % {"job": job.pk}, {"job": job.pk, "state": job.state})
    return Outcome(_("Job %(job)s was asked to stop.") % {"job": job.pk}, {"job": job.pk, "state": job.state})
