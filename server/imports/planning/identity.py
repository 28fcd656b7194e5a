"""By what a row finds its record: one field that is unique, or several fields that are so together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from django.db import models

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.resources.registry import Resource
from server.core.resources.specs import DECIMAL_TYPES, TEXT_TYPES
from server.imports.mapping.columns import Source
from server.imports.mapping.targets import ImportTarget
from server.imports.models import ImportSession

EXTERNAL_ID = "external_id"
JOINT = "+"
"""Stands between the fields that tell records apart together, as in `product+unit`."""


def unique_fields(resource: Resource) -> list[str]:
    """Returns the fields, the key among them, whose values only one record of an organization may have."""
    return [fields[0] for fields in _constrained(resource) if len(fields) == 1]


def joint_keys(resource: Resource) -> list[str]:
    """Returns what tells records apart by several fields together, as `product+unit`.

    A constraint of fewer of these fields, such as that of prices without a date, adds nothing to tell apart.
    """
    found = [fields for fields in _constrained(resource) if len(fields) > 1]
    return [
        JOINT.join(fields)
        for fields in dict.fromkeys(found)
        if not any(set(fields) < set(others) for others in found)
    ]


def parts_of(match: str) -> tuple[str, ...]:
    """Returns the fields of what rows find their records by."""
    return tuple(match.split(JOINT))


def is_joint(match: str) -> bool:
    """Whether records are told apart by several fields together."""
    return JOINT in match


def usual_match(resource: Resource) -> str:
    """Returns what tells the records of a resource apart: its key where that is unique and a file may give it."""
    if resource.lines is not None:
        return resource.key
    joint = joint_keys(resource)
    if joint and (resource.key not in unique_fields(resource) or resource.specs[resource.key].read_only):
        return joint[0]
    return resource.key


def match_field(session: ImportSession, resource: Resource) -> str:
    """Returns what the rows of a session find their records by: a field, or several as `product+unit`.

    A document is given its number by us: where a file has none of our numbers, its own are the external ids.
    """
    if not session.match_on and resource.lines is not None and resource.key not in session.mapping:
        return EXTERNAL_ID
    return session.match_on or usual_match(resource)


def may_match_on(resource: Resource, targets: Mapping[str, ImportTarget]) -> list[str]:
    """Returns what the rows of a file may find their records by, the usual one first. Nothing else tells them apart."""
    single = [
        name
        for name in unique_fields(resource)
        if name in targets and targets[name].spec.type in ("text", "code")
    ]
    joint = [name for name in joint_keys(resource) if targets.keys() >= set(parts_of(name))]
    return list(dict.fromkeys([usual_match(resource), *joint, *single]))


def unmapped_parts(
    match: str, targets: Mapping[str, ImportTarget], mapped: Mapping[str, Any], columns: Collection[str]
) -> list[str]:
    """Returns the fields of a match that must still be mapped; `columns` are those mapped to a column.

    Of several fields those may be left out that a record has a value of its own for, or none; one is a column.
    """
    parts = parts_of(match)
    if len(parts) == 1:
        return [] if match in columns else [match]
    missing = [
        name for name in parts if name not in mapped and not (name in targets and _may_lack(targets[name]))
    ]
    return missing or ([] if any(name in columns for name in parts) else list(parts[:1]))


@dataclass(frozen=True, slots=True)
class Identity:
    """Reads from plans and from records what tells them apart. `references` are those of its fields that lead to records."""

    name: str
    fields: tuple[str, ...]
    references: frozenset[str]
    decimals: frozenset[str]
    defaults: Mapping[str, Any]

    @classmethod
    def of(cls, resource: Resource, name: str) -> Identity:
        """Returns what several fields of a resource, as `product+unit`, tell apart."""
        fields = parts_of(name)
        specs = {each: resource.specs[each] for each in fields}
        return cls(
            name,
            fields,
            frozenset(each for each, spec in specs.items() if spec.reference),
            frozenset(each for each, spec in specs.items() if spec.type in DECIMAL_TYPES),
            {each: _default(resource, each) for each in fields},
        )

    def key(self, values: Mapping[str, Any], keys: Mapping[str, int | None], new: Mapping[str, str]) -> str:
        """Returns a text that is the same for two rows of one record, empty where a field is missing.

        References are given by their `keys`, or as the text `new` of a record that the import makes. What a row leaves
        open has the value that a new record would get.
        """
        parts: list[Any] = []
        for name in self.fields:
            value: Any = keys.get(name) if name in self.references else values.get(name)
            if name in new:
                value = f"new:{new[name]}"
            elif value is None:
                value = self.defaults[name]
            if value is MISSING or (value == "" and self.defaults[name] is MISSING):
                return ""
            if name in self.decimals and value is not None:
                value = format(Decimal(value).normalize(), "f")
            parts.append(value)
        return orjson.dumps(parts).decode()

    def shown(self, values: Mapping[str, Any]) -> str:
        """Returns what a person reads of a key."""
        return ", ".join(str(values[name]) for name in self.fields if values.get(name) not in (None, ""))

    def candidates(self, actor: SecurityContext, resource: Resource, keys: Iterable[str]) -> Any:
        """Returns the records that may have one of these keys, and some more: one query, to be looked through."""
        wanted = [orjson.loads(key) for key in keys]
        found: dict[str, list[Any]] = {}
        for index, name in enumerate(self.fields):
            spec = resource.specs[name]
            if name in self.references:
                found[f"{name}_id__in"] = list(
                    {each[index] for each in wanted if isinstance(each[index], int)}
                )
            elif spec.type in TEXT_TYPES and not spec.nullable:
                found[f"{name}__in"] = list({each[index] for each in wanted})
        return resource.model.objects.within(actor).filter(**found)


class _Missing:
    """The default of a field that has none: a row must say it."""


MISSING: Any = _Missing()


def _default(resource: Resource, name: str) -> Any:
    field = resource.model._meta.get_field(name)
    if name in resource.defaults:
        return json_value(resource.defaults[name])
    if field.null:
        return None
    if not field.has_default():
        return MISSING
    return json_value(field.get_default())


def _may_lack(target: ImportTarget) -> bool:
    return bool(target.field.null or target.field.has_default())


def _constrained(resource: Resource) -> Iterator[tuple[str, ...]]:
    """Yields the fields of each unique constraint, without the organization, that a file can tell anything of."""
    for constraint in resource.model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            fields = tuple(name for name in constraint.fields if name != "organization")
            if fields and all(name in resource.specs for name in fields):
                yield fields


def columns_of(sources: Mapping[str, Source]) -> set[str]:
    """Returns the fields that are mapped to a column, not to a constant."""
    return {name for name, source in sources.items() if source.column is not None}
