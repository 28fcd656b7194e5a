"""Signing in, going on, switching the organization, signing out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Forbidden, Problem, Unauthorized, missing
from server.organizations.models import Organization

from . import passwords, totp
from .audited import note
from .client import Client
from .models import Membership, Session, User
from .models.users import normal_username
from .sessions import (
    open_session,
    refresh_session,
    refresh_token,
    revoke_family,
    session_ended,
    session_of_token,
)
from .throttling import begin_attempt, settle_attempt
from .tokens import AccessClaims, issue_access_token


@dataclass(slots=True, frozen=True)
class SignedIn:
    """A session that is good now, with whom and where it is for."""

    session: Session
    user: User
    organization: Organization
    organizations: list[Organization]


def sign_in(
    *,
    username: str,
    password: str,
    client: Client,
    organization: int | str | None = None,
    code: str | None = None,
) -> SignedIn:
    """A new session in the organization asked for, else in the user's default one.

    Raises `Unauthorized` (`invalid_credentials`, `totp_required`, `totp_invalid`), `Throttled`, `NotFound` for an
    organization that the user does not work in. An unknown name costs as much time as a wrong password.
    """
    name = normal_username(username)
    attempt = begin_attempt(name, client)
    try:
        signed_in = _check_and_open(name, password, client, organization, code)
    except _Incomplete as incomplete:
        settle_attempt(attempt, "incomplete")
        raise _code_needed() from incomplete
    except Problem as refusal:
        settle_attempt(attempt, "refused")
        _note_refusal(name, client, refusal.code)
        raise
    settle_attempt(attempt, "succeeded")
    return signed_in


def go_on(*, token: str, client: Client) -> SignedIn:
    """The session of a refresh token, rotated. Raises what `refresh_session` raises, and `session_revoked` for a
    user, membership or organization that is no longer active."""
    try:
        session = refresh_session(token)
    except Unauthorized:
        replayed = session_of_token(token)
        if replayed is not None and replayed.revoked_reason == "replayed":
            note(
                replayed.organization_id,
                replayed.user,
                client,
                "refuse",
                session=replayed,
                refused="replayed",
            )
        raise
    user = session.user
    memberships = _memberships(user)
    here = next((found for found in memberships if found.organization_id == session.organization_id), None)
    if not user.is_active or here is None:
        revoke_family(session, "disabled")
        raise session_ended()
    return SignedIn(session, user, here.organization, [found.organization for found in memberships])


@transaction.atomic
def switch(*, actor: SecurityContext, organization: int | str, client: Client) -> SignedIn:
    """A session of the same sign-in in another organization of the user.

    The one switched from stays good, so a lost answer signs nobody out; both end together. Raises `NotFound`, and `Forbidden` for a session that a PIN opened.
    """
    if actor.by_pin:
        raise Forbidden(
            _("Your PIN is good in this organization alone. Sign in with your password to work in another."),
            permission="",
        )
    session = _session(actor)
    memberships = _memberships(session.user)
    chosen = _chosen(memberships, organization)
    opened = open_session(
        user_id=session.user_id,
        organization_id=chosen.organization_id,
        client=client,
        family=session.family,
        expires_at=session.expires_at,
    )
    note(chosen.organization_id, session.user, client, "sign_in", session=opened)
    return SignedIn(opened, session.user, chosen.organization, [found.organization for found in memberships])


@transaction.atomic
def sign_out(*, token: str, client: Client) -> None:
    """End the sign-in that a refresh token belongs to. A token that means nothing ends nothing."""
    session = session_of_token(token)
    if session is not None and revoke_family(session, "signed out"):
        note(session.organization_id, session.user, client, "sign_out", session=session)


def confirm_password(user: User, password: str) -> bool:
    """Whether this is the user's password; for what a person must confirm with it."""
    return passwords.matches(password, user.password)


def organizations_of(user_id: int) -> list[Organization]:
    """The active organizations in which a user works, the default one first."""
    user = User.objects.get(pk=user_id)
    return [membership.organization for membership in _memberships(user)]


def answer(signed_in: SignedIn) -> dict[str, Any]:
    """The answer of docs/api.md to a sign-in, a refresh and a switch."""
    session, user = signed_in.session, signed_in.user
    return {
        "access_token": issue_access_token(AccessClaims(user.pk, session.organization_id, session.pk)),
        "expires_in": settings.ACCESS_TOKEN_SECONDS,
        "refresh_token": refresh_token(session),
        "user": user_json(user),
        "organization": organization_json(signed_in.organization),
        "organizations": [organization_json(organization) for organization in signed_in.organizations],
    }


def user_json(user: Any) -> dict[str, Any]:
    """A user as sign-in and whoami show them."""
    return {name: getattr(user, name) for name in ("id", "username", "full_name", "language", "time_zone")}


def organization_json(organization: Organization) -> dict[str, Any]:
    """An organization as sign-in and whoami show it."""
    return {"id": organization.pk, "code": organization.code, "name": organization.name}


class _Incomplete(Exception):
    """The password is right; a code is still to come."""


def _check_and_open(
    name: str, password: str, client: Client, organization: int | str | None, code: str | None
) -> SignedIn:
    user = User.objects.filter(username=name, is_active=True, is_service=False).first()
    if not passwords.matches(password, user.password if user else None) or user is None:
        raise _refused()
    memberships = _memberships(user)
    if not memberships:
        raise _refused()
    with transaction.atomic():
        if totp.has_second_factor(user.pk):
            if not code:
                raise _Incomplete
            if not totp.verify(user.pk, code):
                raise totp.wrong_code()
        chosen = _chosen(memberships, organization)
        session = open_session(user_id=user.pk, organization_id=chosen.organization_id, client=client)
        user.last_sign_in_at = timezone.now()
        if passwords.needs_renewal(user.password):
            user.password = passwords.encode(password)
        user.save(update_fields=["last_sign_in_at", "password"])
        note(chosen.organization_id, user, client, "sign_in", session=session)
    return SignedIn(session, user, chosen.organization, [found.organization for found in memberships])


def _memberships(user: User) -> list[Membership]:
    return list(
        Membership.objects.across_organizations()
        .filter(user=user, is_active=True, organization__is_active=True)
        .select_related("organization")
        .order_by("-is_default", "organization__code")
    )


def _chosen(memberships: list[Membership], organization: int | str | None) -> Membership:
    if organization is None or organization == "":
        return memberships[0]
    for membership in memberships:
        if organization in (membership.organization_id, membership.organization.code):
            return membership
    raise missing(_("organization"), organization)


def _session(actor: SecurityContext) -> Session:
    session = Session.objects.within(actor).select_related("user").filter(pk=actor.session_id).first()
    if session is None:
        raise session_ended()
    return session


def _refused() -> Unauthorized:
    return Unauthorized(
        _("The user name or the password is wrong. Check both and try again."), code="invalid_credentials"
    )


def _code_needed() -> Unauthorized:
    return Unauthorized(_("Give the code of your authenticator, or a recovery code."), code="totp_required")


def _note_refusal(name: str, client: Client, code: str) -> None:
    """A refused sign-in to an existing account stands in the audit of its default organization (C-062)."""
    user = User.objects.filter(username=name).first()
    membership = (
        Membership.objects.across_organizations().filter(user=user).order_by("-is_default", "pk").first()
        if user
        else None
    )
    if user is not None and membership is not None:
        with transaction.atomic():
            note(membership.organization_id, user, client, "refuse", refused=code)
