"""Three failed sign-ins, then a delay that grows, by account and by address (D-297)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.errors import Throttled, Unauthorized

from .client import Client
from .models import LoginAttempt

FREE_FAILURES_OF_ACCOUNT = 3
# One address may stand for a whole shop floor; a success from it begins the count anew, as for an account.
FREE_FAILURES_OF_ADDRESS = 10
Ending = Literal["refused", "incomplete", "succeeded"]
LONGEST_DELAY = 15 * 60
WINDOW = dt.timedelta(hours=24)
PARALLEL_ATTEMPTS = 5
_UNFINISHED = dt.timedelta(seconds=30)


def begin_attempt(username: str, client: Client) -> LoginAttempt:
    """Note an attempt before its password is looked at, so that many at once do not slip past the count.

    `username` is the normal form of what was typed, whether or not it exists: a name cannot be probed by
    its delay. Raises `Throttled` with the seconds to wait.
    """
    username = username[:150]
    now = timezone.now()
    with transaction.atomic():
        _take_turns(username, client.ip_address)
        waits = [_wait(Q(username=username), FREE_FAILURES_OF_ACCOUNT, now)]
        if client.ip_address:
            waits.append(_wait(Q(ip_address=client.ip_address), FREE_FAILURES_OF_ADDRESS, now))
        wait = max(waits)
        if wait == 0:
            return LoginAttempt.objects.create(
                username=username,
                ip_address=client.ip_address,
                user_agent=client.user_agent,
                outcome=LoginAttempt.Outcome.PENDING,
                at=now,
            )
    raise Throttled(
        _("Too many failed attempts to sign in. Try again in %(seconds)d seconds.") % {"seconds": wait},
        retry_after=wait,
    )


def settle_attempt(attempt: LoginAttempt, outcome: Ending) -> None:
    """Say how an attempt ended."""
    LoginAttempt.objects.filter(pk=attempt.pk).update(outcome=outcome)


@contextmanager
def confirmation(username: str, client: Client) -> Iterator[None]:
    """Around a password or code that somebody already signed in must give: counted like one at the door.

    A stolen session must not become a way to guess. Success does not begin the count anew, as a sign-in does.
    Raises `Throttled`.
    """
    attempt = begin_attempt(username, client)
    try:
        yield
    except Unauthorized:
        settle_attempt(attempt, "refused")
        raise
    except BaseException:
        settle_attempt(attempt, "incomplete")
        raise
    settle_attempt(attempt, "incomplete")


def delay_after(failures: int, free: int) -> int:
    """Seconds to wait after so many failures in a row: none while they are free, then 1, 2, 4 … up to 15 minutes."""
    return 0 if failures < free else min(2 ** min(failures - free, 20), LONGEST_DELAY)


def _wait(whose: Q, free: int, now: dt.datetime) -> int:
    outcome = LoginAttempt.Outcome
    recent = LoginAttempt.objects.filter(whose, at__gt=now - WINDOW)
    success = recent.filter(outcome=outcome.SUCCEEDED).aggregate(at=Max("at"))["at"]
    if success is not None:
        recent = recent.filter(at__gt=success)
    abandoned = Q(outcome=outcome.PENDING, at__lte=now - _UNFINISHED)
    refused = Q(outcome=outcome.REFUSED) | abandoned
    counted = recent.aggregate(
        failures=Count("pk", filter=refused),
        last=Max("at", filter=refused),
        pending=Count("pk", filter=Q(outcome=outcome.PENDING, at__gt=now - _UNFINISHED)),
    )
    if counted["pending"] >= PARALLEL_ATTEMPTS and free == FREE_FAILURES_OF_ACCOUNT:
        return 1
    delay = delay_after(counted["failures"], free)
    if not delay:
        return 0
    left = (counted["last"] + dt.timedelta(seconds=delay) - now).total_seconds()
    return max(0, int(left) + 1) if left > 0 else 0


def _take_turns(*subjects: str | None) -> None:
    """Let attempts on one account or from one address be counted one after the other.

    On SQLite the immediate transaction does that already.
    """
    if connection.vendor != "postgresql":
        return
    numbers = sorted(
        int.from_bytes(hashlib.sha256(f"sign-in {subject}".encode()).digest()[:8], "big", signed=True)
        for subject in subjects
        if subject
    )
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
