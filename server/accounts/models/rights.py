"""Roles and permissions as data (E-020…E-023), and what a role leaves of a field (X-15)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.tenancy import Record, TenantModel, external_id_constraint


class PermissionQuerySet(models.QuerySet):
    """Permissions come from the program and are the same for every organization."""

    def within(self, scope: SecurityContext | models.Model | int) -> Self:
        """All of them: they belong to nobody."""
        return self.all()


class Permission(models.Model):
    """Something that can be allowed, by name: `products.view`, `purchasing.receive` (E-020).

    `resource` is the resource or the module of the operation, `action` what is done to it. The rows are made
    from the declarations of the apps: see `synchronize_permissions`.
    """

    name = models.CharField(_("name"), max_length=150, unique=True)
    resource = models.CharField(_("resource"), max_length=100)
    action = models.CharField(_("action"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)

    objects = models.Manager.from_queryset(PermissionQuerySet)()

    class Meta:
        verbose_name = _("permission")
        verbose_name_plural = _("permissions")

    def __str__(self) -> str:
        return self.name


class Role(Record):
    """A named set of permissions (E-021). A system role is kept up to date by the program."""

    lock_rank = 4

    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    is_system_role = models.BooleanField(_("system role"), default=False, editable=False)
    permissions = models.ManyToManyField(Permission, through="RolePermission", related_name="roles")

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="role_name"),
            external_id_constraint("role"),
        ]

    def __str__(self) -> str:
        return self.name


class RolePermission(TenantModel):
    """A role grants a permission (E-022)."""

    lock_rank = 5

    role = models.ForeignKey(
        Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="role_permissions"
    )
    permission = models.ForeignKey(
        Permission, verbose_name=_("permission"), on_delete=models.CASCADE, related_name="role_permissions"
    )

    class Meta:
        verbose_name = _("permission of a role")
        verbose_name_plural = _("permissions of roles")
        constraints = [
            models.UniqueConstraint(fields=["organization", "role", "permission"], name="role_permission")
        ]

    def __str__(self) -> str:
        return f"{self.role_id}:{self.permission_id}"


class UserRole(TenantModel):
    """A user has a role, granted by somebody at some time (E-023). `granted_by` is empty for the program."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="user_roles"
    )
    role = models.ForeignKey(
        Role, verbose_name=_("role"), on_delete=models.PROTECT, related_name="user_roles"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("granted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)

    class Meta:
        verbose_name = _("role of a user")
        verbose_name_plural = _("roles of users")
        constraints = [models.UniqueConstraint(fields=["organization", "user", "role"], name="user_role")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.role_id}"


class FieldRule(Record):
    """What members of a role may do with one field of a resource (X-15)."""

    lock_rank = 5

    class Access(models.TextChoices):
        HIDDEN = "hidden", _("hidden")
        READ_ONLY = "read_only", _("read only")
        EDITABLE = "editable", _("editable")

    role = models.ForeignKey(
        Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="field_rules"
    )
    resource = models.CharField(_("resource"), max_length=100)
    field = models.CharField(_("field"), max_length=100)
    access = models.CharField(_("access"), max_length=10, choices=Access.choices)

    class Meta:
        verbose_name = _("field rule")
        verbose_name_plural = _("field rules")
        constraints = [
            models.UniqueConstraint(fields=["organization", "role", "resource", "field"], name="field_rule"),
            external_id_constraint("field_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.resource}.{self.field}: {self.access}"


class RightsVersion(models.Model):
    """Changes with every change of an organization's roles, so that rights kept in memory are known to be old.

    The value is random, not counted: one that a rollback took away never comes again for other rights.
    """

    organization = models.OneToOneField(
        "organizations.Organization",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="rights_version",
    )
    version = models.BigIntegerField(_("version"))

    class Meta:
        verbose_name = _("version of the rights")
        verbose_name_plural = _("versions of the rights")

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.version}"
