"""Users, roles, permissions and field rules as resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.resources import Column, Lines, Related, Resource, naming, register

from .models import FieldRule, Permission, Role, RolePermission, Terminal, User, UserRole
from .permissions import descriptions as descriptions_of_permissions
from .roles import create_role, delete_field_rule, delete_role, set_field_rule, set_roles, update_role
from .services import create_user, update_user
from .system_roles import descriptions as descriptions_of_roles
from .system_roles import names as names_of_roles


def _named(lines: list[dict[str, Any]], name: str, member: str, granted: Mapping[int, int]) -> list[int]:
    """What each line names itself or has had by its `id`. Raises `Invalid` for a line that is not there."""
    keys = [line[member] if member in line else granted.get(line.get("id", 0)) for line in lines]
    errors = [
        FieldError(
            f"{name}[{index}].id",
            "not_found",
            gettext("There is no such line any more. Load the record again."),
        )
        for index, key in enumerate(keys)
        if key is None
    ]
    if errors:
        raise Invalid(errors)
    return [key for key in keys if key is not None]


def _roles_of(actor: SecurityContext, lines: list[dict[str, Any]]) -> list[Role]:
    """The roles that the lines of a user name; a line with only its `id` names the role that it has."""
    granted = dict(UserRole.objects.within(actor).values_list("pk", "role_id"))
    return list(Role.objects.within(actor).filter(pk__in=_named(lines, "roles", "role", granted)))


def _create_user(*, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None) -> User:
    return create_user(actor=actor, roles=_roles_of(actor, lines or []), **data)


def _update_user(
    *, actor: SecurityContext, instance: User, data: dict[str, Any], lines: list[dict[str, Any]] | None
) -> User:
    if data:
        update_user(actor=actor, user=instance, data=data)
    if lines is not None:
        set_roles(actor=actor, user=instance, roles=_roles_of(actor, lines))
    return instance


def _permissions_of(actor: SecurityContext, lines: list[dict[str, Any]]) -> list[int]:
    granted = dict(RolePermission.objects.within(actor).values_list("pk", "permission_id"))
    return _named(lines, "permissions", "permission", granted)


def _create_role(*, actor: SecurityContext, data: dict[str, Any], lines: list[dict[str, Any]] | None) -> Role:
    return create_role(actor=actor, data=data, permissions=_permissions_of(actor, lines or []))


def _update_role(
    *, actor: SecurityContext, instance: Role, data: dict[str, Any], lines: list[dict[str, Any]] | None
) -> Role:
    permissions = None if lines is None else _permissions_of(actor, lines)
    return update_role(actor=actor, role=instance, data=data, permissions=permissions)


def _delete_role(*, actor: SecurityContext, instance: Role) -> None:
    delete_role(actor=actor, role=instance)


def _create_field_rule(*, actor: SecurityContext, data: dict[str, Any], **_no_lines: Any) -> FieldRule:
    return set_field_rule(actor=actor, instance=None, data=data)


def _update_field_rule(
    *, actor: SecurityContext, instance: FieldRule, data: dict[str, Any], **_no_lines: Any
) -> FieldRule:
    return set_field_rule(actor=actor, instance=instance, data=data)


def _delete_field_rule(*, actor: SecurityContext, instance: FieldRule) -> None:
    delete_field_rule(actor=actor, rule=instance)


register(
    Resource(
        name="users",
        model=User,
        module="accounts",
        title=_("Users"),
        title_one=_("User"),
        key="username",
        label=("username", "full_name"),
        fields=("username", "full_name", "email", "language", "time_zone", "is_service", "last_sign_in_at"),
        read_only=("last_sign_in_at",),
        create_only=("username", "is_service"),
        personal=("full_name", "email", "last_sign_in_at"),
        # Through the membership that `within` has joined already: the access to this organization, not to another.
        extra={
            "active": Column(
                _("Active"), "boolean", ExpressionWrapper(F("memberships__is_active"), BooleanField())
            ),
            "badge": Column(_("Badge"), "text", F("memberships__badge")),
        },
        columns=("username", "full_name", "email", "active", "last_sign_in_at"),
        search=("username", "full_name", "email"),
        ordering="username",
        lines=Lines(
            name="roles",
            model=UserRole,
            parent="user",
            fields=("role", "granted_by", "granted_at"),
            read_only=("granted_by", "granted_at"),
            ordering="role__name",
        ),
        row_actions=(
            "accounts.grant-role",
            "accounts.revoke-role",
            "accounts.set-password",
            "accounts.reset-second-factor",
            "accounts.assign-badge",
            "accounts.clear-pin",
            "accounts.disable-user",
            "accounts.enable-user",
        ),
        operations=("list", "create", "update", "export"),
        create=_create_user,
        update=_update_user,
    )
)

register(
    Resource(
        name="permissions",
        model=Permission,
        module="accounts",
        title=_("Permissions"),
        title_one=_("Permission"),
        key="name",
        label=("name",),
        fields=("name", "resource", "action", "description"),
        read_only=("name", "resource", "action", "description"),
        columns=("name", "description"),
        search=("name", "description"),
        names={"description": descriptions_of_permissions},
        ordering="name",
        operations=("list",),
    )
)

register(
    Resource(
        name="roles",
        model=Role,
        module="accounts",
        title=_("Roles"),
        title_one=_("Role"),
        key="name",
        label=("name",),
        fields=("name", "description", "is_system_role", "external_id"),
        read_only=("is_system_role",),
        columns=("name", "description", "is_system_role"),
        search=("name", "description"),
        names={"name": names_of_roles, "description": descriptions_of_roles},
        ordering="name",
        lines=Lines(
            name="permissions",
            model=RolePermission,
            parent="role",
            fields=("permission",),
            ordering="permission__name",
        ),
        related=(Related("field-rules", _("Field rules"), "role=id:{id}"),),
        operations=("list", "create", "update", "delete", "export"),
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
    )
)

register(
    Resource(
        name="field-rules",
        model=FieldRule,
        module="accounts",
        title=_("Field rules"),
        title_one=_("Field rule"),
        key="id",
        label=("resource", "field"),
        fields=("role", "resource", "field", "access"),
        create_only=("role", "resource", "field"),
        columns=("role_name", "resource", "field", "access"),
        search=("resource", "field"),
        names={"resource": naming.resources},
        ordering="resource,field",
        operations=("list", "create", "update", "delete"),
        create=_create_field_rule,
        update=_update_field_rule,
        delete=_delete_field_rule,
    )
)

register(
    Resource(
        name="terminals",
        model=Terminal,
        module="accounts",
        title=_("Shared terminals"),
        title_one=_("Shared terminal"),
        key="id",
        label=("name",),
        fields=("name", "enrolled_by", "enrolled_at", "last_used_at", "revoked_at"),
        read_only=("name", "enrolled_by", "enrolled_at", "last_used_at", "revoked_at"),
        columns=("name", "enrolled_by_username", "enrolled_at", "last_used_at", "revoked_at"),
        search=("name",),
        ordering="name",
        row_actions=("accounts.revoke-terminal",),
        operations=("list",),
    )
)
