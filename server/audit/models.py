"""The audit: one append-only table of who changed what (E-004…E-006)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class AuditEntry(TenantModel):
    """One change of one record, or one thing worth keeping, such as a refused sign-in.

    `old_values` and `new_values` hold only what differs. `root_table` and `root_id` name the aggregate root (the
    record itself where it is one), so a line's change stands in its order's timeline. Entries of one request
    share `change_set`, which is what an undo reverses; those of an undo say in `takes_back` which one that was.

    The database refuses to change an entry, except to seal it once, and to delete one that is younger than its
    organization's retention: see migration 0002.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    session_id = models.UUIDField(_("session"), null=True, blank=True)
    table_name = models.CharField(_("table"), max_length=100)
    record_id = models.BigIntegerField(_("record"), null=True, blank=True)
    root_table = models.CharField(_("table of the document"), max_length=100)
    root_id = models.BigIntegerField(_("document"), null=True, blank=True)
    resource = models.CharField(_("resource"), max_length=100)
    label = models.CharField(_("name"), max_length=300, blank=True)
    action = models.CharField(_("action"), max_length=30)
    old_values = models.JSONField(_("old values"), default=dict, blank=True)
    new_values = models.JSONField(_("new values"), default=dict, blank=True)
    record_version = models.PositiveIntegerField(_("version"), null=True, blank=True)
    inverse = models.CharField(_("inverse"), max_length=100, blank=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("program"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    change_set = models.UUIDField(_("change set"))
    takes_back = models.UUIDField(_("takes back"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    sealed_at = models.DateTimeField(_("sealed"), null=True, blank=True)
    seal_sequence = models.BigIntegerField(_("number of the seal"), null=True, blank=True)
    seal = models.CharField(_("seal"), max_length=128, blank=True, default="")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["organization", "root_table", "root_id", "-id"], name="audit_root"),
            models.Index(fields=["organization", "change_set", "id"], name="audit_change_set"),
            models.Index(fields=["organization", "created_at", "id"], name="audit_created_at"),
            models.Index(fields=["organization", "user", "-id"], name="audit_user"),
            models.Index(
                fields=["organization", "takes_back"],
                condition=models.Q(takes_back__isnull=False),
                name="audit_takes_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.label}"
