"""Jobs as people see them: their own, and everybody's with `jobs.view_all`."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.accounts.permissions import declare_permission
from server.core.context import SecurityContext
from server.core.resources import Resource, register

from .models import Job
from .registry import titles_of_kinds

SEE_ALL = declare_permission("jobs.view_all", _("See and cancel the jobs of everybody"))


def visible_jobs(actor: SecurityContext) -> Q:
    """Which jobs of the organization an actor sees."""
    return Q() if actor.can(SEE_ALL) else Q(created_by=actor.user_id)


register(
    Resource(
        name="jobs",
        model=Job,
        module="system",
        title=_("Jobs"),
        title_one=_("Job"),
        key="id",
        label=("operation",),
        fields=(
            "operation",
            "state",
            "current",
            "total",
            "message",
            "result",
            "error",
            "created_by",
            "attempts",
            "run_at",
            "created_at",
            "started_at",
            "finished_at",
            "cancel_requested_at",
            "change_set",
            "request_id",
        ),
        columns=("operation", "state", "current", "total", "message", "created_at", "finished_at"),
        search=("operation", "message"),
        names={"operation": titles_of_kinds},
        named_filters={
            "open": (_("Waiting or running"), ~Q(state__in=Job.FINISHED)),
            "failed": (_("Failed"), Q(state=Job.State.FAILED)),
        },
        ordering="-created_at",
        visible=visible_jobs,
        row_actions=("jobs.cancel",),
        operations=("list",),
    )
)
