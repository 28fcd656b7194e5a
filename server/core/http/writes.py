"""The pipeline of every write: idempotency key → one transaction of the work → stored answer.

The work itself compares the description and the version, so that a repeat finds its answer though both have
moved on. Where PostgreSQL ends the transaction for the sake of another one, it is begun again.

With `?dry_run=true` the same work runs and is rolled back; what it would have changed is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, IdempotencyKeyMissing, Malformed, PreconditionRequired
from server.core.idempotency import Claim, StoredAnswer, claim
from server.core.resources.reading import visible_changes

from .json import dumps, respond
from .problems import is_collision

ATTEMPTS = 3
CHANGE_SET = "X-Change-Set"


@dataclass(slots=True)
class Answer:
    """What a piece of work answers: a status, a JSON body, headers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    result: Any = None


Work = Callable[[SecurityContext], Answer]
Beforehand = Callable[[], AbstractContextManager[Any]]
"""Opens what the work needs and may take long to get; it is open until the work has ended."""


def wants_dry_run(request: Any, parameters: Collection[str] = ()) -> bool:
    """Whether `?dry_run=true` was asked for.

    Raises `Malformed` for any other value, and for a parameter that is none of these: a misspelt `dry_run` must
    not be done in earnest.
    """
    for name in request.GET:
        if name != "dry_run" and name not in parameters:
            raise Malformed(
                _("There is no parameter “%(name)s” here, so nothing was done.") % {"name": name[:60]}
            )
    values = request.GET.getlist("dry_run") or ["false"]
    if values not in (["true"], ["false"]):
        raise Malformed(_("dry_run is true or false."))
    return values == ["true"]


def expected_version(request: Any) -> int:
    """The version that `If-Match` names, as one strong tag (RFC 9110).

    Raises `PreconditionRequired` when it is missing, `Malformed` when it is no tag of ours.
    """
    tag = request.headers.get("If-Match")
    if tag is None:
        raise PreconditionRequired(_("Send If-Match with the version that you have read."))
    if len(tag) > 2 and tag[0] == tag[-1] == '"' and tag[1:-1].isdecimal() and len(tag) < 22:
        return int(tag[1:-1])
    raise Malformed(_('If-Match must be one strong tag, such as "7".'))


def check_description(request: Any, current: Callable[[], str]) -> None:
    """Refuse a write that was made from a description which has changed since; `current` gives its ETag now.

    Part of the work, so that it comes after the idempotency key. Raises `Conflict`.
    """
    made_from = request.headers.get("X-Description")
    if made_from and made_from != current():
        raise Conflict(
            _(
                "The form that this was made from has changed on the server. Load it again; what you typed is kept."
            ),
            code="description_changed",
        )


def write(
    request: Any,
    work: Work,
    *,
    key_required: bool = False,
    content_digest: bytes | None = None,
    parameters: Collection[str] = (),
    beforehand: Beforehand = nullcontext,
) -> HttpResponse:
    """Run one piece of work and answer it, exactly once for each idempotency key.

    `content_digest` is given by a view that has read the body as a stream, such as an uploaded file; `parameters`
    are those of the address beside `dry_run`. `beforehand` is entered before the transaction, in which on SQLite
    nobody else can write, and only where the key has no answer yet. Raises what the work and it raise,
    `IdempotencyKeyMissing`, `InFlight`, `KeyReused`.
    """
    actor: SecurityContext = request.auth
    if wants_dry_run(request, parameters):
        with beforehand():
            return _dry_run(actor, work)
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if key_required:
            raise IdempotencyKeyMissing(
                _("Send an Idempotency-Key, so that a repeated request is not done twice.")
            )
        with beforehand():
            return _again_after_collision(lambda: _without_key(actor, work))
    if not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Malformed(_("An Idempotency-Key has 1 to 200 printable ASCII characters."))
    outcome = claim(actor, key, *_digests(request, content_digest))
    if isinstance(outcome, StoredAnswer):
        return _replayed(outcome)
    try:
        with beforehand():
            return _again_after_collision(lambda: _first_time(actor, work, outcome))
    except BaseException:
        outcome.release()
        raise


def _again_after_collision(attempt: Callable[[], HttpResponse]) -> HttpResponse:
    for _number in range(ATTEMPTS - 1):
        try:
            return attempt()
        except DatabaseError as error:
            if not is_collision(error):
                raise
    return attempt()


def _without_key(actor: SecurityContext, work: Work) -> HttpResponse:
    with transaction.atomic():
        fresh = actor.fresh()
        answer = _marked(fresh, work(fresh))
    return respond(answer.body, answer.status, answer.headers)


def _first_time(actor: SecurityContext, work: Work, claimed: Claim) -> HttpResponse:
    with transaction.atomic():
        if isinstance(earlier := claimed.enter(), StoredAnswer):
            return _replayed(earlier)
        fresh = actor.fresh()
        answer = _marked(fresh, work(fresh))
        body = b"" if answer.body is None else dumps(answer.body)
        claimed.store(answer.status, answer.headers, body)
    return HttpResponse(body, status=answer.status, headers=answer.headers, content_type="application/json")


def _marked(actor: SecurityContext, answer: Answer) -> Answer:
    """The answer, naming the change set of what was changed: by it the client takes its own change back."""
    if actor.changes:
        answer.headers[CHANGE_SET] = str(actor.change_set)
    return answer


def _replayed(stored: StoredAnswer) -> HttpResponse:
    headers = {**stored.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(stored.body, status=stored.status, headers=headers, content_type="application/json")


def _dry_run(actor: SecurityContext, work: Work) -> HttpResponse:
    rehearsal = actor.fresh(dry_run=True)
    with transaction.atomic():
        answer = work(rehearsal)
        transaction.set_rollback(True)
    body = {
        "dry_run": True,
        "changes": visible_changes(rehearsal),
        "result": answer.result,
        "warnings": rehearsal.warnings,
    }
    return respond(body)


def _digests(request: Any, content_digest: bytes | None) -> list[bytes]:
    """What makes two requests the same: method, path, query, precondition and body; by the server's present key first.

    A body may hold a password, and what is kept of it must be no way to try others: hence with a key.
    """
    parts = (request.method, request.get_full_path(), request.headers.get("If-Match", ""))
    body = request._request.body if content_digest is None else content_digest
    message = "\n".join(parts).encode() + b"\n" + body
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac("erp-tui request", message, secret=key, algorithm="sha256").digest() for key in keys]
