"""API keys: made once, shown once, kept as a keyed hash."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Forbidden, Invalid, missing
from server.core.recording import record_changes
from server.core.records import created, snapshot, updated

from .keys import current_key, find_key, keyed_hash
from .models import ApiKey
from .tokens import invalid_token

LIFETIME = dt.timedelta(days=90)
_PURPOSE = "API key"
_MARK = "erp"
# One write a minute is enough to see which keys are in use.
_TOUCH_EVERY = dt.timedelta(minutes=1)


@transaction.atomic
def create_api_key(
    *, actor: SecurityContext, name: str, expires_at: dt.datetime | None = None, scopes: Sequence[str] = ()
) -> tuple[ApiKey, str]:
    """A key that acts as the actor, and its text, which cannot be shown again.

    Without `expires_at` it ends after 90 days. `scopes` are permissions; without any it may do what its user may.
    Raises `Forbidden` for a key that asks for a key and for a session that a PIN opened, `Invalid` for a scope that the actor lacks.
    """
    if actor.user_id is None or actor.session_id is None:
        raise Forbidden(_("A key cannot make keys. Sign in, then make one."), permission="")
    if actor.by_pin:
        raise Forbidden(
            _("A key outlives this terminal. Sign in with your password, then make one."), permission=""
        )
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise Invalid.field(
            "expires_at", "too_small", _("The key would have expired already; give a later time.")
        )
    foreign = [scope for scope in scopes if not actor.can(scope)]
    if foreign:
        raise Invalid(
            FieldError(
                f"scopes[{index}]",
                "not_a_choice",
                _("You do not have “%(name)s” yourself.") % {"name": scope},
            )
            for index, scope in enumerate(scopes)
            if scope in foreign
        )
    key = current_key(_PURPOSE)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        created_by_id=actor.user_id,
        name=name,
        prefix=prefix,
        hash=keyed_hash(key, prefix, secret),
        key_id=key.id,
        scopes=sorted(set(scopes)),
        expires_at=expires_at or now + LIFETIME,
    )
    record_changes(actor, [created(row)])
    return row, f"{_MARK}.{prefix}.{secret}"


@transaction.atomic
def revoke_api_key(*, actor: SecurityContext, key: int) -> None:
    """End one of the actor's own keys; ending it twice changes nothing. Raises `NotFound`."""
    row = ApiKey.objects.within(actor).filter(pk=key, user_id=actor.user_id).first()
    if row is None:
        raise missing(_("API key"), key)
    if row.revoked_at is not None:
        return
    before = snapshot(row)
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    record_changes(actor, [change for change in (updated(row, before),) if change])


def verify_api_key(text: str) -> str:
    """The prefix of a key that is good now. Raises `Unauthorized`."""
    mark, _dot, rest = text.partition(".")
    prefix, _dot, secret = rest.partition(".")
    if mark != _MARK or not prefix or not secret:
        raise invalid_token()
    row = (
        ApiKey.objects.across_organizations()
        .filter(prefix=prefix, revoked_at__isnull=True)
        .values("hash", "key_id", "expires_at")
        .first()
    )
    key = find_key(_PURPOSE, row["key_id"]) if row else None
    if row is None or key is None or (row["expires_at"] is not None and row["expires_at"] <= timezone.now()):
        raise invalid_token()
    if not hmac.compare_digest(keyed_hash(key, prefix, secret), row["hash"]):
        raise invalid_token()
    return prefix


def touch_api_key(key: int, last_used_at: dt.datetime | None) -> None:
    """Note that a key was used."""
    now = timezone.now()
    if last_used_at is None or now - last_used_at > _TOUCH_EVERY:
        ApiKey.objects.across_organizations().filter(pk=key).update(last_used_at=now)
