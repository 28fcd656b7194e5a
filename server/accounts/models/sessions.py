"""Sessions that refresh tokens carry on, and the log of attempts to sign in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class Session(TenantModel):
    """One sign-in of a user to an organization.

    The refresh token of generation n is derived from `seed` and a key outside the database, so the row holds
    no token and a repeated refresh gets the same successor. `family` joins the sessions that came from one
    sign-in by switching the organization; they are revoked together. `by_pin` marks one that a PIN opened, which
    may do less (`server.accounts.pin_rights`); `terminal` is the enrolled one at which it was opened.
    """

    unrecorded_fields = frozenset({"seed"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    family = models.UUIDField(_("sign-in"), default=uuid.uuid4)
    seed = models.CharField(_("seed"), max_length=64)
    generation = models.PositiveIntegerField(_("generation of the token"), default=0)
    rotated_at = models.DateTimeField(_("token changed"))
    created_at = models.DateTimeField(_("signed in"))
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    by_pin = models.BooleanField(_("by PIN"), default=False)
    terminal = models.ForeignKey(
        "accounts.Terminal", on_delete=models.CASCADE, null=True, blank=True, related_name="sessions"
    )
    revoked_reason = models.CharField(_("reason"), max_length=50, blank=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("program"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["organization", "user"], name="session_user"),
            models.Index(fields=["family"], name="session_family"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class LoginAttempt(models.Model):
    """One attempt to sign in; the basis of the growing delay (D-297). Belongs to no organization yet.

    `username` is what was typed, in its normal form, whether or not there is such a user.
    """

    class Outcome(models.TextChoices):
        PENDING = "pending", _("not finished")
        REFUSED = "refused", _("refused")
        INCOMPLETE = "incomplete", _("confirmed, no sign-in")
        SUCCEEDED = "succeeded", _("succeeded")

    username = models.CharField(_("user name"), max_length=150)
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("program"), max_length=300, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("attempt to sign in")
        verbose_name_plural = _("attempts to sign in")
        indexes = [
            models.Index(fields=["username", "at"], name="login_attempt_username"),
            models.Index(fields=["ip_address", "at"], name="login_attempt_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.outcome}"
