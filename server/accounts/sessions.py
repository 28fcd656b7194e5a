"""Refresh sessions: rotating tokens, a grace for lost answers, and revocation when a token is replayed.

A refresh token is `<session>.<generation>.<proof>`, and the proof is derived from the session's seed and a key
outside the database. So a repeated refresh – a lost answer, fifty requests at once – is given the very same
successor, and a copy of the database holds no token.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.errors import Unauthorized
from server.core.locks import lock

from .client import Client
from .keys import current_key, keyed_hash, keys
from .models import Session, Terminal

_PURPOSE = "refresh token"


class _Replayed(Exception):
    """A refresh token older than the grace allows was used."""

    def __init__(self, session: Session) -> None:
        super().__init__(str(session.pk))
        self.session = session


def open_session(
    *,
    user_id: int,
    organization_id: int,
    client: Client,
    family: uuid.UUID | None = None,
    expires_at: dt.datetime | None = None,
    terminal: Terminal | None = None,
    by_pin: bool = False,
) -> Session:
    """A new session; one of an existing `family` ends with it at the latest."""
    now = timezone.now()
    return Session.objects.create(
        organization_id=organization_id,
        user_id=user_id,
        family=family or uuid.uuid4(),
        seed=secrets.token_hex(32),
        rotated_at=now,
        created_at=now,
        expires_at=expires_at or now + dt.timedelta(days=settings.REFRESH_TOKEN_DAYS),
        last_used_at=now,
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        terminal=terminal,
        by_pin=by_pin,
    )


def refresh_token(session: Session) -> str:
    """The session's current refresh token."""
    proof = keyed_hash(current_key(_PURPOSE), str(session.pk), session.seed, str(session.generation))
    return f"{session.pk.hex}.{session.generation}.{proof}"


def refresh_session(token: str) -> Session:
    """The session of this refresh token, its token rotated.

    The previous token stays good for `REFRESH_GRACE_SECONDS` while the new one is unused, and answers with that
    new one. Raises `Unauthorized`: `token_invalid` for what we never issued, `session_revoked` for a session that
    has ended – also now, because an older token was replayed (RFC 9700, 4.14.2).
    """
    try:
        with transaction.atomic():
            return _rotate(token)
    except _Replayed as replay:
        # Outside the transaction that found it: the refusal must not roll the revocation back.
        revoke_family(replay.session, "replayed")
        raise session_ended() from replay


def session_of_token(token: str) -> Session | None:
    """The session that a refresh token of any generation belongs to; None for what we never issued."""
    parsed = _parse(token)
    if parsed is None:
        return None
    session_id, generation, proof = parsed
    session = Session.objects.across_organizations().filter(pk=session_id).first()
    return session if session is not None and _is_ours(session, generation, proof) else None


@transaction.atomic
def revoke_family(session: Session, reason: str) -> int:
    """End a session and those that came from the same sign-in; answers how many were still open."""
    return _revoke(Session.objects.across_organizations().filter(family=session.family), reason)


@transaction.atomic
def revoke_sessions_of_user(
    user_id: int, reason: str, *, organization_id: int | None = None, keep_family: uuid.UUID | None = None
) -> int:
    """End a user's sessions – in one organization, or all – except those of one sign-in."""
    sessions = Session.objects.across_organizations().filter(user_id=user_id)
    if organization_id is not None:
        sessions = sessions.filter(organization_id=organization_id)
    if keep_family is not None:
        sessions = sessions.exclude(family=keep_family)
    return _revoke(sessions, reason)


@transaction.atomic
def end_pin_sessions(
    user_id: int, organization_id: int, reason: str, *, keep_family: uuid.UUID | None = None
) -> int:
    """End the sessions that a user's PIN opened in an organization, except those of one sign-in."""
    sessions = Session.objects.within(organization_id).filter(user_id=user_id, by_pin=True)
    return _revoke(sessions.exclude(family=keep_family) if keep_family else sessions, reason)


def session_ended() -> Unauthorized:
    """The refusal of a session that was revoked or has run out."""
    return Unauthorized(_("Your session has ended. Sign in again."), code="session_revoked")


def _revoke(sessions: Any, reason: str) -> int:
    return sessions.filter(revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_reason=reason)


def _rotate(token: str) -> Session:
    parsed = _parse(token)
    rows = lock(Session.objects.across_organizations().filter(pk=parsed[0])) if parsed else []
    if parsed is None or not rows or not _is_ours(rows[0], parsed[1], parsed[2]):
        raise Unauthorized(_("The refresh token is not valid. Sign in again."), code="token_invalid")
    session, generation, now = rows[0], parsed[1], timezone.now()
    if session.revoked_at is not None or session.expires_at <= now:
        raise session_ended()
    if generation == session.generation:
        session.generation += 1
        session.rotated_at = session.last_used_at = now
        session.save(update_fields=["generation", "rotated_at", "last_used_at"])
        return session
    grace = dt.timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
    if generation == session.generation - 1 and now - session.rotated_at <= grace:
        return session
    raise _Replayed(session)


def _parse(token: str) -> tuple[uuid.UUID, int, str] | None:
    parts = token.split(".")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdecimal() or len(parts[1]) > 9:
        return None
    try:
        return uuid.UUID(hex=parts[0]), int(parts[1]), parts[2]
    except ValueError:
        return None


def _is_ours(session: Session, generation: int, proof: str) -> bool:
    given = proof.encode()
    return any(
        hmac.compare_digest(keyed_hash(key, str(session.pk), session.seed, str(generation)).encode(), given)
        for key in keys(_PURPOSE)
    )
