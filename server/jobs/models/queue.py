"""The queue: a job is a row, and the row is the only truth about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel, TenantQuerySet


class Job(TenantModel):
    """One piece of work that outlives the request that asked for it.

    The organization is empty for work of the installation itself. A running job belongs to `worker` until
    `lease_until`; whoever finishes it must still hold `(worker, attempts)`, so that of two workers on one
    job only one can commit. `run_at` empty means at once, so that a clock that jumps back delays nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    FINISHED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        null=True,
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    operation = models.CharField(_("operation"), max_length=100)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("Higher runs first."))
    run_at = models.DateTimeField(_("not before"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=3)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=100, default="", blank=True)
    current = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), default=0)
    message = models.CharField(_("message"), max_length=300, default="", blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), default="", blank=True)
    problem = models.JSONField(_("problem details"), null=True, blank=True)
    schedule = models.ForeignKey(
        "jobs.Schedule",
        verbose_name=_("schedule"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    unique_key = models.CharField(_("unique key"), max_length=200, null=True, blank=True)  # noqa: DJ001 - null keeps it out of the unique index
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # What the request knew about its actor and a later moment cannot know; rights are read when the job runs.
    actor = models.JSONField(_("actor"), default=dict, blank=True)
    change_set = models.UUIDField(_("change set"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=64, default="", blank=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            # Each moment of a schedule has one job, whoever starts it and however late.
            models.UniqueConstraint(
                fields=["schedule", "due_at"],
                condition=models.Q(schedule__isnull=False),
                name="jobs_job_one_per_moment",
            ),
            models.UniqueConstraint(
                fields=["organization", "unique_key"],
                condition=models.Q(unique_key__isnull=False, state__in=["queued", "running"]),
                name="jobs_job_one_open_per_key",
            ),
            # No two nulls are equal, so the constraint above says nothing of jobs without an organization.
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=models.Q(organization__isnull=True, state__in=["queued", "running"]),
                name="jobs_job_one_open_of_installation",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="jobs_job_newest"),
            # The queue is read across organizations; only the few open rows stand in this index.
            models.Index(
                fields=["state", "-priority", "id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="jobs_job_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED


class WorkerProcess(models.Model):
    """A worker that runs, or ran: its last sign of life is what the health page shows."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    version = models.CharField(_("version"), max_length=40)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


def open_jobs() -> TenantQuerySet:
    """The jobs that still have something to do, of all organizations."""
    return Job.objects.across_organizations().exclude(state__in=Job.FINISHED)
