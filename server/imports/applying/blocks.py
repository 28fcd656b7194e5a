"""Carrying out the plans of a block of rows: a handful of statements, whatever the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.bulk import allocate_keys, insert_values, update_values
from server.core.changes import Change, json_value
from server.core.context import SecurityContext
from server.core.errors import Conflict
from server.core.recording import record_changes
from server.core.resources.registry import Resource, name_of_model
from server.imports.planning.identity import Identity, is_joint
from server.imports.planning.plan import CREATED, UPDATED, RowPlan
from server.imports.values.storable import adapter_of, default_of, moment_of

FIRST_VERSION = 1


class Applier:
    """Carries out plans for one resource, whose rows find their records by `match`.

    Every call is made inside the caller's transaction.
    """

    def __init__(self, actor: SecurityContext, resource: Resource, match: str) -> None:
        self.actor = actor
        self.identity = Identity.of(resource, match) if is_joint(match) else None
        self.resource = resource
        self.model: Any = resource.model
        self.fields = {field.name: field for field in self.model._meta.concrete_fields}
        self.adapters = {name: adapter_of(field) for name, field in self.fields.items()}
        self.resource_name = name_of_model(self.model)

    def apply(self, plans: Sequence[RowPlan], *, keys: Sequence[int] | None = None) -> None:
        """Creates and updates the records of a block, with an audit row each.

        `keys` are those of the records to create, where they were given out beforehand. Raises `Conflict` where the world has moved on since the plan was made; nothing of the block stays.
        """
        created = self._create([plan for plan in plans if plan.status == CREATED], keys)
        updated = self._update([plan for plan in plans if plan.status == UPDATED])
        if created or updated:
            record_changes(self.actor, created + updated)
            # Kept in the audit; an answer that listed them all would be as large as the file.
            self.actor.changes.clear()

    def _create(self, plans: list[RowPlan], keys: Sequence[int] | None) -> list[Change]:
        if not plans:
            return []
        given = dict(self.resource.defaults)
        template = {name: default_of(field) for name, field in self.fields.items() if not field.primary_key}
        template.update({name: self.adapters[name](value) for name, value in given.items()})
        template["organization"] = self.actor.organization_id
        now = timezone.now()
        for name in ("created_at", "updated_at"):
            if name in self.fields:
                template[name] = moment_of(self.fields[name], now)
        names = ["id", *template]
        base = [None, *template.values()]
        position = {name: index for index, name in enumerate(names)}
        if keys is None:
            keys = allocate_keys(self.model, len(plans))
        rows, changes = [], []
        for record_id, plan in zip(keys, plans, strict=True):
            row = base.copy()
            row[0] = record_id
            stored = {**plan.values, **plan.keys}
            for name, value in stored.items():
                row[position[name]] = self.adapters[name](value)
            rows.append(row)
            recorded = {name: value for name, value in {**given, **stored}.items() if value not in (None, "")}
            changes.append(self._change(record_id, plan, "create", {}, recorded, FIRST_VERSION))
        columns = [self.fields[name].column for name in names]
        try:
            with transaction.atomic():
                insert_values(self.model, columns, rows)
        except IntegrityError as error:
            raise self._taken(plans, error) from error
        return changes

    def _update(self, plans: list[RowPlan]) -> list[Change]:
        if not plans:
            return []
        self._lock(plans)
        groups: dict[tuple[str, ...], list[RowPlan]] = defaultdict(list)
        for plan in plans:
            groups[tuple(plan.old)].append(plan)
        changes = []
        for names, group in groups.items():
            written = [{name: plan.keys.get(name, plan.values[name]) for name in names} for plan in group]
            self.write(
                names,
                [(plan.record_id, plan.version, values) for plan, values in zip(group, written, strict=True)],
            )
            for plan, values in zip(group, written, strict=True):
                old = {**plan.old, **plan.old_keys}
                changes.append(
                    self._change(plan.record_id, plan, "update", old, values, (plan.version or 0) + 1)
                )
        return changes

    def write(
        self, names: Sequence[str], rows: Sequence[tuple[int | None, int | None, Mapping[str, Any]]]
    ) -> None:
        """Writes the named fields of records given as (key, expected version, values in JSON form).

        Raises `Conflict` where a record has another version by now.
        """
        columns = [self.fields[name].column for name in names]
        now = moment_of(self.fields["updated_at"], timezone.now())
        adapters = [self.adapters[name] for name in names]
        ready = [
            (
                record_id,
                version,
                *(adapt(values[name]) for adapt, name in zip(adapters, names, strict=True)),
                now,
            )
            for record_id, version, values in rows
        ]
        if update_values(self.model, [*columns, self.fields["updated_at"].column], ready) != len(ready):
            raise self._moved({record_id: version for record_id, version, _values in rows})

    def _lock(self, plans: Sequence[RowPlan]) -> None:
        """Locks the records in the order of their keys, as every writer does."""
        ids = sorted(plan.record_id for plan in plans if plan.record_id is not None)
        rows = self.model.objects.within(self.actor).filter(pk__in=ids).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))

    def _change(
        self,
        record_id: int | None,
        plan: RowPlan,
        action: Any,
        old: dict[str, Any],
        new: dict[str, Any],
        version: int,
    ) -> Change:
        table = self.model._meta.db_table
        name = plan.values.get("name") or ""
        label = f"{plan.label or plan.values.get(self.resource.key, '')} {name}".strip()
        return Change(
            self.resource_name,
            table,
            record_id,
            label,
            action,
            old,
            new,
            root_table=table,
            root_id=record_id,
            version=version,
        )

    def _taken(self, plans: Sequence[RowPlan], error: IntegrityError) -> Exception:
        """Returns the refusal for keys that somebody has used since; the error itself where that is not why."""
        taken = (
            self._taken_keys(plans) if self.identity is None else self._taken_jointly(self.identity, plans)
        )
        if not taken:
            return error
        return Conflict(
            _(
                "Since the validation somebody has created %(codes)s. Nothing was taken in; validate the file again."
            )
            % {"codes": ", ".join(taken)}
        )

    def _taken_keys(self, plans: Sequence[RowPlan]) -> list[str]:
        key = self.resource.key
        codes = [plan.values[key] for plan in plans if plan.values.get(key)]
        rows = self.model.objects.within(self.actor).filter(**{f"{key}__in": codes})
        return list(rows.order_by(key).values_list(key, flat=True)[:5])

    def _taken_jointly(self, identity: Identity, plans: Sequence[RowPlan]) -> list[str]:
        """Returns what a person reads of the rows whose records are there by now."""
        wanted = {identity.key(plan.values, plan.keys, {}): identity.shown(plan.values) for plan in plans}
        paths = {name: f"{name}_id" if name in identity.references else name for name in identity.fields}
        rows = identity.candidates(self.actor, self.resource, wanted).values(*paths.values())
        found = ({name: json_value(values[path]) for name, path in paths.items()} for values in rows)
        return sorted(wanted[key] for json in found if (key := identity.key(json, json, {})) in wanted)[:5]

    def _moved(self, versions: Mapping[int | None, int | None]) -> Conflict:
        key = self.resource.key
        rows = self.model.objects.within(self.actor).filter(pk__in=list(versions))
        there = {
            record_id: (code, version) for record_id, code, version in rows.values_list("pk", key, "version")
        }
        moved = sorted(
            str((record_id in there and there[record_id][0]) or f"id:{record_id}")
            for record_id, version in versions.items()
            # What this statement itself wrote stands one higher than expected.
            if record_id not in there or there[record_id][1] != (version or 0) + 1
        )
        return Conflict(
            _(
                "Somebody has changed %(codes)s meanwhile. Nothing was done; look at the changes and try again."
            )
            % {"codes": ", ".join(moved[:5]) + (" …" if len(moved) > 5 else "")}
        )
