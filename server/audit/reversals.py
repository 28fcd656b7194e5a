"""From the entries of a change set to what must be done to take it back, record by record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import models
from django.utils.translation import gettext as _

from server.core.errors import Conflict
from server.core.operations import get_operation
from server.core.operations.registry import Operation, Target
from server.core.resources import Resource, all_resources

from .models import AuditEntry

Way = Literal["delete", "restore", "recreate"]
# The right that taking back asks for is the one that doing it by hand would ask for.
VERB_OF_WAY: dict[Way, str] = {"delete": "delete", "restore": "update", "recreate": "create"}
WRITES = frozenset({"create", "update", "delete"})


@dataclass(slots=True)
class Reversal:
    """One record of a change set and how it was before it: `old` what it had, `new` what it has had since.

    `version` is the version that the change set left it at, None for rows that carry none; `last_entry` the key
    of the last entry of the change set about it, its lines included.
    """

    table: str
    record_id: int
    resource: str
    label: str
    root_table: str
    root_id: int | None
    way: Way
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    version: int | None = None
    last_entry: int = 0


def reversals_of(entries: Iterable[AuditEntry]) -> list[Reversal]:
    """One reversal a record, from the entries of a change set in the order in which they were written.

    A record created and deleted in the same change set needs none.
    """
    by_record: dict[tuple[str, int], list[AuditEntry]] = {}
    last_of_root: dict[tuple[str, int | None], int] = {}
    for entry in entries:
        if entry.action in WRITES and entry.record_id is not None:
            by_record.setdefault((entry.table_name, entry.record_id), []).append(entry)
            last_of_root[entry.root_table, entry.root_id] = entry.pk
    found = []
    for (table, record_id), steps in by_record.items():
        existed, exists = steps[0].action != "create", steps[-1].action != "delete"
        if not existed and not exists:
            continue
        way: Way = "delete" if not existed else "restore" if exists else "recreate"
        last = steps[-1]
        reversal = Reversal(
            table,
            record_id,
            last.resource,
            last.label,
            last.root_table,
            last.root_id,
            way,
            version=last.record_version,
            # What the change set wrote of its lines is no later change of a record.
            last_entry=max(last.pk, last_of_root.get((table, record_id), 0)),
        )
        for step in steps:
            reversal.new.update(step.new_values)
        for step in reversed(steps):
            reversal.old.update(step.old_values)
        found.append(reversal)
    return found


def inverse_of(entry: AuditEntry) -> tuple[Operation, Target]:
    """The operation that takes an entry back, and how it names the record.

    Raises `LookupError` where there is none of this name, `Conflict` where it takes no single record.
    """
    declared = get_operation(entry.inverse)
    if declared.target is None:
        raise Conflict(_("“%(name)s” must be run by hand.") % {"name": entry.inverse})
    return declared, declared.target


def model_of_table(table: str) -> type[models.Model] | None:
    """The model of a table that a resource, or the lines of one, stand for."""
    for resource in all_resources().values():
        if resource.model._meta.db_table == table:
            return resource.model
        if resource.lines is not None and resource.lines.model._meta.db_table == table:
            return resource.lines.model
    return None


def resources_of(table: str, root_table: str, way: Way) -> list[Resource]:
    """The resources by which a row of this table could be taken back by hand.

    A row of lines is taken back by changing what it is a line of.
    """
    return [
        resource
        for resource in all_resources().values()
        if (resource.model._meta.db_table == table and VERB_OF_WAY[way] in resource.operations)
        or (
            resource.lines is not None
            and resource.lines.model._meta.db_table == table
            and resource.model._meta.db_table == root_table
            and "update" in resource.operations
        )
    ]


def has_own_service(resource: Resource, way: Way) -> bool:
    """Whether the resource brings a service for this, around which nothing may go."""
    service = {"delete": resource.delete, "restore": resource.update, "recreate": resource.create}[way]
    return service is not None
