"""Taking back all that a session did: what it created is deleted, what it changed is restored, or nothing is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from server.audit.models import AuditEntry
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.loading import KEYS_AT_ONCE
from server.core.ports import record_changes
from server.core.resources.registry import Resource, name_of_model

from .applying import Applier
from .models import ImportSession

SHOWN = 5


@dataclass(slots=True)
class Done:
    """One thing that the import did to a record, from the audit."""

    record_id: int
    version: int
    label: str
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)


def undo_changes(actor: SecurityContext, resource: Resource, session: ImportSession) -> tuple[int, int]:
    """Returns how many records were deleted and how many restored; call inside a transaction.

    Raises `Conflict`, upon which the caller's transaction leaves everything as it was, where a record was changed
    since, other records refer to one that the import created, or the audit no longer tells what was there.
    """
    deleted = restored = 0
    applier = Applier(actor, resource)
    for created, updated in _done_by(actor, session):
        _undo_portion(actor, resource, applier, created, updated)
        deleted += len(created)
        restored += len(updated)
    counts = session.counts
    if session.atomic and (deleted, restored) != (counts.get("created", 0), counts.get("updated", 0)):
        raise Conflict(
            _(
                "The audit no longer holds all that this import did, so it cannot be undone. Correct the records by hand."
            )
        )
    return deleted, restored


def _undo_portion(
    actor: SecurityContext,
    resource: Resource,
    applier: Applier,
    created: Sequence[Done],
    updated: Sequence[Done],
) -> None:
    _require_unmoved(actor, resource, [*created, *updated])
    ids = [done.record_id for done in created]
    _require_unreferenced(resource, ids)
    _restore(applier, updated)
    rows = resource.model.objects.within(actor).filter(pk__in=ids)
    rows._raw_delete(rows.db)
    record_changes(
        actor,
        [_change(resource, done, "delete", done.new, {}, done.version) for done in created]
        + [_change(resource, done, "update", done.new, done.old, done.version + 1) for done in updated],
    )
    actor.changes.clear()


def _done_by(actor: SecurityContext, session: ImportSession) -> Iterator[tuple[list[Done], list[Done]]]:
    """Yields what the import created and what it updated, a portion of its audit at a time."""
    entries = AuditEntry.objects.within(actor).filter(change_set=session.change_set).order_by("id")
    columns = ("id", "action", "record_id", "record_version", "label", "old_values", "new_values")
    last = 0
    while portion := list(entries.filter(id__gt=last).values_list(*columns)[:KEYS_AT_ONCE]):
        created: list[Done] = []
        updated: list[Done] = []
        for _id, action, record_id, version, label, old, new in portion:
            if action in ("create", "update"):
                (created if action == "create" else updated).append(Done(record_id, version, label, old, new))
        yield created, updated
        last = portion[-1][0]


def _require_unmoved(actor: SecurityContext, resource: Resource, done: Sequence[Done]) -> None:
    rows = (
        resource.model.objects.within(actor).filter(pk__in=[each.record_id for each in done]).order_by("pk")
    )
    versions = dict(rows.select_for_update(of=("self",)).values_list("pk", "version"))
    moved = [each.label for each in done if versions.get(each.record_id) != each.version]
    if moved:
        raise Conflict(
            _(
                "%(count)d of the records were changed after the import, such as %(labels)s. "
                "Undoing it would lose that, so nothing was undone."
            )
            % {"count": len(moved), "labels": ", ".join(moved[:SHOWN])}
        )


def _require_unreferenced(resource: Resource, ids: Sequence[int]) -> None:
    used_by = []
    for relation in resource.model._meta.get_fields(include_hidden=True):
        if not (
            relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        ):
            continue
        if count := _referring(relation, ids):
            used_by.append({"resource": name_of_model(relation.related_model), "count": count})
    if used_by:
        listed = ", ".join(f"{entry['count']} × {entry['resource']}" for entry in used_by)
        raise Conflict(
            _("Records that the import created are referred to by %(listed)s, so nothing was undone.")
            % {"listed": listed},
            code="in_use",
            used_by=used_by,
        )


def _referring(relation: Any, ids: Sequence[int]) -> int:
    model: type[models.Model] = relation.related_model
    return model._base_manager.filter(**{f"{relation.field.name}__in": ids}).count()


def _restore(applier: Applier, updated: Sequence[Done]) -> None:
    groups: dict[tuple[str, ...], list[Done]] = defaultdict(list)
    for done in updated:
        groups[tuple(done.old)].append(done)
    for names, group in groups.items():
        applier.write(names, [(done.record_id, done.version, done.old) for done in group])


def _change(
    resource: Resource, done: Done, action: Any, old: dict[str, Any], new: dict[str, Any], version: int
) -> Change:
    table = resource.model._meta.db_table
    return Change(
        name_of_model(resource.model),
        table,
        done.record_id,
        done.label,
        action,
        old,
        new,
        root_table=table,
        root_id=done.record_id,
        version=version,
    )
