"""What has happened to a record, as docs/api.md shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.errors import Malformed
from server.core.reasons import told
from server.core.resources import get_resource

from .judging import why_not_undoable
from .models import AuditEntry

PAGE = 50


def timeline(actor: SecurityContext, resource: str, record_id: int, after: str | None) -> dict[str, Any]:
    """A page of the entries of a record and its lines, newest first; `after` is the `next` of the page before.

    What a field rule hides from the actor is left out. Raises `Malformed` for an `after` that is none of ours.
    """
    table = get_resource(resource).model._meta.db_table
    entries = AuditEntry.objects.within(actor).filter(root_table=table, root_id=record_id)
    if after:
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise Malformed(_("“after” is the “next” of the page before."))
        entries = entries.filter(pk__lt=int(after))
    page = list(entries.select_related("user").order_by("-pk")[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    reasons = why_not_undoable(actor, {entry.change_set for entry in page}, root=(table, record_id))
    return {
        "results": [_row(actor, resource, entry, reasons[entry.change_set]) for entry in page],
        "next": str(page[-1].pk) if more else None,
    }


def _row(actor: SecurityContext, resource: str, entry: AuditEntry, why_not: str) -> dict[str, Any]:
    return {
        "at": json_value(entry.created_at),
        "user": entry.user.username if entry.user else None,
        "action": entry.action,
        "change_set": str(entry.change_set),
        "reason": told(entry.reason),
        "resource": entry.resource,
        "id": entry.record_id,
        "label": entry.label,
        "fields": {
            name: {"old": entry.old_values.get(name), "new": entry.new_values.get(name)}
            for name in {**entry.old_values, **entry.new_values}
            if not _is_hidden(actor, name, resource, entry.resource)
        },
        "undoable": not why_not,
        "why_not": why_not,
    }


def _is_hidden(actor: SecurityContext, name: str, *resources: str) -> bool:
    """Whether a rule hides the field, under any name by which the actor could come to it."""
    return any(actor.access(resource, name) == "hidden" for resource in resources)
