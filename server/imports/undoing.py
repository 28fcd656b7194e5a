"""Taking back all that a session did: what it created is deleted, what it changed is restored, or nothing is."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from server.audit.models import AuditEntry
from server.audit.undo import undo_change_set
from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.resources.registry import Resource

from .models import ImportSession


def undo_changes(actor: SecurityContext, resource: Resource, session: ImportSession) -> tuple[int, int]:
    """Returns how many records were deleted and how many restored; call inside a transaction.

    Raises `Conflict`, upon which the caller's transaction leaves everything as it was, where a record was changed
    since, other records refer to one that the import created, or the audit no longer tells what was there.
    """
    # Who may take a file in may take it back: no right of deleting single records is asked for.
    rights = {resource.permission("update"), resource.permission("delete")}
    actor = replace(actor, permissions=actor.permissions | rights)

    def forget(_done: int, _total: int) -> None:
        # Kept in the audit; an answer that listed them all would be as large as the file.
        actor.changes.clear()

    deleted = restored = 0
    if AuditEntry.objects.within(actor).filter(change_set=session.change_set).exists():
        report = undo_change_set(actor=actor, change_set=session.change_set, progress=forget)
        deleted, restored = report.done["delete"], report.done["restore"]
    counts = session.counts
    if session.atomic and (deleted, restored) != (counts.get("created", 0), counts.get("updated", 0)):
        raise Conflict(
            _(
                "The audit no longer holds all that this import did, so it cannot be undone. Correct the records by hand."
            )
        )
    return deleted, restored
