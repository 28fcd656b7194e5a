"""What a scanned code stands for: each app declares which field of which record is on its labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BigIntegerField, TextField

from server.core.context import SecurityContext
from server.core.statements import Parameter, Statement

from .registry import Resource, get_resource

LONGEST_CODE = 200
MOST_OF_ONE_KIND = 10
"""Candidates of one label: a lot code may be that of several products, and a person then chooses."""

_ORGANIZATION = "organization"

Details = Callable[[SecurityContext, Sequence[Mapping[str, Any]]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Label:
    """A field by whose exact text a record is found when its label is scanned.

    `rank` puts the kinds in their fixed order. `meant` is the reference field that leads to the record that
    the label stands for, as a barcode to its product; empty where it is the record itself. `also` names
    further fields or paths to be given with a candidate. `forms` gives all the texts that the code may be kept under.
    `details(actor, candidates)` adds what a scan screen needs, by record, in one statement.
    """

    rank: int
    kind: str
    resource: str
    field: str
    meant: str = ""
    also: Sequence[str] = ()
    forms: Callable[[str], Sequence[str]] | None = None
    details: Details | None = None

    @property
    def source(self) -> Resource:
        """The resource whose field is searched."""
        return get_resource(self.resource)

    @property
    def target(self) -> Resource:
        """The resource of the record that is meant."""
        if not self.meant:
            return self.source
        reference = self.source.specs[self.meant].reference
        assert reference is not None
        return get_resource(reference)

    def visible_to(self, actor: SecurityContext) -> bool:
        """Whether the actor may see both the field that is searched and the record that it leads to."""
        hidden = any(
            actor.access(self.resource, name) == "hidden" for name in (self.field, self.meant) if name
        )
        return (
            not hidden
            and actor.can(self.source.permission("list"))
            and actor.can(self.target.permission("list"))
        )


_labels: list[Label] = []


def on_label(*labels: Label) -> None:
    """Declare fields that are printed as codes; to be called in an app's `scanning.py`."""
    _labels.extend(labels)
    _labels.sort(key=lambda label: label.rank)


def all_labels() -> tuple[Label, ...]:
    """Every declared label, in the fixed order."""
    return tuple(_labels)


def kinds() -> tuple[str, ...]:
    """What a code may turn out to be, in the fixed order."""
    return tuple(dict.fromkeys(label.kind for label in _labels))


def candidates(actor: SecurityContext, code: str, wanted: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The records that bear exactly this code, in the fixed order; of these kinds only where some are `wanted`.

    One statement a label, whatever the number of records; a record that two labels lead to is given once.
    """
    if "\x00" in code:
        return []  # PostgreSQL takes no NUL, so no label has one
    found: list[dict[str, Any]] = []
    seen: set[tuple[str, int]] = set()
    for label in _labels:
        if (wanted and label.kind not in wanted) or not label.visible_to(actor):
            continue
        rows = []
        for row in _rows(actor, label, code):
            if (record := (row["resource"], row["id"])) not in seen:
                seen.add(record)
                rows.append(row)
        if rows and label.details is not None:
            details = label.details(actor, rows)
            rows = [{**row, **details.get(row["id"], {})} for row in rows]
        found += rows
    return found


def _rows(actor: SecurityContext, label: Label, code: str) -> Iterator[dict[str, Any]]:
    source, target = label.source, label.target
    forms = list(dict.fromkeys(label.forms(code) if label.forms else (code,)))
    way = f"{label.meant}__" if label.meant else ""
    shown = [part for part in target.label if actor.access(target.name, part) != "hidden"]
    also = [name for name in label.also if actor.access(source.name, name.partition("__")[0]) != "hidden"]
    columns = tuple(dict.fromkeys(("pk", f"{way}pk", *(f"{way}{part}" for part in shown), *also)))

    def build(scope: Any) -> Statement:
        return Statement(_labelled(scope, label, len(forms)).values(*columns)[:MOST_OF_ONE_KIND])

    if source.visible is None and target.visible is None:
        place: Any = Parameter(_ORGANIZATION, BigIntegerField())
        statement = source.statements.get(
            (Label, label.field, label.meant, len(forms), *columns),
            lambda: build(replace(actor, organization_id=place)),
        )
    else:
        statement = build(actor)
    given = {f"form{number}": form for number, form in enumerate(forms)}
    for raw in statement.fetch({_ORGANIZATION: actor.organization_id, **given}):
        row = {name: statement.value(raw, name) for name in columns}
        parts = [str(row[f"{way}{part}"]) for part in shown if row[f"{way}{part}"] not in (None, "")]
        yield {
            "kind": label.kind,
            "by": f"{label.resource}.{label.field}",
            "resource": target.name,
            "id": row[f"{way}pk"],
            "code": parts[0] if parts else "",
            "label": " ".join(parts),
            **{name.replace("__", "_"): row[name] for name in also},
        }


def _labelled(scope: SecurityContext, label: Label, forms: int) -> Any:
    """The records whose label bears one of so many texts, in the order of their keys."""
    source, target = label.source, label.target
    queryset = source.queryset(scope)
    if label.meant and (target.scope is not None or target.visible is not None):
        queryset = queryset.filter(**{f"{label.meant}__in": target.queryset(scope)})
    texts = [Parameter(f"form{number}", TextField()) for number in range(forms)]
    return queryset.filter(**{f"{label.field}__in": texts}).order_by("pk")
