"""Terminals that several people share."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class Terminal(TenantModel):
    """A machine that an administrator has enrolled: badges and PINs are good there and nowhere else.

    Its token reads `terminal.<prefix>.<secret>`; only a keyed hash of the secret is kept.
    """

    lock_rank = 6
    unrecorded_fields = frozenset({"hash", "key_id", "last_used_at"})

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True, editable=False)
    hash = models.CharField(_("hash"), max_length=64, editable=False)
    key_id = models.CharField(_("key"), max_length=16, editable=False)
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("enrolled by"),
    )
    enrolled_at = models.DateTimeField(_("enrolled"), auto_now_add=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("terminal")
        verbose_name_plural = _("terminals")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=models.Q(revoked_at__isnull=True),
                name="terminal_name",
            )
        ]

    def __str__(self) -> str:
        return self.name
