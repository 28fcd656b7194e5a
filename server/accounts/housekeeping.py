"""Which rows of the accounts nobody needs any more. What matters of them stands in the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from server.core.retention import outdated

from .models import LoginAttempt, Session

KEPT = dt.timedelta(days=30)


@outdated("attempts to sign in")
def old_attempts(now: dt.datetime) -> Iterator[QuerySet]:
    """Attempts that no delay counts any more."""
    yield LoginAttempt.objects.filter(at__lt=now - KEPT)


@outdated("sessions")
def ended_sessions(now: dt.datetime) -> Iterator[QuerySet]:
    """Sessions that were signed out, or expired, long ago."""
    horizon = now - KEPT
    ended = Q(revoked_at__lt=horizon) | Q(expires_at__lt=horizon)
    yield Session.objects.across_organizations().filter(ended)
