"""Jobs as people see them: their own, and everybody's with `jobs.view_all`."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.accounts.permissions import declare_permission
from server.core.context import SecurityContext
from server.core.resources import Related, Resource, register

from .beside import freshen
from .models import Job, Schedule
from .registry import titles_of_kinds, titles_of_offered
from .schedules.services import create_schedule, delete_schedule, restore_schedule, update_schedule

SEE_ALL = declare_permission("jobs.view_all", _("See and cancel the jobs of everybody"))


def visible_jobs(actor: SecurityContext) -> Q:
    """Which jobs of the organization an actor sees."""
    return Q() if actor.can(SEE_ALL) else Q(created_by=actor.user_id)


register(
    Resource(
        name="schedules",
        model=Schedule,
        module="system",
        title=_("Schedules"),
        title_one=_("Schedule"),
        fields=(
            "code",
            "name",
            "operation",
            "params",
            "cron",
            "time_zone",
            "missed",
            "overlap",
            "notify",
            "pause_after",
            "is_active",
            "runs_as",
            "next_run_at",
            "last_due_at",
            "failures",
            "remark",
            "external_id",
        ),
        read_only=("runs_as", "next_run_at", "last_due_at", "failures", "remark"),
        computed=("runs_as", "next_run_at", "last_due_at", "failures", "remark"),
        columns=("code", "name", "cron", "time_zone", "next_run_at", "failures", "is_active"),
        search=("code", "name", "remark"),
        names={"operation": titles_of_offered},
        named_filters={
            "active": (_("Active"), Q(is_active=True)),
            "failing": (_("Failing"), Q(failures__gt=0)),
        },
        ordering="code",
        related=(Related("jobs", _("Runs"), "schedule=id:{id}"),),
        create=create_schedule,
        update=update_schedule,
        restore=restore_schedule,
        delete=delete_schedule,
        operations=("list", "create", "update", "delete"),
    )
)

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
            "schedule",
            "due_at",
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
        freshen=freshen,
        row_actions=("jobs.cancel",),
        operations=("list",),
    )
)
