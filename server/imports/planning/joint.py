"""What several fields say together and only one record may have, where rows find their records by something else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.resources.registry import Resource
from server.imports.issues import Flaw
from server.imports.mapping.columns import Source
from server.imports.planning.identity import Identity
from server.imports.planning.survey import Places
from server.imports.reading.records import Record

if TYPE_CHECKING:
    from server.imports.planning.plan import RowPlan
    from server.imports.planning.planner import Planner


class TakenTogether:
    """Refuses rows that would make a second record with the same values of several fields."""

    def __init__(
        self,
        actor: SecurityContext,
        resource: Resource,
        joint: Mapping[str, Identity],
        sources: Mapping[str, Source],
    ) -> None:
        self._actor = actor
        self._resource = resource
        self._joint = joint
        self._sources = sources
        self._keys: dict[str, dict[int, str]] = {name: {} for name in joint}
        self._seen: dict[str, dict[str, int]] = {name: {} for name in joint}

    @property
    def fields(self) -> set[str]:
        """The fields that must be read of the records that are there."""
        return {name for identity in self._joint.values() for name in identity.fields}

    @property
    def references(self) -> set[str]:
        """Those of them that lead to other records."""
        return {name for identity in self._joint.values() for name in identity.references}

    def note(self, plan: RowPlan, values: Mapping[str, Any], keys: Mapping[str, int | None]) -> None:
        """Takes note of what a row makes of a record that has these values and keys of references."""
        for name, identity in self._joint.items():
            self._keys[name][plan.row] = identity.key(
                {**values, **plan.values}, {**keys, **plan.keys}, plan.new
            )

    def check(self, plans: Sequence[RowPlan]) -> None:
        """Refuses those of these changing rows whose values another record has, or an earlier row takes."""
        for name, identity in self._joint.items():
            keys, self._keys[name] = self._keys[name], {}
            using = [
                plan
                for plan in plans
                if keys.get(plan.row) and (plan.record_id is None or plan.old.keys() & set(identity.fields))
            ]
            if not using:
                continue
            owners = self._owners(identity, [keys[plan.row] for plan in using])
            for plan in using:
                key = keys[plan.row]
                first = self._seen[name].setdefault(key, plan.row)
                if first != plan.row:
                    self._refuse(plan, identity, _("row %(row)d") % {"row": first})
                elif owners.get(key, plan.record_id) != plan.record_id:
                    self._refuse(plan, identity, _("another record"))

    def _owners(self, identity: Identity, keys: Sequence[str]) -> dict[str, int]:
        """Returns the records that have one of these keys."""
        paths = {name: f"{name}_id" if name in identity.references else name for name in identity.fields}
        rows = identity.candidates(self._actor, self._resource, keys)
        owners = {}
        for values in rows.values("id", *paths.values()):
            json = {name: json_value(values[path]) for name, path in paths.items()}
            owners[identity.key(json, json, {})] = values["id"]
        return owners

    def _refuse(self, plan: RowPlan, identity: Identity, owner: str) -> None:
        name = next((each for each in identity.fields if each in self._sources), identity.fields[0])
        source = self._sources.get(name)
        value = identity.shown(plan.values)
        message = _("“%(value)s” is taken by %(owner)s.") % {"value": value, "owner": owner}
        plan.refuse(
            Flaw("duplicate", message, _("Give another value, or none.")),
            column=source.column if source else None,
            name=name,
            value=value,
        )


def joint_places(planner: Planner, blocks: Iterable[list[Record]], progress: Callable[[int], None]) -> Places:
    """Returns where the keys of several fields together stand; `progress` hears the number of rows read so far.

    Known only once the file is surveyed: how numbers and dates are read, and what the texts of references lead to.
    """
    places, done = Places(), 0
    for block in blocks:
        for plan in planner.keyed(block):
            if plan.key:
                places.note(plan.key, plan.row)
        done += len(block)
        progress(done)
    return places
