"""Taking back what a resource has a service of its own for, around which nothing may go."""

from __future__ import annotations

from typing import Any

from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.records import snapshot
from server.core.resources import Resource
from server.core.resources.writing import delete_record, update_record

from . import restoring
from .documents import require_same
from .reversals import Reversal


def take_back_by_service(actor: SecurityContext, reversal: Reversal, resource: Resource) -> None:
    """Delete a created record, or give a changed one its old values, as a person would by hand.

    Raises `Conflict` where it was changed since or would become something else than it was, and what its service
    raises.
    """
    reasons: list[str] = []
    pairs = restoring.unmoved(
        actor, resource.model, [reversal], lambda _reversal, reason: reasons.append(reason)
    )
    if not pairs:
        raise Conflict(reasons[0])
    if reversal.way == "delete":
        delete_record(actor, resource, reversal.record_id, version=None)
        return
    row: Any = update_record(actor, resource, reversal.record_id, dict(reversal.old), version=None)
    require_same(row, snapshot(row), reversal.old)
