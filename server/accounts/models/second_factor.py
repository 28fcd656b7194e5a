"""The second factor: time-based codes (RFC 6238) and the recovery codes for a lost device."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TotpDevice(models.Model):
    """A user's authenticator. It counts once `confirmed_at` is set.

    The secret is derived from `salt` and the key `key_id`, which the database does not hold: a copy of the
    database makes no codes. `last_step` is the last accepted 30-second step; a code is good once (RFC 6238, 5.2).
    """

    unrecorded_fields = frozenset({"salt", "key_id", "last_step"})

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="totp_device"
    )
    salt = models.CharField(_("salt"), max_length=64)
    key_id = models.CharField(_("key"), max_length=16)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    last_step = models.BigIntegerField(_("last step"), default=0)

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """Replaces one code of a lost device, once. Only its keyed hash is kept."""

    unrecorded_fields = frozenset({"hash", "key_id"})

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    hash = models.CharField(_("hash"), max_length=64)
    key_id = models.CharField(_("key"), max_length=16)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "hash"], name="recovery_code_hash")]

    def __str__(self) -> str:
        return str(self.user_id)
