"""Writes what services report into the audit, in their transaction (E-015)."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.changes import Change
from server.core.context import SecurityContext

from .models import AuditEntry

BATCH = 1_000
LABEL_LENGTH = 300


def write(actor: SecurityContext, changes: Sequence[Change]) -> None:
    """Keep these changes of the actor as entries of their change set. Statements grow with thousands of rows only."""
    AuditEntry.objects.bulk_create([_entry(actor, change) for change in changes], batch_size=BATCH)


def _entry(actor: SecurityContext, change: Change) -> AuditEntry:
    return AuditEntry(
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        session_id=actor.session_id,
        table_name=change.table,
        record_id=change.record_id,
        root_table=change.root_table or change.table,
        root_id=change.record_id if change.root_id is None else change.root_id,
        resource=change.resource,
        label=change.label[:LABEL_LENGTH],
        action=change.action,
        old_values=change.old,
        new_values=change.new,
        record_version=change.version,
        inverse=change.inverse,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent,
        reason=actor.reason,
        change_set=actor.change_set,
        request_id=actor.request_id,
    )
