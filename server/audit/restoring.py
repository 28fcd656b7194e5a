"""Taking plain records back set-wise: the statements grow with the chunks, not with the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import update_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.locks import lock
from server.core.records import snapshot
from server.core.resources.constraints import translated

from .reversals import Reversal

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
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.remote_field.model in wanted:
                visit(field.remote_field.model, (*path, model))
        ordered.append(model)

    for model in wanted:
        visit(model, ())
    return ordered


def unmoved(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[tuple[Reversal, Any]]:
    """The rows, locked, that still are as the change set left them; the others are refused."""
    found: list[tuple[Reversal, Any]] = []
    for chunk in in_chunks(sorted(reversals, key=lambda reversal: reversal.record_id)):
        rows = {
            row.pk: row
            for row in lock(model.objects.within(actor).filter(pk__in=[item.record_id for item in chunk]))
        }
        for reversal in chunk:
            row = rows.get(reversal.record_id)
            if row is None:
                refuse(reversal, _("It is no longer there."))
            elif _has_moved(row, reversal):
                refuse(reversal, _("It was changed again afterwards."))
            else:
                found.append((reversal, row))
    return found


def restore(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[Change]:
    """Give changed rows their old values back; answers the changes that this made."""
    pairs: list[tuple[Reversal, Any]] = []
    names: set[str] = set()
    for reversal, row in _with_targets(actor, model, unmoved(actor, model, reversals, refuse), refuse):
        names |= reversal.old.keys()
        pairs.append((reversal, row))
    changes = []
    for reversal, row in pairs:
        before = snapshot(row)
        _assign(row, reversal.old)
        _count_version(row)
        old = {name: before[name] for name in reversal.old}
        changes.append(_change(reversal, "update", old, dict(reversal.old), row))
    stamps = {"version", "updated_at"} & {field.name for field in model._meta.concrete_fields}
    kept = _write(
        model,
        [row for _reversal, row in pairs],
        update_fields=sorted(names | stamps),
        refuse=_by_key(reversals, refuse),
    )
    return [change for change in changes if change.record_id in kept]


def recreate(
    actor: SecurityContext, model: type[models.Model], reversals: Sequence[Reversal], refuse: Refuse
) -> list[Change]:
    """Bring deleted rows back under their keys; answers the changes that this made."""
    keys = [reversal.record_id for reversal in reversals]
    taken: set[int] = set()
    for chunk in in_chunks(keys):
        taken.update(model._base_manager.filter(pk__in=chunk).values_list("pk", flat=True))
    pairs = []
    for reversal in reversals:
        if reversal.record_id in taken:
            refuse(reversal, _("It is there again already."))
            continue
        row = model(pk=reversal.record_id, organization_id=actor.organization_id)
        _assign(row, reversal.old)
        if reversal.version is not None:
            row.version = reversal.version + 1
        pairs.append((reversal, row))
    pairs = _with_targets(actor, model, pairs, refuse)
    kept = _write(
        model, [row for _reversal, row in pairs], update_fields=None, refuse=_by_key(reversals, refuse)
    )
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
    """Delete created rows that nothing refers to; answers the changes that this made.

    A row that would take others with it is kept as well: nobody asked for those.
    """
    pairs = unmoved(actor, model, reversals, refuse)
    keys = {row.pk for _reversal, row in pairs}
    used = _used(model, keys)
    removable = []
    changes = []
    for reversal, row in pairs:
        if row.pk in used:
            refuse(
                reversal, _("It is referred to by %(names)s.") % {"names": ", ".join(sorted(used[row.pk]))}
            )
            continue
        removable.append(row.pk)
        changes.append(_change(reversal, "delete", snapshot(row), {}, row))
    for chunk in in_chunks(removable):
        # Nothing refers to them, so there is nothing for Django to collect row by row.
        rows = model._base_manager.filter(pk__in=chunk)
        rows._raw_delete(rows.db)
    return changes


def _has_moved(row: Any, reversal: Reversal) -> bool:
    if reversal.version is not None:
        return bool(row.version != reversal.version)
    now = snapshot(row)
    return any(now.get(name) != value for name, value in reversal.new.items())


def _assign(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        field = row._meta.get_field(name)
        setattr(row, field.attname, value if value is None else field.to_python(value))


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
    actor: SecurityContext, model: type[models.Model], pairs: Sequence[tuple[Reversal, Any]], refuse: Refuse
) -> list[tuple[Reversal, Any]]:
    """Those whose old references still lead to a record; one query a foreign key and chunk."""
    lost: dict[int, str] = {}
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        wanted: dict[Any, list[Reversal]] = defaultdict(list)
        for reversal, _row in pairs:
            if (key := reversal.old.get(field.name)) is not None:
                wanted[key].append(reversal)
        target = field.remote_field.model
        existing: set[Any] = set()
        for chunk in in_chunks(wanted):
            rows = target._base_manager.filter(pk__in=chunk)
            if any(column.name == "organization" for column in target._meta.concrete_fields):
                rows = rows.filter(organization_id=actor.organization_id)
            existing.update(rows.values_list("pk", flat=True))
        if target is model:
            existing.update(reversal.record_id for reversal, _row in pairs if reversal.way == "recreate")
        for key in wanted.keys() - existing:
            lost.update({reversal.record_id: str(field.verbose_name) for reversal in wanted[key]})
    for reversal, _row in pairs:
        if reversal.record_id in lost:
            refuse(
                reversal,
                _("What it referred to as %(field)s is no longer there.")
                % {"field": lost[reversal.record_id]},
            )
    return [pair for pair in pairs if pair[0].record_id not in lost]


def _used(model: type[models.Model], keys: set[int]) -> dict[int, set[str]]:
    """Which of the rows others refer to, and what those are called."""
    used: dict[int, set[str]] = defaultdict(set)
    for relation in model._meta.related_objects:
        other, name = relation.related_model, relation.field.attname
        if relation.many_to_many or other is None:
            continue
        for chunk in in_chunks(sorted(keys)):
            rows = other._base_manager.filter(**{f"{name}__in": chunk})
            if other is model:
                # Rows that go together may refer to each other.
                referrers = rows.values_list(name, "pk")
                referred = {key for key, referrer in referrers if referrer not in keys}
            else:
                referred = set(rows.values_list(name, flat=True).distinct())
            for key in referred:
                used[key].add(str(other._meta.verbose_name))
    return used


def _write(
    model: type[models.Model],
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
                model._default_manager.bulk_create(rows, batch_size=CHUNK)
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
