"""The loop of the outbox: numbers committed events and delivers them, at least once, to each handler."""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from .events import handlers_of
from .models import DomainEvent, EventDelivery

log = structlog.get_logger(__name__)

BATCH = 500
MAX_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 3600
# One number of this installation for the one dispatcher at a time; any constant does.
ADVISORY_LOCK = 0x45525045


def run_round() -> bool:
    """Number what was committed, deliver what is due. Answers whether there may be more to do at once."""
    return bool(number_events()) | bool(deliver_due())


def number_events() -> int:
    """Give committed events their sequence, in the order of their keys, and a delivery for each handler.

    The lock is held until the commit, so numbers become visible in their order. Answers how many.
    """
    waiting = DomainEvent.objects.across_organizations().filter(sequence__isnull=True).order_by("id")
    if not waiting.exists():
        return 0
    with transaction.atomic():
        if not _only_dispatcher():
            return 0
        events = list(waiting[:BATCH])
        last = DomainEvent.objects.across_organizations().aggregate(last=Max("sequence"))["last"] or 0
        now = timezone.now()
        deliveries = []
        for sequence, event in enumerate(events, last + 1):
            event.sequence = sequence
            deliveries += [
                EventDelivery(event=event, handler=name, next_attempt_at=now)
                for name in handlers_of(event.type)
            ]
        DomainEvent.objects.across_organizations().bulk_update(events, ["sequence"])
        EventDelivery.objects.bulk_create(deliveries)
    return len(events)


def _only_dispatcher() -> bool:
    if connection.vendor != "postgresql":
        return True  # the IMMEDIATE transaction is the lock
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        return bool(cursor.fetchone()[0])


def deliver_due() -> int:
    """Run the handlers of all deliveries that are due. Answers how many were tried."""
    due = EventDelivery.objects.filter(state=EventDelivery.State.PENDING, next_attempt_at__lte=timezone.now())
    keys = list(due.order_by("next_attempt_at", "id").values_list("pk", flat=True)[:BATCH])
    return sum(deliver(key) for key in keys)


def deliver(key: int) -> bool:
    """Run one delivery, its effect and its end in one transaction. False where another worker has it."""
    try:
        with transaction.atomic():
            locked = EventDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            delivery = (
                locked.filter(pk=key, state=EventDelivery.State.PENDING).select_related("event").first()
            )
            if delivery is None:
                return False
            handler = handlers_of(delivery.event.type).get(delivery.handler)
            if handler is None:
                raise LookupError(
                    f"No handler is named {delivery.handler}: it was removed, or its app is not installed."
                )
            handler(delivery.event)
            delivery.state = EventDelivery.State.DONE
            delivery.attempts += 1
            delivery.done_at = timezone.now()
            delivery.save(update_fields=["state", "attempts", "done_at"])
    except Exception as error:  # noqa: BLE001 - one handler's fault must not stop the others
        _note_failure(key, error)
    return True


def _note_failure(key: int, error: Exception) -> None:
    """Keep why a delivery failed and when it is tried again; after the last attempt it is dead."""
    with transaction.atomic():
        delivery = (
            EventDelivery.objects.select_for_update()
            .filter(pk=key, state=EventDelivery.State.PENDING)
            .first()
        )
        if delivery is None:
            return
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = EventDelivery.State.DEAD
        else:
            delay = min(FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1), LONGEST_RETRY_SECONDS)
            delivery.next_attempt_at = timezone.now() + dt.timedelta(seconds=delay)
        delivery.save(update_fields=["attempts", "error", "state", "next_attempt_at"])
    passing = isinstance(error, DatabaseError)
    log.error(
        "event_delivery_failed",
        delivery=key,
        handler=delivery.handler,
        attempt=delivery.attempts,
        dead=delivery.state == EventDelivery.State.DEAD,
        error=delivery.error,
        exc_info=None if passing else error,
    )
