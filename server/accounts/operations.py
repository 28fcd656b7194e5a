"""What can be done to users, beyond changing their fields."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.core.context import SecurityContext
from server.core.errors import missing
from server.core.operations import Example, Outcome, Param, Parameters, Target, operation

from . import badges, roles, services
from .models import Membership, Role, Terminal, User
from .terminals import revoke_terminal as end_terminal

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


class Badge(OfUser):
    badge: Annotated[
        str, Param("code", _("Badge"), max_length=100, blank=True, help=_("Scan it; empty takes it away"))
    ] = ""


class OfTerminal(Parameters):
    terminal: Annotated[int, Param("reference", _("Terminal"), reference="terminals")]


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


def _why_no_badge(_actor: SecurityContext, user: User) -> str | None:
    return _t("A service account has no badge.") if user.is_service else None


def _why_no_pin(actor: SecurityContext, user: User) -> str | None:
    has_one = Membership.objects.within(actor).filter(user=user).exclude(pin="").exists()
    return None if has_one else _t("%(name)s has no PIN.") % {"name": user.username}


def _why_not_revoked(_actor: SecurityContext, terminal: Terminal) -> str | None:
    return _t("%(name)s is revoked already.") % {"name": terminal.name} if terminal.revoked_at else None


@operation(
    "accounts.grant-role",
    OfUserAndRole,
    title=_("Grant role"),
    help=_("Give a user a role. Nobody can give rights that they lack themselves."),
    kind="changes",
    target=_USER,
    inverse="accounts.revoke-role",
    category="access",
    examples=[
        Example("--user clara --role Buyer", _("Make Clara a buyer.")),
    ],
    prerequisites=_("You have every right that the role gives."),
    risks=_("The rights count from the next request on."),
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
    category="access",
    examples=[
        Example("--user clara --role Buyer", _("Clara is a buyer no more.")),
    ],
    prerequisites=_("The user has the role."),
    risks=_("What the user has begun and not sent may be refused afterwards."),
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
    category="access",
    examples=[
        Example("--user clara", _("Clara can no longer sign in here.")),
    ],
    prerequisites=_("The user is active, and not you."),
    risks=_("All sessions of the user in this organization end at once."),
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
    category="access",
    examples=[
        Example("--user clara", _("Clara can sign in again.")),
    ],
    prerequisites=_("The user is disabled."),
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
    category="access",
    examples=[
        Example("--user clara --password -", _("Give Clara a new password, which is asked for unseen.")),
    ],
    prerequisites=_("The user works in no other organization."),
    risks=_("All sessions of the user end at once."),
    rollback=_("The old password cannot be brought back; set another one."),
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
    category="access",
    examples=[
        Example("--user clara", _("Let Clara in with the password alone.")),
    ],
    prerequisites=_("You have made sure in person who asks for it."),
    risks=_("Until a new authenticator is enrolled, the password alone opens the account."),
    rollback=_("It cannot be taken back; the user enrols an authenticator anew."),
)
def reset_second_factor(actor: SecurityContext, parameters: OfUser) -> Outcome:
    user = _user(actor, parameters.user)
    services.reset_second_factor(actor=actor, user=user)
    return Outcome(_t("%(name)s signs in with the password alone now.") % {"name": user.username})


@operation(
    "accounts.assign-badge",
    Badge,
    title=_("Assign badge"),
    help=_("Say whose badge this is at shared terminals. Nobody else here may have it."),
    kind="changes",
    target=_USER,
    inverse="accounts.assign-badge",
    blocked=_why_no_badge,
    category="access",
    examples=[
        Example("--user clara --badge B-100234", _("Clara signs in with this badge.")),
        Example("--user clara --badge=", _("Take her badge away.")),
    ],
    prerequisites=_("Nobody else here has the badge."),
)
def assign_badge(actor: SecurityContext, parameters: Badge) -> Outcome:
    user = _user(actor, parameters.user)
    badges.assign_badge(actor=actor, user=user, badge=parameters.badge)
    if not parameters.badge.strip():
        return Outcome(_t("%(name)s has no badge any more.") % {"name": user.username})
    return Outcome(
        _t("%(name)s has the badge %(badge)s.") % {"name": user.username, "badge": parameters.badge.strip()}
    )


@operation(
    "accounts.clear-pin",
    OfUser,
    title=_("Clear PIN"),
    help=_("For somebody whose PIN was seen, or forgotten. They choose a new one with their password."),
    kind="changes",
    target=_USER,
    blocked=_why_no_pin,
    category="access",
    examples=[
        Example("--user clara", _("Clara chooses a new PIN.")),
    ],
    prerequisites=_("The user has a PIN."),
    rollback=_("It cannot be taken back; the user chooses a new PIN with the password."),
)
def clear_pin(actor: SecurityContext, parameters: OfUser) -> Outcome:
    user = _user(actor, parameters.user)
    badges.clear_pin(actor=actor, user=user)
    return Outcome(_t("%(name)s has no PIN any more.") % {"name": user.username})


@operation(
    "accounts.revoke-terminal",
    OfTerminal,
    title=_("Revoke terminal"),
    help=_(
        "End what badges and PINs are good for there, and every session opened there. It can be enrolled anew."
    ),
    kind="destroys",
    target=Target("terminals", "terminal"),
    blocked=_why_not_revoked,
    category="access",
    examples=[
        Example("--terminal 'Gate 3'", _("Nobody signs in at gate 3 by badge any more.")),
    ],
    risks=_("Everybody who works at the terminal is signed out; what they have typed stays as a draft."),
    rollback=_("It cannot be taken back; enrol the terminal anew by erp terminal enrol."),
)
def revoke_terminal(actor: SecurityContext, parameters: OfTerminal) -> Outcome:
    terminal = Terminal.objects.within(actor).get(pk=parameters.terminal)
    ended = end_terminal(actor=actor, terminal=terminal)
    return Outcome(
        ngettext(
            "%(name)s is a shared terminal no more; one session there has ended.",
            "%(name)s is a shared terminal no more; %(count)d sessions there have ended.",
            ended,
        )
        % {"name": terminal.name, "count": ended}
    )
