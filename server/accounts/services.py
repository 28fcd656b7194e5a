"""Users and their place in an organization."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import created, snapshot, updated
from server.core.resources.constraints import translated
from server.core.resources.writing import raise_version

from . import passwords, totp
from .changes import user_changed
from .guard import check_an_administrator_remains, check_may_give_roles, check_may_manage
from .models import Membership, RecoveryCode, Role, TotpDevice, User, UserRole
from .models.users import normal_username
from .rights import rights_changed
from .sessions import revoke_sessions_of_user


@transaction.atomic
def create_user(
    *,
    actor: SecurityContext,
    username: str,
    password: str | None = None,
    encoded_password: str | None = None,
    full_name: str = "",
    email: str = "",
    language: str = "",
    time_zone: str = "",
    is_service: bool = False,
    roles: Sequence[Role] = (),
) -> User:
    """A new user, member of the actor's organization, with these roles.

    Without a password nobody can sign in as this user. `encoded_password` is a hash made earlier, for many users
    at once. Raises `Invalid` for a name that is taken and a password that cannot be accepted, `Forbidden` for a
    role that grants what the actor lacks.
    """
    check_may_give_roles(actor, roles)
    user = User(
        username=normal_username(username),
        full_name=full_name,
        email=email,
        language=language,
        time_zone=time_zone,
        is_service=is_service,
    )
    if password is not None:
        passwords.check_new_password(password, second_factor=False, context=[user.username, full_name])
        user.password = passwords.encode(password)
    elif encoded_password is not None:
        user.password = encoded_password
    else:
        user.set_unusable_password()
    with translated(user):
        _check_fields(user)
        user.save()
    record_changes(actor, [created(user)])
    add_member(actor=actor, user=user, roles=roles)
    return user


@transaction.atomic
def add_member(*, actor: SecurityContext, user: User, roles: Sequence[Role] = ()) -> Membership:
    """Let an existing user work in the actor's organization too; their first organization is their default.

    Raises `Forbidden` for a role that grants what the actor lacks.
    """
    check_may_give_roles(actor, roles)
    is_first = not Membership.objects.across_organizations().filter(user=user).exists()
    membership, is_new = Membership.objects.within(actor).get_or_create(
        user=user, defaults={"organization_id": actor.organization_id, "is_default": is_first}
    )
    UserRole.objects.bulk_create(
        UserRole(organization_id=actor.organization_id, user=user, role=role, granted_by_id=actor.user_id)
        for role in roles
    )
    joined: dict[str, object] = {"active": True} if is_new else {}
    record_changes(actor, [user_changed(user, {}, {**joined, "roles": sorted(role.name for role in roles)})])
    rights_changed(actor.organization_id)
    return membership


@transaction.atomic
def update_user(*, actor: SecurityContext, user: User, data: dict[str, Any]) -> User:
    """Change a user's own fields.

    Raises `Conflict` where the person also works in another organization: then only they may, by themselves.
    """
    if user.pk != actor.user_id:
        check_may_manage(actor, user)
        _check_only_here(actor, user)
    before = snapshot(user)
    for name, value in data.items():
        setattr(user, name, value)
    user.version += 1
    with translated(user):
        _check_fields(user)
        user.save()
    if change := updated(user, before):
        record_changes(actor, [change])
    return user


@transaction.atomic
def disable_user(*, actor: SecurityContext, user: User) -> None:
    """End a user's access to the actor's organization, at once; what they did stays.

    Raises `Conflict` for oneself and for the last administrator, `Forbidden` where the user has more rights.
    """
    if user.pk == actor.user_id:
        raise Conflict(_("You cannot disable yourself. Ask another administrator."))
    check_may_manage(actor, user)
    lock(Role.objects.within(actor).filter(is_system_role=True))
    membership = lock(Membership.objects.within(actor).filter(user=user))[0]
    if not membership.is_active:
        return
    check_an_administrator_remains(actor, user)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    revoke_sessions_of_user(user.pk, "disabled", organization_id=actor.organization_id)
    raise_version(user)
    record_changes(
        actor, [user_changed(user, {"active": True}, {"active": False}, inverse="accounts.enable-user")]
    )


@transaction.atomic
def enable_user(*, actor: SecurityContext, user: User) -> None:
    """Give a disabled user access again, with the roles that they had. Raises `Forbidden` where those are more."""
    check_may_manage(actor, user)
    membership = lock(Membership.objects.within(actor).filter(user=user))[0]
    if membership.is_active:
        return
    membership.is_active = True
    membership.save(update_fields=["is_active"])
    raise_version(user)
    record_changes(
        actor, [user_changed(user, {"active": False}, {"active": True}, inverse="accounts.disable-user")]
    )


@transaction.atomic
def change_password(
    *, actor: SecurityContext, user: User, password: str, keep_family: uuid.UUID | None = None
) -> None:
    """Set a password. Every session but those of `keep_family` ends.

    For somebody else: raises `Forbidden` where they have more rights, `Conflict` where they also work elsewhere.
    Raises `Invalid` for a password that cannot be accepted.
    """
    if user.is_service:
        raise Conflict(_("A service account has no password. Make an API key for it."))
    if user.pk != actor.user_id:
        check_may_manage(actor, user)
        _check_only_here(actor, user)
    passwords.check_new_password(
        password,
        second_factor=totp.has_second_factor(user.pk),
        context=[user.username, *user.full_name.split()],
    )
    user.password = passwords.encode(password)
    user.short_password = passwords.is_short(password)
    user.version += 1
    user.save(update_fields=["password", "short_password", "version", "updated_at"])
    revoke_sessions_of_user(user.pk, "password changed", keep_family=keep_family)
    record_changes(actor, [user_changed(user, {}, {"password": "changed"})])


@transaction.atomic
def confirm_second_factor(*, actor: SecurityContext, user: User, code: str) -> list[str]:
    """Put the actor's new authenticator into use; answers the recovery codes, shown this once. Raises as `confirm`."""
    codes = totp.confirm(user, code)
    record_changes(actor, [user_changed(user, {"second_factor": False}, {"second_factor": True})])
    return codes


@transaction.atomic
def disable_second_factor(*, actor: SecurityContext, user: User, code: str) -> None:
    """Turn the actor's own second factor off. Raises as `totp.disable`."""
    totp.disable(user, code)
    record_changes(actor, [user_changed(user, {"second_factor": True}, {"second_factor": False})])


@transaction.atomic
def reset_second_factor(*, actor: SecurityContext, user: User) -> None:
    """Turn off the authenticator of somebody who has lost it and the recovery codes.

    Raises `Conflict` where there is none or the password needs it, `Forbidden` where they have more rights.
    """
    check_may_manage(actor, user)
    _check_only_here(actor, user)
    if user.short_password:
        raise Conflict(_("Their password is too short to stand alone. Set a new one first."))
    devices = TotpDevice.objects.filter(user=user)
    if not devices.exists():
        raise Conflict(_("%(name)s has no authenticator.") % {"name": user.username})
    devices.delete()
    RecoveryCode.objects.filter(user=user).delete()
    revoke_sessions_of_user(user.pk, "second factor reset")
    record_changes(actor, [user_changed(user, {"second_factor": True}, {"second_factor": False})])


def _check_only_here(actor: SecurityContext, user: User) -> None:
    elsewhere = Membership.objects.across_organizations().filter(user=user, is_active=True)
    if actor.user_id is not None and elsewhere.exclude(organization_id=actor.organization_id).exists():
        raise Conflict(
            _("%(name)s also works in another organization, so only they can change this, after signing in.")
            % {"name": user.username}
        )


def _check_fields(user: User) -> None:
    user.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
