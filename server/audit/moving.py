"""Whether what was changed again is, after all, as it was left: what came later may have been taken back.

So a person undoes the last change, then the one before it, and so on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from server.core.context import SecurityContext
from server.core.records import same_value, snapshot

from .attached import attached_table
from .models import AuditEntry
from .reversals import WRITES, Reversal, model_of_table

Row = tuple[str, int]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the life of a record: what became of it after the entry `after`?

    With `alone`, a row of lines that is asked about without its siblings; otherwise all that has this root counts.
    """

    root: Row
    after: int
    alone: Row | None = None


def back_again(actor: SecurityContext, moved: Iterable[tuple[Reversal, Any]]) -> set[int]:
    """The keys of those of these rows that nothing tells from how their change sets left them.

    A row that moved without any entry is none of them: nobody knows what it was.
    """
    marks = {}
    for reversal, _row in moved:
        own = (reversal.table, reversal.record_id)
        root = (reversal.root_table, reversal.root_id or 0)
        marks[reversal.record_id] = Mark(root, reversal.last_entry, None if own == root else own)
    return {key for key, same in same_since(actor, marks).items() if same}


def same_since(actor: SecurityContext, marks: Mapping[K, Mark]) -> dict[K, bool | None]:
    """For each mark whether everything is as it was then; None where nothing has been written since.

    What a field was then is what its first later entry calls the old value; a field without one was not touched.
    A note or a file on the record changes nothing of it. What the caller's own work has written does not count.
    """
    later = _later(actor, marks)
    now = _rows(actor, [entry for entries in later.values() for entry in entries])
    return {key: _nothing_remains(later[key], now) if later[key] else None for key in marks}


def _later(actor: SecurityContext, marks: Mapping[K, Mark]) -> dict[K, list[AuditEntry]]:
    by_root: dict[Row, list[K]] = defaultdict(list)
    by_table: dict[str, list[Mark]] = defaultdict(list)
    for key, mark in marks.items():
        by_root[mark.root].append(key)
        by_table[mark.root[0]].append(mark)
    later: dict[K, list[AuditEntry]] = {key: [] for key in marks}
    for table, asked in by_table.items():
        entries = (
            AuditEntry.objects.within(actor)
            .filter(root_table=table, root_id__in={mark.root[1] for mark in asked})
            .filter(pk__gt=min(mark.after for mark in asked), action__in=WRITES)
            .exclude(change_set=actor.change_set)
        )
        for entry in entries.order_by("pk"):
            row = (entry.table_name, entry.record_id)
            # A note is asked about alone; to the record that it hangs on it is nothing.
            counts = (row,) if attached_table(entry.table_name) is not None else (None, row)
            for key in by_root[entry.root_table, entry.root_id or 0]:
                if entry.pk > marks[key].after and marks[key].alone in counts:
                    later[key].append(entry)
    return later


def _rows(actor: SecurityContext, entries: Iterable[AuditEntry]) -> dict[Row, Any]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.record_id is not None:
            wanted[entry.table_name].add(entry.record_id)
    rows = {}
    for table, keys in wanted.items():
        attached = attached_table(table)
        model = attached.model if attached is not None else model_of_table(table)
        if model is not None:
            for row in model.objects.within(actor).filter(pk__in=keys):
                rows[table, row.pk] = row
    return rows


def _nothing_remains(entries: list[AuditEntry], now: Mapping[Row, Any]) -> bool:
    """Whether these later entries, in their order, have come to nothing."""
    steps: dict[Row, list[AuditEntry]] = defaultdict(list)
    for entry in entries:
        steps[entry.table_name, entry.record_id or 0].append(entry)
    for row, own in steps.items():
        existed = own[0].action != "create"
        if existed != (row in now):
            return False
        if not existed:
            continue
        was: dict[str, Any] = {}
        for entry in own:
            for name in {**entry.old_values, **entry.new_values}:
                was.setdefault(name, entry.old_values.get(name))
        values = snapshot(now[row])
        for name, value in was.items():
            if name not in values or not same_value(type(now[row]), name, values[name], value):
                return False
    return True
