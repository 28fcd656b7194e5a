"""The log of what was done, change set by change set: what each concerns, and whether it can still be taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Literal

from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.errors import Forbidden
from server.core.reasons import told
from server.core.resources import all_resources
from server.core.tenancy import TenantQuerySet

from .judging import why_not_undoable
from .models import AuditEntry
from .reversals import WRITES
from .visibility import visible_entries

Whose = Literal["mine", "everyone"]
USUAL, MOST = 20, 100
# As lists count: more than these are said to be more.
COUNTED = 10_000
SEEN = "audit.view"
_STEP = 200


def change_sets(
    actor: SecurityContext, *, whose: Whose = "mine", limit: int = USUAL, standing: bool = False
) -> list[dict[str, Any]]:
    """The last change sets of this person, or of everyone, the newest first, in the form of docs/api.md.

    With `standing` only those that are neither undos nor taken back: what a person takes back next. What the actor
    may not see is left out. Raises `Forbidden` for everyone's without the right to see the audit.
    """
    if whose == "everyone" and not actor.can(SEEN):
        raise Forbidden(
            _("Your role lacks the permission “%(permission)s”. Ask an administrator for it.")
            % {"permission": SEEN},
            permission=SEEN,
        )
    entries = AuditEntry.objects.within(actor).filter(visible_entries(actor), action__in=WRITES)
    if whose == "mine":
        entries = entries.filter(user=actor.user_id)
    newest = _newest(actor, entries, limit, standing=standing)
    undone = taken_back(actor, [entry.change_set for entry in newest])
    reasons = why_not_undoable(actor, [entry.change_set for entry in newest])
    return [
        _row(actor, entries, entry, undone=entry.change_set in undone, why_not=reasons[entry.change_set])
        for entry in newest
    ]


def taken_back(actor: SecurityContext, asked: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these change sets an undo has taken back that was not taken back in turn."""
    own = AuditEntry.objects.within(actor)
    undos: dict[uuid.UUID, set[uuid.UUID]] = {}
    frontier = set(asked)
    while frontier:
        undos.update({change_set: set() for change_set in frontier})
        found = own.filter(takes_back__in=frontier).order_by()
        for change_set, undo in found.values_list("takes_back", "change_set").distinct():
            undos[change_set].add(undo)
        frontier = {undo for change_set in frontier for undo in undos[change_set]} - undos.keys()

    def stands(change_set: uuid.UUID) -> bool:
        return not any(stands(undo) for undo in undos[change_set])

    return {change_set for change_set in asked if not stands(change_set)}


def _newest(
    actor: SecurityContext, entries: TenantQuerySet, limit: int, *, standing: bool
) -> list[AuditEntry]:
    """The newest entry of each of the last change sets; a large one is passed in one step, not row by row."""
    if standing:
        entries = entries.filter(takes_back__isnull=True)
    found: dict[uuid.UUID, AuditEntry] = {}
    passed: set[uuid.UUID] = set()
    below: int | None = None
    while len(found) < limit:
        step = entries.exclude(change_set__in=passed).order_by("-pk").select_related("user")
        page = list((step.filter(pk__lt=below) if below is not None else step)[:_STEP])
        if not page:
            break
        below = page[-1].pk
        fresh: dict[uuid.UUID, AuditEntry] = {}
        for entry in page:
            fresh.setdefault(entry.change_set, entry)
        passed |= fresh.keys()
        gone = taken_back(actor, fresh) if standing else set()
        found.update({key: entry for key, entry in fresh.items() if key not in gone})
    return list(found.values())[:limit]


def _row(
    actor: SecurityContext, entries: TenantQuerySet, newest: AuditEntry, *, undone: bool, why_not: str
) -> dict[str, Any]:
    own = entries.filter(change_set=newest.change_set)
    first = own.order_by("pk").first() or newest
    roots = own.order_by().values("root_table", "root_id").distinct()
    records = roots[: COUNTED + 1].count()
    resource = _resource(first)
    title = resource.title_one if resource is not None and records == 1 else resource and resource.title
    return {
        "change_set": str(newest.change_set),
        "at": json_value(newest.created_at),
        "user": newest.user.username if newest.user else None,
        "reason": told(newest.reason),
        "action": first.action if first.table_name == first.root_table else "update",
        "resource": resource.name if resource is not None else first.resource,
        "title": str(title) if title is not None else first.resource,
        "id": first.root_id,
        "label": first.label if first.table_name == first.root_table else _label_of_root(actor, first),
        "records": min(records, COUNTED),
        "records_capped": records > COUNTED,
        "takes_back": None if newest.takes_back is None else str(newest.takes_back),
        "undone": undone,
        "undoable": not undone and not why_not,
        "why_not": _("It was taken back already.") if undone else why_not,
    }


def _label_of_root(actor: SecurityContext, entry: AuditEntry) -> str:
    """What the document of a line, or the record of a note, was called when it was last written itself."""
    own = AuditEntry.objects.within(actor).filter(
        root_table=entry.root_table, root_id=entry.root_id, table_name=entry.root_table
    )
    return own.order_by("-pk").values_list("label", flat=True).first() or ""


def _resource(entry: AuditEntry) -> Any:
    """The resource that shows what the entry is about: by name, else by the table of what it hangs on."""
    resources = all_resources()
    if entry.resource in resources and entry.table_name == entry.root_table:
        return resources[entry.resource]
    return next((each for each in resources.values() if each.model._meta.db_table == entry.root_table), None)
