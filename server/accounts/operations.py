"""What can be done to users, beyond changing their fields."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.errors import missing
from server.core.operations import Outcome, Param, Parameters, Target, operation

from . import roles, services
from .models import Membership, Role, User

_USER = Target("users", "user")


class OfUser(Parameters):
    user: Annotated[int, Param("reference", _("User"), reference="users")]


class OfUserAndRole(OfUser):
    role: Annotated[int, Param("reference", _("Role"), reference="roles")]


class NewPassword(OfUser):
    password: Annotated[
        str,
        Param(
            "secret",
            _("New password"),
            max_length=256,
            help=_("At least 15 characters, without further rules"),
        ),
    ]


def _user(actor: SecurityContext, key: int) -> User:
    user = User.objects.within(actor).filter(pk=key).first()
    if user is None:
        raise missing(_t("user"), key)
    return user


def _role(actor: SecurityContext, key: int) -> Role:
    return Role.objects.within(actor).get(pk=key)


def _is_active(actor: SecurityContext, user: User) -> bool:
    return Membership.objects.within(actor).filter(user=user, is_active=True).exists()


def _why_not_disabled(actor: SecurityContext, user: User) -> str | None:
    if user.pk == actor.user_id:
        return _t("You cannot disable yourself.")
    return None if _is_active(actor, user) else _t("%(name)s is disabled already.") % {"name": user.username}


def _why_not_enabled(actor: SecurityContext, user: User) -> str | None:
    return _t("%(name)s is active.") % {"name": user.username} if _is_active(actor, user) else None


def _why_no_password(actor: SecurityContext, user: User) -> str | None:
    if user.pk == actor.user_id:
        return _t(
            "This is you: change your own password with the current one, so that a stolen session cannot."
        )
    return _t("A service account has no password.") if user.is_service else None


def _why_not_reset(actor: SecurityContext, user: User) -> str | None:
    if user.pk == actor.user_id:
        return _t("This is you: turn your second factor off with a code of it, or with a recovery code.")
    return None


@operation(
    "accounts.grant-role",
    OfUserAndRole,
    title=_("Grant role"),
    help=_("Give a user a role. Nobody can give rights that they lack themselves."),
    kind="changes",
    target=_USER,
    inverse="accounts.revoke-role",
)
def grant_role(actor: SecurityContext, parameters: OfUserAndRole) -> Outcome:
    user, role = _user(actor, parameters.user), _role(actor, parameters.role)
    roles.grant_role(actor=actor, user=user, role=role)
    return Outcome(_t("%(name)s has the role “%(role)s”.") % {"name": user.username, "role": role.name})


@operation(
    "accounts.revoke-role",
    OfUserAndRole,
    title=_("Revoke role"),
    help=_("Take a role from a user. It counts from their next request on."),
    kind="changes",
    target=_USER,
    inverse="accounts.grant-role",
)
def revoke_role(actor: SecurityContext, parameters: OfUserAndRole) -> Outcome:
    user, role = _user(actor, parameters.user), _role(actor, parameters.role)
    roles.revoke_role(actor=actor, user=user, role=role)
    return Outcome(
        _t("%(name)s no longer has the role “%(role)s”.") % {"name": user.username, "role": role.name}
    )


@operation(
    "accounts.disable-user",
    OfUser,
    title=_("Disable user"),
    help=_("End a user's access at once. What they did stays, and they can be enabled again."),
    kind="changes",
    target=_USER,
    inverse="accounts.enable-user",
    blocked=_why_not_disabled,
)
def disable_user(actor: SecurityContext, parameters: OfUser) -> Outcome:
    user = _user(actor, parameters.user)
    services.disable_user(actor=actor, user=user)
    return Outcome(_t("%(name)s can no longer sign in here.") % {"name": user.username})


@operation(
    "accounts.enable-user",
    OfUser,
    title=_("Enable user"),
    help=_("Give a disabled user access again, with the roles that they had."),
    kind="changes",
    target=_USER,
    inverse="accounts.disable-user",
    blocked=_why_not_enabled,
)
def enable_user(actor: SecurityContext, parameters: OfUser) -> Outcome:
    user = _user(actor, parameters.user)
    services.enable_user(actor=actor, user=user)
    return Outcome(_t("%(name)s can sign in again.") % {"name": user.username})


@operation(
    "accounts.set-password",
    NewPassword,
    title=_("Set password"),
    help=_("Set another user's password; all their sessions end."),
    kind="changes",
    target=_USER,
    blocked=_why_no_password,
)
def set_password(actor: SecurityContext, parameters: NewPassword) -> Outcome:
    user = _user(actor, parameters.user)
    services.change_password(actor=actor, user=user, password=parameters.password)
    return Outcome(_t("%(name)s has a new password and must sign in again.") % {"name": user.username})


@operation(
    "accounts.reset-second-factor",
    OfUser,
    title=_("Reset second factor"),
    help=_("For somebody who has lost their authenticator and the recovery codes."),
    kind="changes",
    target=_USER,
    blocked=_why_not_reset,
)
def reset_second_factor(actor: SecurityContext, parameters: OfUser) -> Outcome:
    user = _user(actor, parameters.user)
    services.reset_second_factor(actor=actor, user=user)
    return Outcome(_t("%(name)s signs in with the password alone now.") % {"name": user.username})
