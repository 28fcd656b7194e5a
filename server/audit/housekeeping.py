"""Which entries of the audit are past the retention of their organization (E-004)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import QuerySet

from server.core.retention import outdated
from server.organizations.models import Organization

from .models import AuditEntry

# The database compares with its own clock, and refuses to delete what is younger.
MARGIN = dt.timedelta(minutes=1)


@outdated("audit entries")
def past_retention(now: dt.datetime) -> Iterator[QuerySet]:
    """The old entries, organization by organization, each by its own number of days."""
    for key, days in Organization.objects.values_list("pk", "audit_retention_days"):
        horizon = now - dt.timedelta(days=days) - MARGIN
        yield AuditEntry.objects.within(key).filter(created_at__lt=horizon)
