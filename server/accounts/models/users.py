"""A person, or a service that acts like one; known once, member of any number of organizations."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.tenancy import organization_id_of
from server.organizations.languages import validate_language
from server.organizations.time_zones import validate_time_zone


class UserQuerySet(models.QuerySet):
    """Users belong to no organization; an organization sees its own members."""

    def within(self, scope: SecurityContext | models.Model | int) -> Self:
        """The members of this organization, those whose membership has ended included."""
        return self.filter(memberships__organization_id=organization_id_of(scope))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Looks users up by a name in any capitals, since that is how people type it."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username=normal_username(username or ""))


def normal_username(text: str) -> str:
    """The form in which a user name is stored and compared: trimmed and in small letters."""
    return text.strip().lower()


class User(AbstractBaseUser):
    """Signs in with `username`. `is_service` marks one that only API keys use and that has no password.

    `short_password` is set where the password is good only beside a second factor (NIST 800-63B-4, 3.1.1.2).
    """

    lock_rank = 5
    unrecorded_fields = frozenset({"password", "short_password", "last_sign_in_at"})

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9._@+-]*\Z",
                _("A user name has small letters, digits and . _ @ + - and begins with a letter or digit."),
            )
        ],
    )
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        validators=[validate_language],
        help_text=_("Empty: as the terminal asks"),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: the organization's"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_service = models.BooleanField(_("service account"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)
    last_sign_in_at = models.DateTimeField(_("last sign-in"), null=True, blank=True, editable=False)
    short_password = models.BooleanField(_("short password"), default=False, editable=False)
    last_login = None

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username
