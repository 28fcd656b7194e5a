"""Writes what services report into the audit, in their transaction (E-015)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from server.core.bulk import insert_values, ready_values
from server.core.changes import Change
from server.core.context import SecurityContext

from .models import AuditEntry

LABEL_LENGTH = 300


def write(actor: SecurityContext, changes: Sequence[Change]) -> None:
    """Keep these changes of the actor as entries of their change set, in one statement however many they are.

    There is no instance for each: what the actor gives is the same in all of them.
    """
    if not changes:
        return
    values = ready_values(_entry(actor, changes[0]))
    own = [
        "table_name",
        "record_id",
        "root_table",
        "root_id",
        "resource",
        "label",
        "action",
        "old_values",
        "new_values",
        "record_version",
        "inverse",
    ]
    shared = [name for name in values if name not in own]
    common = tuple(values[name] for name in shared)
    rows = [
        (
            change.table,
            change.record_id,
            change.root_table or change.table,
            change.record_id if change.root_id is None else change.root_id,
            change.resource,
            change.label[:LABEL_LENGTH],
            change.action,
            orjson.dumps(change.old).decode(),
            orjson.dumps(change.new).decode(),
            change.version,
            change.inverse,
            *common,
        )
        for change in changes
    ]
    insert_values(AuditEntry, [*own, *shared], rows)


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
        takes_back=actor.takes_back,
        request_id=actor.request_id,
    )
