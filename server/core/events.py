"""Domain events: rows in an outbox, written in the transaction of what happened (E-017…E-019)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from .context import SecurityContext
from .models import DomainEvent
from .ports import wake_workers

Handler = Callable[[DomainEvent], None]
_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


@dataclass(slots=True, frozen=True)
class Event:
    """Something that happened to an entity, such as `stock_level_changed` to a product."""

    type: str
    entity_type: str
    entity_id: int
    payload: dict[str, Any] = field(default_factory=dict)


def emit(
    actor: SecurityContext,
    type: str,
    *,
    entity_type: str,
    entity_id: int,
    payload: dict[str, Any] | None = None,
) -> None:
    """Write one event into the outbox. A rolled-back transaction takes it away again."""
    emit_all(actor, [Event(type, entity_type, entity_id, payload or {})])


def emit_all(actor: SecurityContext, events: Iterable[Event]) -> None:
    """Write several events with one statement, and wake the worker once they are committed."""
    rows = [
        DomainEvent(
            organization_id=actor.organization_id,
            type=event.type,
            entity_type=event.entity_type,
            entity_id=event.entity_id,
            payload=event.payload,
            change_set=actor.change_set,
        )
        for event in events
    ]
    if rows:
        DomainEvent.objects.bulk_create(rows)
        transaction.on_commit(wake_workers)


def handles(*types: str, name: str) -> Callable[[Handler], Handler]:
    """Register a reaction. It runs in the worker, at least once for each event, so it must be idempotent.

    `name` is stored with each delivery and must never change its meaning. Raises `ValueError` when taken.
    """

    def register(handler: Handler) -> Handler:
        for type_ in types:
            if name in _handlers[type_]:
                raise ValueError(f"Two handlers are named {name}.")
            _handlers[type_][name] = handler
        return handler

    return register


def handlers_of(type: str) -> dict[str, Handler]:
    """The reactions to a type of event, by name."""
    return _handlers.get(type, {})
