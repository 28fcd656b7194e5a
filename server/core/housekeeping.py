"""Which rows of core nobody needs any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet

from .models import DomainEvent, Draft, EventDelivery, IdempotencyRecord
from .retention import outdated

EVENTS_KEPT = dt.timedelta(days=30)
DRAFTS_KEPT = dt.timedelta(days=90)


@outdated("idempotency keys")
def old_keys(now: dt.datetime) -> Iterator[QuerySet]:
    """Keys past the time that docs/api.md promises to keep them."""
    horizon = now - dt.timedelta(days=settings.IDEMPOTENCY_DAYS)
    yield IdempotencyRecord.objects.filter(created_at__lt=horizon)


@outdated("drafts")
def old_drafts(now: dt.datetime) -> Iterator[QuerySet]:
    """What was typed long ago and never sent."""
    yield Draft.objects.across_organizations().filter(saved_at__lt=now - DRAFTS_KEPT)


@outdated("events")
def delivered_events(now: dt.datetime) -> Iterator[QuerySet]:
    """Events that every handler has dealt with; one that failed for good stays, with its error.

    The newest number stays too: sequences go on from the highest, and must never be given twice.
    """
    events = DomainEvent.objects.across_organizations()
    unsettled = EventDelivery.objects.filter(event=OuterRef("pk")).exclude(state=EventDelivery.State.DONE)
    newest = events.aggregate(newest=Max("sequence"))["newest"] or 0
    yield events.filter(~Exists(unsettled), sequence__lt=newest, created_at__lt=now - EVENTS_KEPT)
