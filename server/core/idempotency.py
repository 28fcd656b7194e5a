"""Idempotency keys: the answer is written in the transaction of its effect, and given again on a repeat.

Checked before `If-Match`, as the IETF draft on the Idempotency-Key header asks: a repeat must find its answer
though the record has moved on. Two requests with one key at the same moment: one works, the other hears 409.
On PostgreSQL an advisory lock of the transaction tells them apart. SQLite has none, and an uncommitted row is
invisible, so there a row under a lease is committed first, in a short transaction of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .context import SecurityContext
from .errors import InFlight, KeyReused
from .models import IdempotencyRecord


@dataclass(slots=True, frozen=True)
class StoredAnswer:
    """An answer given before."""

    status: int
    headers: dict[str, str]
    body: bytes


class Claim:
    """The right to work on a key. `enter` inside the transaction, then `store`; `release` after a failure."""

    def __init__(
        self, actor: SecurityContext, key: str, digests: Sequence[bytes], record_id: int | None
    ) -> None:
        self._identity: dict[str, Any] = {
            "organization_id": actor.organization_id,
            "actor": actor_name(actor),
            "key": key,
        }
        self._digests = digests
        self._record_id = record_id

    def enter(self) -> StoredAnswer | None:
        """Inside the work's transaction: the answer of a request that has just finished, or None to go on.

        Raises `InFlight` when another transaction holds the key.
        """
        if self._record_id is not None:
            return None
        name = "\x1f".join(str(part) for part in self._identity.values())
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            if not cursor.fetchone()[0]:
                raise _in_flight()
        record = IdempotencyRecord.objects.filter(**self._identity).first()
        return None if record is None else _answer_of(record, self._digests)

    def store(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Keep the answer; it commits or rolls back with the effect."""
        values = {"status": status, "headers": headers, "body": body, "lease_until": None}
        if self._record_id is None:
            IdempotencyRecord.objects.create(request_digest=self._digests[0], **values, **self._identity)
        elif not IdempotencyRecord.objects.filter(pk=self._record_id, status=None).update(**values):
            # The lease ran out and another request took the key over: this effect must not stand beside its.
            raise _in_flight()

    def release(self) -> None:
        """After a refusal nothing has happened, so the key is free again."""
        if self._record_id is not None:
            IdempotencyRecord.objects.filter(pk=self._record_id, status=None).delete()


def actor_name(actor: SecurityContext) -> str:
    """Whose keys these are: two people never share one, nor do a person and a program."""
    return f"key:{actor.api_key_id}" if actor.api_key_id else f"user:{actor.user_id}"


def claim(actor: SecurityContext, key: str, *digests: bytes) -> Claim | StoredAnswer:
    """The right to work on this key, or the answer that it had. Raises `InFlight`, `KeyReused`.

    The first of `digests` is kept; by the others a request of before the server changed its key is known again.
    """
    if connection.vendor == "postgresql":
        return Claim(actor, key, digests, None)
    now = timezone.now()
    lease = now + dt.timedelta(seconds=settings.IDEMPOTENCY_LEASE_SECONDS)
    identity: dict[str, Any] = {
        "organization_id": actor.organization_id,
        "actor": actor_name(actor),
        "key": key,
    }
    record = IdempotencyRecord.objects.filter(**identity).first()
    if record is None:
        try:
            with transaction.atomic():
                record = IdempotencyRecord.objects.create(
                    request_digest=digests[0], lease_until=lease, **identity
                )
            return Claim(actor, key, digests, record.pk)
        except IntegrityError as error:
            record = IdempotencyRecord.objects.filter(**identity).first()
            if record is None:  # begun and released between our two statements
                raise _in_flight() from error
    if record.status is not None:
        return _answer_of(record, digests)
    if bytes(record.request_digest) not in digests:
        raise _key_reused()
    expired = Q(pk=record.pk, status=None, lease_until=record.lease_until, lease_until__lt=now)
    if IdempotencyRecord.objects.filter(expired).update(lease_until=lease):
        return Claim(actor, key, digests, record.pk)
    raise _in_flight()


def free_abandoned_keys() -> int:
    """Free the keys that a process was working on when it died; answers how many.

    Called where a process that serves starts: SQLite has one. Were another one still at work on such a key, its
    `store` would find no row and roll its effect back.
    """
    deleted, _by_model = IdempotencyRecord.objects.filter(status=None).delete()
    return deleted


def _answer_of(record: IdempotencyRecord, digests: Sequence[bytes]) -> StoredAnswer:
    if bytes(record.request_digest) not in digests:
        raise _key_reused()
    return StoredAnswer(record.status, record.headers, bytes(record.body or b""))


def _in_flight() -> InFlight:
    return InFlight(
        _("The same request is still being worked on. Ask again in a second with the same key."),
        headers={"Retry-After": "1"},
    )


def _key_reused() -> KeyReused:
    return KeyReused(
        _("This Idempotency-Key came with another request before. Take a new key for a new request.")
    )
