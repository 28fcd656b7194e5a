"""A schedule: work that is started again and again, at the moments of a cron expression."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import Record, external_id_constraint
from server.organizations.time_zones import validate_time_zone


class Schedule(Record):
    """When which work is started, as whom, and what becomes of moments that were missed.

    `next_run_at` is the one moment that is still to come, and was reckoned at `reckoned_at`: a clock that now
    shows less was set back since. The organization is empty for work of the installation itself.
    """

    class Missed(models.TextChoices):
        ONCE = "once", _("Run once, late")
        SKIP = "skip", _("Wait for the next time")

    class Overlap(models.TextChoices):
        SKIP = "skip", _("Leave this time out")
        WAIT = "wait", _("Start when the former run has ended")
        PARALLEL = "parallel", _("Run beside it")

    class Notify(models.TextChoices):
        FAILURE = "failure", _("When a run fails")
        ALWAYS = "always", _("After every run")
        NEVER = "never", _("Never")

    lock_rank = 60
    # Who saved it is in the entry of the audit; the rest moves with every run.
    unrecorded_fields = frozenset(
        {"runs_as", "actor", "next_run_at", "reckoned_at", "last_due_at", "failures", "remark"}
    )

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        null=True,
    )
    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    operation = models.CharField(_("what is run"), max_length=100)
    params = models.JSONField(
        _("parameters"), default=dict, blank=True, help_text=_("As an object: {} where nothing is asked for.")
    )
    cron = models.CharField(
        _("when"),
        max_length=100,
        help_text=_(
            "Minute, hour, day of the month, month, day of the week: “30 5 * * MON-FRI” is 5:30 on workdays."
        ),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Such as Europe/Madrid; empty means your own."),
    )
    missed = models.CharField(
        _("after a missed time"),
        max_length=10,
        choices=Missed.choices,
        default=Missed.ONCE,
        help_text=_("Such as when no worker ran. However many times were missed, it is run once."),
    )
    overlap = models.CharField(
        _("while the former run goes on"), max_length=10, choices=Overlap.choices, default=Overlap.SKIP
    )
    notify = models.CharField(
        _("tell by e-mail"), max_length=10, choices=Notify.choices, default=Notify.FAILURE
    )
    pause_after = models.PositiveSmallIntegerField(
        _("pause after"), default=0, help_text=_("So many failures in a row; 0 means never.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    runs_as = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("runs as"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who saved it last; it is run with the rights that they have then."),
    )
    # What a job must know of its actor beside their rights, which are read when it runs.
    actor = models.JSONField(_("actor"), default=dict, blank=True, editable=False)
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    reckoned_at = models.DateTimeField(_("reckoned at"), null=True, blank=True, editable=False)
    last_due_at = models.DateTimeField(_("last run was due"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    remark = models.CharField(_("remark"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="schedule_code"),
            # No two nulls are equal, so the constraint above says nothing of the installation's own.
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(organization__isnull=True),
                name="schedule_code_of_installation",
            ),
            external_id_constraint("schedule"),
        ]
        indexes = [
            # The scheduler reads across organizations; what is switched off stands in neither.
            models.Index(fields=["next_run_at"], condition=models.Q(is_active=True), name="schedule_next"),
            models.Index(
                fields=["reckoned_at"], condition=models.Q(is_active=True), name="schedule_reckoned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
