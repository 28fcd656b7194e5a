"""The organization – the one word for tenant (X-16) – and its named settings."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.fields import PercentField
from server.core.tenancy import TenantModel, organization_id_of
from server.core.validation import run_field_validators

from .currencies import validate_currency
from .languages import validate_language
from .time_zones import validate_time_zone


class OrganizationQuerySet(models.QuerySet):
    """An organization sees itself and no other one."""

    def within(self, scope: SecurityContext | models.Model | int) -> Self:
        """The organization of this scope alone."""
        return self.filter(pk=organization_id_of(scope))


class Organization(models.Model):
    """A business whose data nobody else sees (E-002). `base_currency` is what its books are kept in."""

    lock_rank = 0

    code = models.CharField(_("code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=200)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    base_currency = models.CharField(
        _("base currency"), max_length=3, validators=[validate_currency], help_text=_("ISO 4217, such as EUR")
    )
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166, such as ES"))
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(_("language"), max_length=10, default="en", validators=[validate_language])
    over_receipt_percent = PercentField(
        _("over-receipt tolerance"),
        default=0,
        help_text=_("How much more than ordered may be received, where the product does not say otherwise"),
    )
    audit_retention_days = models.PositiveIntegerField(
        _("audit kept for"), default=90, help_text=_("Days; younger entries of the audit cannot be deleted")
    )
    lock_after_minutes = models.PositiveSmallIntegerField(
        _("terminals lock after"),
        default=0,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("Minutes without a key; 0 leaves it to each terminal"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    objects = models.Manager.from_queryset(OrganizationQuerySet)()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Raises `ValidationError` for an unknown currency, time zone or language, and settings of no use."""
        super().clean()
        run_field_validators(self)
        settings = self.settings
        if not isinstance(settings, dict) or not isinstance(settings.get("receiving_location", ""), str):
            raise ValidationError(
                {"settings": _("Settings are an object; its receiving_location is the code of a location.")}
            )

    @property
    def organization_id(self) -> int:
        """Its own key: an organization belongs to itself."""
        return self.pk


class SystemConfiguration(TenantModel):
    """One named setting of an organization (E-003)."""

    config_key = models.CharField(_("key"), max_length=100)
    config_value = models.JSONField(_("value"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        constraints = [
            models.UniqueConstraint(fields=["organization", "config_key"], name="system_configuration_key")
        ]

    def __str__(self) -> str:
        return self.config_key
