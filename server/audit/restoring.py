"""Taking plain records back set-wise: the statements grow with the chunks, not with the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import bring_back_rows, update_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.locks import lock
from server.core.records import same_value, snapshot
from server.core.resources.constraints import translated

from .attached import attached_table
from .moving import back_again
from .reversals import Reversal, model_of_table

CHUNK = 2_000
Refuse = Callable[[Reversal, str], None]


def in_chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """The items in lists of at most `CHUNK`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def by_dependency(models_: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """The models in an order in which each comes after those that it refers to."""
    wanted = list(models_)
    ordered: list[type[models.Model]] = []

    def visit(model: type[models.Model], path: tuple[type[models.Model], ...]) -> None:
        if model in ordered or model in path:
            return
        for column in model._meta.concrete_fields:
            if isinstance(column, models.ForeignKey) and column.remote_field.model in wanted:
                visit(column.remote_field.model, (*path, model))
        ordered.append(model)

    for model in wanted:
        visit(model, ())
    return ordered


def changed_again() -> str:
    """Why a record stays that somebody has written since."""
    return _("It was changed again afterwards.")


@dataclass(slots=True)
class Together:
    """What one change set takes away and brings back: its rows may refer to each other."""

    going: Mapping[type[models.Model], Collection[int]] = field(default_factory=dict)
    coming: Mapping[type[models.Model], Collection[int]] = field(default_factory=dict)


def unmoved(
    actor: SecurityContext,
    model: type[models.Model],
    reversals: Sequence[Reversal],
    refuse: Refuse,
    *,
    locked: bool = True,
) -> list[tuple[Reversal, Any]]:
    """The rows, locked unless told otherwise, that still are as the change set left them; the others are refused."""
    found: list[tuple[Reversal, Any]] = []
    for chunk in in_chunks(sorted(reversals, key=lambda reversal: reversal.record_id)):
        wanted = model.objects.within(actor).filter(pk__in=[item.record_id for item in chunk])
        rows = {row.pk: row for row in (lock(wanted) if locked else wanted)}
        moved = {
            reversal.record_id
            for reversal in chunk
            if reversal.record_id in rows and _has_moved(rows[reversal.record_id], reversal)
        }
        moved -= back_again(
            actor, [(item, rows[item.record_id]) for item in chunk if item.record_id in moved]
        )
        for reversal in chunk:
            row = rows.get(reversal.record_id)
            if row is None:
                refuse(reversal, _("It is no longer there."))
            elif reversal.record_id in moved:
                refuse(reversal, changed_again())
            else:
                found.append((reversal, row))
    return found


def restorable(
    actor: SecurityContext,
    model: type[models.Model],
    reversals: Sequence[Reversal],
    refuse: Refuse,
    together: Together | None = None,
    *,
    locked: bool = True,
) -> list[tuple[Reversal, Any]]:
    """The changed rows that can have their old values back; the others are refused."""
    pairs = unmoved(actor, model, reversals, refuse, locked=locked)
    return _with_targets(actor, model, pairs, refuse, together or Together())


def recreatable(
    actor: SecurityContext,
    model: type[models.Model],
    reversals: Sequence[Reversal],
    refuse: Refuse,
    together: Together | None = None,
) -> list[tuple[Reversal, Any]]:
    """The deleted rows, made anew but not saved, that can come back; the others are refused."""
    taken: set[int] = set()
    for chunk in in_chunks(reversal.record_id for reversal in reversals):
        taken.update(model._base_manager.filter(pk__in=chunk).values_list("pk", flat=True))
    pairs = []
    for reversal in reversals:
        if reversal.record_id in taken:
            refuse(reversal, _("It is there again already."))
            continue
        row: Any = model(pk=reversal.record_id, organization_id=actor.organization_id)
        _assign(row, reversal.old)
        if reversal.version is not None:
            row.version = reversal.version + 1
        pairs.append((reversal, row))
    return _with_targets(actor, model, pairs, refuse, together or Together())


def removable(
    actor: SecurityContext,
    model: type[models.Model],
    reversals: Sequence[Reversal],
    refuse: Refuse,
    together: Together | None = None,
    *,
    locked: bool = True,
) -> list[tuple[Reversal, Any]]:
    """The created rows that nothing refers to but what goes with them; the others are refused.

    A row that would take others with it is kept as well: nobody asked for those.
    """
    pairs = unmoved(actor, model, reversals, refuse, locked=locked)
    used = _used(model, {row.pk for _reversal, row in pairs}, together or Together())
    for reversal, row in pairs:
        if row.pk in used:
            refuse(
                reversal, _("It is referred to by %(names)s.") % {"names": ", ".join(sorted(used[row.pk]))}
            )
    return [pair for pair in pairs if pair[1].pk not in used]


def restore(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[Change]:
    """Give changed rows their old values back; answers the changes that this made."""
    pairs = restorable(actor, model, reversals, refuse)
    names = {name for reversal, _row in pairs for name in reversal.old}
    changes = []
    for reversal, row in pairs:
        before = snapshot(row)
        _assign(row, reversal.old)
        _count_version(row)
        old = {name: before[name] for name in reversal.old}
        changes.append(_change(reversal, "update", old, dict(reversal.old), row))
    stamps = {"version", "updated_at"} & {column.name for column in model._meta.concrete_fields}
    kept = _write(
        [row for _reversal, row in pairs],
        update_fields=sorted(names | stamps),
        refuse=_by_key(reversals, refuse),
    )
    return [change for change in changes if change.record_id in kept]


def recreate(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[Change]:
    """Bring deleted rows back under their keys; answers the changes that this made."""
    pairs = recreatable(actor, model, reversals, refuse)
    kept = _write([row for _reversal, row in pairs], update_fields=None, refuse=_by_key(reversals, refuse))
    return [
        _change(
            reversal,
            "create",
            {},
            {name: value for name, value in snapshot(row).items() if value not in (None, "", {}, [])},
            row,
        )
        for reversal, row in pairs
        if row.pk in kept
    ]


def remove(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[Change]:
    """Delete created rows that nothing refers to; answers the changes that this made."""
    pairs = removable(actor, model, reversals, refuse)
    changes = [_change(reversal, "delete", snapshot(row), {}, row) for reversal, row in pairs]
    for chunk in in_chunks(row.pk for _reversal, row in pairs):
        # Nothing refers to them, so there is nothing for Django to collect row by row.
        rows = model._base_manager.filter(pk__in=chunk)
        rows._raw_delete(rows.db)
    return changes


def raise_versions_of_roots(actor: SecurityContext, changes: Sequence[Change]) -> None:
    """Count these changes of lines as changes of what they are lines of: who has read that has an old version.

    What was itself among the changes has counted them already; notes and files leave the version as it is.
    """
    counted = {(change.table, change.record_id) for change in changes}
    roots: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        root = (change.root_table, change.root_id)
        if change.root_id is not None and root not in counted and attached_table(change.table) is None:
            roots[change.root_table].add(change.root_id)
    for table, keys in roots.items():
        model: Any = model_of_table(table)
        if model is None or not hasattr(model, "version"):
            continue
        for chunk in in_chunks(sorted(keys)):
            model.objects.within(actor).filter(pk__in=chunk).update(version=F("version") + 1)


def _has_moved(row: Any, reversal: Reversal) -> bool:
    if reversal.version is not None:
        return bool(row.version != reversal.version)
    now = snapshot(row)
    return any(
        name not in now or not same_value(type(row), name, now[name], value)
        for name, value in reversal.new.items()
    )


def _assign(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        column = row._meta.get_field(name)
        setattr(row, column.attname, value if value is None else column.to_python(value))


def _count_version(row: Any) -> None:
    if hasattr(row, "version"):
        row.version += 1
    if hasattr(row, "updated_at"):
        row.updated_at = timezone.now()


def _change(reversal: Reversal, action: Any, old: dict[str, Any], new: dict[str, Any], row: Any) -> Change:
    return Change(
        resource=reversal.resource,
        table=reversal.table,
        record_id=reversal.record_id,
        label=reversal.label,
        action=action,
        old=old,
        new=new,
        root_table=reversal.root_table,
        root_id=reversal.root_id,
        version=getattr(row, "version", None),
    )


def _with_targets(
    actor: SecurityContext,
    model: type[models.Model],
    pairs: Sequence[tuple[Reversal, Any]],
    refuse: Refuse,
    together: Together,
) -> list[tuple[Reversal, Any]]:
    """Those whose old references still lead to a record; one query a foreign key and chunk."""
    lost: dict[int, str] = {}
    for column in model._meta.concrete_fields:
        if not isinstance(column, models.ForeignKey):
            continue
        wanted: dict[Any, list[Reversal]] = defaultdict(list)
        for reversal, _row in pairs:
            if (key := reversal.old.get(column.name)) is not None:
                wanted[key].append(reversal)
        target = column.remote_field.model
        existing: set[Any] = set()
        for chunk in in_chunks(wanted):
            rows = target._base_manager.filter(pk__in=chunk)
            if any(column.name == "organization" for column in target._meta.concrete_fields):
                rows = rows.filter(organization_id=actor.organization_id)
            existing.update(rows.values_list("pk", flat=True))
        if target is model:
            existing.update(reversal.record_id for reversal, _row in pairs if reversal.way == "recreate")
        existing.update(together.coming.get(target, ()))
        for key in wanted.keys() - existing:
            lost.update({reversal.record_id: str(column.verbose_name) for reversal in wanted[key]})
    for reversal, _row in pairs:
        if reversal.record_id in lost:
            refuse(
                reversal,
                _("What it referred to as %(field)s is no longer there.")
                % {"field": lost[reversal.record_id]},
            )
    return [pair for pair in pairs if pair[0].record_id not in lost]


def _used(model: type[models.Model], keys: set[int], together: Together) -> dict[int, set[str]]:
    """Which of the rows others refer to, and what those are called."""
    used: dict[int, set[str]] = defaultdict(set)
    for relation in model._meta.related_objects:
        other, name = relation.related_model, relation.field.attname
        if relation.many_to_many or other is None:
            continue
        for chunk in in_chunks(sorted(keys)):
            rows = other._base_manager.filter(**{f"{name}__in": chunk})
            # Rows that go together may refer to each other.
            if going := keys if other is model else set(together.going.get(other, ())):
                referrers = rows.values_list(name, "pk")
                referred = {key for key, referrer in referrers if referrer not in going}
            else:
                referred = set(rows.values_list(name, flat=True).distinct())
            for key in referred:
                used[key].add(str(other._meta.verbose_name))
    return used


def _write(
    rows: Sequence[Any],
    *,
    update_fields: Sequence[str] | None,
    refuse: Callable[[int, str], None],
) -> set[int]:
    """Write rows with their keys; answers the keys of those written. What the database refuses is found row by row."""
    if not rows:
        return set()
    try:
        with transaction.atomic():
            if update_fields is None:
                for chunk in in_chunks(rows):
                    bring_back_rows(chunk)
            else:
                update_rows(rows, update_fields)
        return {row.pk for row in rows}
    except IntegrityError:
        return _write_each(rows, update_fields, refuse)


def _write_each(
    rows: Sequence[Any], update_fields: Sequence[str] | None, refuse: Callable[[int, str], None]
) -> set[int]:
    written = set()
    for row in rows:
        try:
            with translated(row):
                row.save(force_insert=update_fields is None, update_fields=update_fields)
            written.add(row.pk)
        except (Problem, ValidationError) as problem:
            refuse(row.pk, str(problem))
    return written


def _by_key(reversals: Sequence[Reversal], refuse: Refuse) -> Callable[[int, str], None]:
    by_key = {reversal.record_id: reversal for reversal in reversals}
    return lambda key, reason: refuse(by_key[key], reason)
