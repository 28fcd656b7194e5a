"""Roles: what they grant, and who has them (E-021…E-023)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources.constraints import in_use, translated
from server.core.resources.writing import raise_version

from .changes import permissions_changed, user_changed
from .guard import check_an_administrator_remains, check_may_give, check_may_give_roles, check_may_manage
from .models import FieldRule, Permission, Role, RolePermission, User, UserRole
from .rights import Rights, combined_rights, rights_changed
from .system_roles import ADMINISTRATOR, set_permissions


@transaction.atomic
def create_role(*, actor: SecurityContext, data: dict[str, Any], permissions: Collection[int] = ()) -> Role:
    """A new role that grants these permissions, by their keys.

    Raises `Forbidden` for a permission that the actor lacks, `Invalid` for a name that is taken.
    """
    role = Role(organization_id=actor.organization_id, **data)
    with translated(role):
        role.clean()
        role.save()
    changes = [created(role)]
    changes += _grant_exactly(actor, role, permissions)
    record_changes(actor, changes)
    rights_changed(actor.organization_id)
    return role


@transaction.atomic
def update_role(
    *, actor: SecurityContext, role: Role, data: dict[str, Any], permissions: Collection[int] | None = None
) -> Role:
    """Change a role; `permissions` None leaves what it grants.

    Raises `Conflict` for a system role, `Forbidden` where it has or is to have what the actor lacks.
    """
    _check_own(role)
    check_may_give_roles(actor, [role])
    before = snapshot(role)
    for name, value in data.items():
        setattr(role, name, value)
    role.version += 1
    with translated(role):
        role.clean()
        role.save()
    changes = [change for change in (updated(role, before),) if change]
    if permissions is not None:
        changes += _grant_exactly(actor, role, permissions)
    if changes:
        record_changes(actor, changes)
        rights_changed(actor.organization_id)
    return role


@transaction.atomic
def delete_role(*, actor: SecurityContext, role: Role) -> None:
    """Delete a role that nobody has. Raises `Conflict` for a system role, `InUse`."""
    _check_own(role)
    check_may_give_roles(actor, [role])
    if UserRole.objects.within(actor).filter(role=role).exists():
        raise in_use(role)
    record_changes(actor, [deleted(role)])
    with translated(role):
        role.delete()
    rights_changed(actor.organization_id)


@transaction.atomic
def grant_role(*, actor: SecurityContext, user: User, role: Role) -> UserRole:
    """Give a user a role; who granted it and when is kept (E-023). Granting it again changes nothing.

    Raises `Forbidden` where the role grants what the actor lacks.
    """
    check_may_give_roles(actor, [role])
    grant, is_new = UserRole.objects.within(actor).get_or_create(
        user=user,
        role=role,
        defaults={"organization_id": actor.organization_id, "granted_by_id": actor.user_id},
    )
    if is_new:
        raise_version(user)
        record_changes(actor, [user_changed(user, {}, {"role": role.name})])
        rights_changed(actor.organization_id)
    return grant


@transaction.atomic
def revoke_role(*, actor: SecurityContext, user: User, role: Role) -> None:
    """Take a role from a user; where they do not have it nothing changes.

    Raises `Forbidden` where the user has more rights than the actor, `Conflict` for the last administrator.
    """
    check_may_manage(actor, user)
    # One after the other, or two could each take what they see as the last but one administrator.
    lock(Role.objects.within(actor).filter(pk=role.pk))
    grants = UserRole.objects.within(actor).filter(user=user, role=role)
    if not grants.exists():
        return
    if role.is_system_role and role.name == ADMINISTRATOR:
        check_an_administrator_remains(actor, user)
    grants.delete()
    raise_version(user)
    record_changes(actor, [user_changed(user, {"role": role.name}, {})])
    rights_changed(actor.organization_id)


@transaction.atomic
def set_roles(*, actor: SecurityContext, user: User, roles: Collection[Role]) -> None:
    """Make these the user's roles in the actor's organization. Raises what granting and revoking raise."""
    had = set(Role.objects.within(actor).filter(user_roles__user=user))
    for role in roles:
        if role not in had:
            grant_role(actor=actor, user=user, role=role)
    for role in had.difference(roles):
        revoke_role(actor=actor, user=user, role=role)


@transaction.atomic
def set_field_rule(*, actor: SecurityContext, instance: FieldRule | None, data: dict[str, Any]) -> FieldRule:
    """Make a field rule, or change the given one. Raises `Forbidden` where the role has more than the actor."""
    rule = instance or FieldRule(organization_id=actor.organization_id)
    before = snapshot(rule) if instance is not None else {}
    for name, value in data.items():
        setattr(rule, rule._meta.get_field(name).attname, value)
    check_may_give_roles(actor, [rule.role])
    if instance is not None:
        rule.version += 1
    with translated(rule):
        rule.clean()
        rule.save()
    check_may_give_roles(actor, [rule.role])
    change = created(rule) if instance is None else updated(rule, before)
    if change is not None:
        record_changes(actor, [change])
        rights_changed(actor.organization_id)
    return rule


@transaction.atomic
def delete_field_rule(*, actor: SecurityContext, rule: FieldRule) -> None:
    """Take a field rule away. Raises `Forbidden` where that would show the role what the actor may not see."""
    role = rule.role
    record_changes(actor, [deleted(rule)])
    rule.delete()
    check_may_give_roles(actor, [role])
    rights_changed(actor.organization_id)


def _grant_exactly(actor: SecurityContext, role: Role, permissions: Collection[int]) -> list[Change]:
    names = dict(Permission.objects.filter(pk__in=permissions).values_list("name", "pk"))
    kept = set(
        RolePermission.objects.within(actor).filter(role=role).values_list("permission__name", flat=True)
    )
    check_may_give(actor, Rights(permissions=frozenset(names.keys() - kept)))
    had = set_permissions(role, names, names)
    check_may_give(actor, combined_rights(actor.organization_id, {role.pk: role.name}))
    return [permissions_changed(role, had, names)] if had != names.keys() else []


def _check_own(role: Role) -> None:
    if role.is_system_role:
        raise Conflict(
            _("“%(name)s” is a system role and follows the program. Make a role of your own instead.")
            % {"name": role.name}
        )
