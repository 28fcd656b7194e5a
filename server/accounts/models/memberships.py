"""Which organizations a user works in (B-082), and how they show who they are at a shared terminal there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class Membership(TenantModel):
    """A user's place in an organization. The default one is where a sign-in without a choice leads.

    `badge` is the number on the person's card, an identifier and no secret; `pin` is a hash, good on the
    organization's enrolled terminals only. After too many wrong ones in a row (`pin_failures`) it is good no more.
    """

    unrecorded_fields = frozenset({"pin", "pin_failures"})

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    is_active = models.BooleanField(_("active"), default=True)
    is_default = models.BooleanField(_("default"), default=False)
    badge = models.CharField(_("badge"), max_length=100, null=True, blank=True)  # noqa: DJ001 - null keeps it out of the unique index
    pin = models.CharField(_("PIN"), max_length=128, blank=True, default="", editable=False)
    pin_failures = models.PositiveSmallIntegerField(_("wrong PINs in a row"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_user"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="membership_one_default"
            ),
            models.UniqueConstraint(fields=["organization", "badge"], name="membership_badge"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}@{self.organization_id}"
