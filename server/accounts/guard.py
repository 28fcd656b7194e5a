"""Nobody gives what they do not have, nor takes over somebody who has more."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Forbidden

from .models import Role, User, UserRole
from .rights import Rights, combined_rights, load_rights
from .system_roles import ADMINISTRATOR

_LEFT = {"hidden": 0, "read_only": 1}


def check_may_give(actor: SecurityContext, rights: Rights) -> None:
    """Raise `Forbidden` where these rights reach beyond the actor's own, in permissions or in fields.

    An actor without a user is the program itself, setting up an organization, and may give everything.
    """
    if actor.user_id is None:
        return
    beyond = sorted(rights.permissions - actor.permissions)
    if beyond:
        raise Forbidden(
            _("You cannot give “%(permission)s”, because you do not have it yourself. Ask an administrator.")
            % {"permission": beyond[0]},
            permission=beyond[0],
        )
    touched = {name.rpartition(".")[0] for name in rights.permissions}
    for (resource, name), access in actor.field_rules.items():
        given = rights.field_rules.get((resource, name))
        if resource in touched and (given is None or _LEFT[given] > _LEFT[access]):
            raise Forbidden(
                _("You cannot give access to %(resource)s.%(field)s, because you do not have it yourself.")
                % {"resource": resource, "field": name},
                permission=f"{resource}.update",
            )


def check_may_give_roles(actor: SecurityContext, roles: Iterable[Role]) -> None:
    """Raise `Forbidden` where one of these roles reaches beyond the actor's rights."""
    if actor.user_id is None:
        return
    for role in roles:
        check_may_give(actor, combined_rights(actor.organization_id, {role.pk: role.name}))


def check_may_manage(actor: SecurityContext, user: User) -> None:
    """Raise `Forbidden` where the user has rights that the actor lacks: who may set a password may be that user."""
    if user.pk != actor.user_id:
        check_may_give(actor, load_rights(user.pk, actor.organization_id))


def check_an_administrator_remains(actor: SecurityContext, without: User) -> None:
    """Raise `Conflict` where this user is the organization's last active administrator."""
    administrators = UserRole.objects.within(actor).filter(
        role__name=ADMINISTRATOR,
        role__is_system_role=True,
        user__is_active=True,
        user__memberships__organization_id=actor.organization_id,
        user__memberships__is_active=True,
    )
    if set(administrators.values_list("user_id", flat=True)) == {without.pk}:
        raise Conflict(
            _("%(name)s is the last administrator here. Make somebody else an administrator first.")
            % {"name": without.username}
        )
