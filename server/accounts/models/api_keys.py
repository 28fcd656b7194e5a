"""Keys for programs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class ApiKey(TenantModel):
    """Acts as `user` in one organization, with no more than `scopes` where any are named (C-048).

    The key reads `erp.<prefix>.<secret>`; only a keyed hash of the secret is kept.
    """

    unrecorded_fields = frozenset({"hash", "key_id", "last_used_at"})

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    hash = models.CharField(_("hash"), max_length=64)
    key_id = models.CharField(_("key"), max_length=16)
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        indexes = [models.Index(fields=["organization", "user"], name="api_key_user")]

    def __str__(self) -> str:
        return self.prefix
