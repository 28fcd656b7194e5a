"""Coming in at a shared terminal: who one is by badge or name, and then a PIN or the password."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Problem, Unauthorized

from . import passwords, pins, totp
from .audited import note
from .client import Client
from .models import Membership, Session, Terminal, User
from .models.users import normal_username
from .sessions import open_session, session_ended
from .sign_in import SignedIn
from .terminals import touch_terminal, verify_terminal
from .throttling import begin_attempt, confirmation, settle_attempt

Proof = Literal["pin", "password"]


def sign_in_at_terminal(
    *, terminal: str, who: str, secret: str, client: Client, code: str | None = None
) -> SignedIn:
    """A session of whoever has this badge, or this name, and this PIN or password, in the terminal's organization.

    `terminal` is its token. Raises `Unauthorized`: `terminal_unknown`; `invalid_credentials`, which is the same and
    takes as long for an unknown badge, a wrong PIN and one that is used up; `totp_required` and `totp_invalid` where
    the password was right. Raises `Throttled`. A session by PIN ends after `PIN_SESSION_HOURS`.
    """
    place = verify_terminal(terminal)
    attempt = begin_attempt(_subject(place, who), client)
    member = _member(place, who)
    try:
        proof = _proof(member, secret)
        if member is None or proof is None:
            raise _refused()
        opened = _open(place, member, proof, code, client)
    except Problem as refusal:
        incomplete = refusal.code == "totp_required"
        settle_attempt(attempt, "incomplete" if incomplete else "refused")
        if member is not None and not incomplete:
            _note_refusal(place.organization_id, member.user, client, place.name, refusal.code)
        raise
    settle_attempt(attempt, "succeeded")
    touch_terminal(place)
    return opened


def unlock(*, actor: SecurityContext, secret: str, terminal: str | None, client: Client) -> Proof:
    """Whether the person who locked a terminal is back; answers by what they showed it.

    A PIN counts where `terminal` is the token of one of the actor's organization. From then on it stands behind the
    session, which may do no more than what one opened by PIN may, and for no longer. Raises `Unauthorized`
    (`invalid_credentials`), `Throttled`.
    """
    session = Session.objects.within(actor).select_related("user").filter(pk=actor.session_id).first()
    if session is None:
        raise session_ended()
    member = (
        Membership.objects.within(actor).select_related("user", "organization").get(user_id=session.user_id)
    )
    place = verify_terminal(terminal) if terminal else None
    by_pin = place is not None and place.organization_id == actor.organization_id
    try:
        with confirmation(session.user.username, client):
            proof = _proof(member, secret, by_pin=by_pin)
            if proof is None:
                raise Unauthorized(
                    _("That is neither the password nor, here, the PIN of %(name)s. Try again.")
                    % {"name": session.user.username},
                    code="invalid_credentials",
                )
    except Unauthorized as refusal:
        _note_refusal(actor.organization_id, session.user, client, place.name if place else "", refusal.code)
        raise
    if place is not None and proof == "pin":
        pins.succeeded(member)
        _now_by_pin(session, place)
    return proof


def _member(place: Terminal, who: str) -> Membership | None:
    """Who has this badge in the terminal's organization, else this name."""
    members = Membership.objects.within(place).filter(
        is_active=True, user__is_active=True, user__is_service=False
    )
    found = members.filter(Q(badge=who.strip()) | Q(user__username=normal_username(who)))
    ranked = sorted(
        found.select_related("user", "organization")[:2], key=lambda member: member.badge != who.strip()
    )
    return ranked[0] if ranked else None


def _proof(member: Membership | None, secret: str, *, by_pin: bool = True) -> Proof | None:
    """What the secret is of this member. How long it takes depends on the form of the secret alone."""
    if by_pin and pins.is_pin(secret) and pins.fits(member, secret):
        return "pin"
    if len(secret) < passwords.MINIMUM_WITH_SECOND_FACTOR:
        return None
    return "password" if passwords.matches(secret, member.user.password if member else None) else None


def _open(place: Terminal, member: Membership, proof: Proof, code: str | None, client: Client) -> SignedIn:
    user = member.user
    with transaction.atomic():
        if proof == "password" and totp.has_second_factor(user.pk):
            if not code:
                raise Unauthorized(
                    _("Give the code of your authenticator, or a recovery code."), code="totp_required"
                )
            if not totp.verify(user.pk, code):
                raise totp.wrong_code()
        session = open_session(
            user_id=user.pk,
            organization_id=place.organization_id,
            client=client,
            terminal=place,
            by_pin=proof == "pin",
            expires_at=_end_of_shift() if proof == "pin" else None,
        )
        if proof == "pin":
            pins.succeeded(member)
        User.objects.filter(pk=user.pk).update(last_sign_in_at=timezone.now())
        note(place.organization_id, user, client, "sign_in", session=session, by=proof, terminal=place.name)
    return SignedIn(session, user, place.organization, [place.organization])


def _now_by_pin(session: Session, place: Terminal) -> None:
    """Limit a session to what a PIN opens. It is the terminal that makes the PIN good, so it ends with that too."""
    Session.objects.within(session).filter(family=session.family, revoked_at__isnull=True).update(
        by_pin=True, terminal=place, expires_at=min(session.expires_at, _end_of_shift())
    )


def _end_of_shift() -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=settings.PIN_SESSION_HOURS)


def _subject(place: Terminal, who: str) -> str:
    """What failed attempts are counted by: the text as typed, there or not, apart for each organization.

    Capitals are in no normal form of a name: who only knows the address of the server cannot spend these attempts.
    """
    return f"{normal_username(who)[:120]} AT {place.organization_id}"


def _refused() -> Unauthorized:
    return Unauthorized(
        _("The badge or name is not known here, or the PIN or password is wrong. Check both and try again."),
        code="invalid_credentials",
    )


@transaction.atomic
def _note_refusal(organization_id: int, user: User, client: Client, terminal: str, code: str) -> None:
    note(organization_id, user, client, "refuse", refused=code, terminal=terminal)
