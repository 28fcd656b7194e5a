"""Taking back what a session did: what it created is deleted, what it changed is restored, and what others have
changed since is left to a person to decide about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.audit.models import AuditEntry
from server.audit.undo import LISTED, undo_change_set
from server.core.context import SecurityContext
from server.core.errors import Conflict, Problem
from server.core.resources.registry import Resource, get_resource, name_of_model
from server.core.resources.writing import delete_record, update_record
from server.imports.models import ImportSession

Undone = dict[str, Any]
"""{deleted, restored, left: [{resource, id, label, reason}], left_count}"""


def undo_changes(
    actor: SecurityContext,
    resource: Resource,
    session: ImportSession,
    *,
    force: bool = False,
    whole: bool = False,
) -> Undone:
    """Returns how many records were deleted and restored, and which were left; call inside a transaction.

    A record that was changed since, or that others refer to, is left; with `force` one that was changed since is
    taken back as well. Raises `Conflict`, upon which the caller's transaction leaves everything as it was, where
    nothing can be taken back, with `whole` where anything cannot, and where the audit no longer tells what was there.
    """
    if resource.take_back_many is not None:
        return _take_back(actor, resource, session, whole=whole)
    actor = replace(actor, permissions=actor.permissions | _rights(resource, session))
    entries = AuditEntry.objects.within(actor).filter(change_set=session.change_set)
    deleted = restored = left_count = 0
    left: list[dict[str, Any]] = []
    if entries.exists():
        try:
            with transaction.atomic():
                report = undo_change_set(
                    actor=actor,
                    change_set=session.change_set,
                    force=not whole,
                    # Kept in the audit; an answer that listed them all would be as large as the file.
                    progress=lambda _done, _total: actor.changes.clear(),
                )
        except Conflict as refusal:
            if not force or "not_undone" not in refusal.extra:
                raise
            remaining: Iterable[tuple[str, int, str]] = _records(entries)
        else:
            deleted, restored = report.done["delete"], report.done["restore"]
            left = [item.as_json() for item in report.left]
            remaining = [(item["resource"], item["id"], item["label"]) for item in left]
        if force:
            more_deleted, more_restored, left = _overwrite(actor, session, remaining)
            deleted, restored = deleted + more_deleted, restored + more_restored
            if not deleted and not restored:
                raise _nothing_undone(left)
        left_count = len(left)
    actor.changes.clear()
    if session.atomic and deleted + restored + left_count != _expected(session):
        raise _audit_is_gone()
    return {"deleted": deleted, "restored": restored, "left": left[:LISTED], "left_count": left_count}


def _take_back(actor: SecurityContext, resource: Resource, session: ImportSession, *, whole: bool) -> Undone:
    """Takes back what a service made by that service, many at a time. What it refuses has no other way back."""
    entries = AuditEntry.objects.within(actor).filter(
        change_set=session.change_set, table_name=resource.model._meta.db_table, action="create"
    )
    labels: dict[int, str] = dict(entries.order_by("pk").values_list("record_id", "label"))
    take_back: Any = resource.take_back_many
    kept = take_back(actor=actor.taking_back(session.change_set), keys=list(labels), reason=actor.reason)
    actor.changes.clear()
    left = [
        {"resource": resource.name, "id": key, "label": labels[key], "reason": reason}
        for key, reason in kept.items()
    ]
    also_created = (session.result or {}).get("also_created", ())
    stays = _("It stays, because what was taken back still names it.")
    left += [
        {"resource": item["resource"], "id": item["id"], "label": item["code"], "reason": stays}
        for item in also_created
    ]
    if kept and (whole or len(kept) == len(labels)):
        raise _nothing_undone(left)
    if session.atomic and len(labels) + len(also_created) != _expected(session):
        raise _audit_is_gone()
    return {
        "deleted": len(labels) - len(kept),
        "restored": 0,
        "left": left[:LISTED],
        "left_count": len(left),
    }


def _rights(resource: Resource, session: ImportSession) -> frozenset[str]:
    """Who may take a file in may take it back: no right of changing or deleting single records is asked for."""
    created = {item["resource"] for item in (session.result or {}).get("also_created", ())}
    # The audit knows a supplier as the partner that it is.
    kinds = [resource, *(get_resource(name) for name in {name_of_model(resource.model), *created})]
    return frozenset(kind.permission(verb) for kind in kinds for verb in ("update", "delete"))


def _expected(session: ImportSession) -> int:
    also_created = (session.result or {}).get("also_created", ())
    # Of a file of documents the audit knows the documents, not their rows.
    counts = (session.result or {}).get("documents", session.counts)
    return counts.get("created", 0) + counts.get("updated", 0) + len(also_created)


def _records(entries: Any) -> list[tuple[str, int, str]]:
    """Returns what the import touched, last first, so that what refers to others goes before them."""
    touched: dict[tuple[str, int], str] = {}
    for name, record_id, label in entries.order_by("-pk").values_list("resource", "record_id", "label"):
        touched.setdefault((name, record_id), label)
    return [(name, record_id, label) for (name, record_id), label in touched.items()]


def _overwrite(
    actor: SecurityContext, session: ImportSession, records: Iterable[tuple[str, int, str]]
) -> tuple[int, int, list[dict[str, Any]]]:
    """Takes back single records whatever was done to them since, by their own service, or says why that cannot be."""
    deleted = restored = 0
    left = []
    entries = AuditEntry.objects.within(actor).filter(change_set=session.change_set)
    for name, record_id, label in records:
        kind = get_resource(name)
        steps = list(entries.filter(resource=name, record_id=record_id).order_by("pk"))
        try:
            with transaction.atomic():
                if any(step.action == "create" for step in steps):
                    delete_record(actor, kind, record_id, version=None)
                    deleted += 1
                else:
                    old = {
                        field: value for step in reversed(steps) for field, value in step.old_values.items()
                    }
                    update_record(actor, kind, record_id, old, version=None)
                    restored += 1
        except Problem as problem:
            reason = problem.detail or str(problem.title)
            left.append({"resource": name, "id": record_id, "label": label, "reason": reason})
    return deleted, restored, left


def _audit_is_gone() -> Conflict:
    return Conflict(
        _(
            "The audit no longer holds all that this import did, so it cannot be undone. Correct the records by hand."
        )
    )


def _nothing_undone(left: list[dict[str, Any]]) -> Conflict:
    first = left[0]
    return Conflict(
        _("Nothing could be taken back. The first is %(label)s: %(reason)s")
        % {"label": first["label"] or first["resource"], "reason": first["reason"]},
        not_undone=left[:LISTED],
        not_undone_count=len(left),
    )
