"""The texts of a file that stand for nothing that is known, each once, and what a person says that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.resources.references import resolve
from server.core.resources.registry import Resource, get_resource
from server.core.resources.specs import TEXT_TYPES
from server.core.resources.writing import create_record, require
from server.imports.issues import ERROR
from server.imports.mapping.columns import CELL, ROW, Source, parse_mapping
from server.imports.mapping.lookups import marked
from server.imports.mapping.targets import ImportTarget, importable, targets_of
from server.imports.models import ImportSession
from server.imports.planning.newcomers import may_create
from server.imports.planning.outcomes import stored_blocks
from server.imports.planning.plan import REFUSED
from server.imports.planning.revising import note_stale
from server.imports.services import reopen, require_open
from server.imports.values.spellings import Nearness, alike

UNRESOLVED = frozenset({"not_found", "ambiguous", "not_a_choice"})
MOST_VALUES = 200
MOST_SETTLED_AT_ONCE = 1_000
# Of larger tables only those records are compared whose name begins like the text.
MOST_COMPARED = 20_000
LONGEST_CODE = 50


@dataclass(slots=True)
class _Value:
    field: str
    text: str
    rows: int
    first_row: int


def values_of(actor: SecurityContext, session: ImportSession) -> dict[str, Any]:
    """Returns the table of docs/api.md: what the last validation could not resolve, and what was settled before.

    The queries grow with the fields and the blocks, not with the rows or the texts.
    """
    targets = targets_of(actor, importable(session.into, actor))
    found = _gathered(session, targets)
    shown = sorted(found, key=lambda value: (-value.rows, value.first_row, value.field))[:MOST_VALUES]
    results: list[dict[str, Any]] = []
    for name in dict.fromkeys(value.field for value in shown):
        results += _described(actor, targets[name], [value for value in shown if value.field == name])
    results.sort(key=lambda row: (-row["rows"], row["first_row"], row["field"]))
    return {"results": results, "settled": _settled(session, targets), "more": len(found) - len(shown)}


@transaction.atomic
def settle_values(actor: SecurityContext, session: ImportSession, body: Any) -> ImportSession:
    """Keeps what texts of the file mean, in the mapping; the rows that hold them are to be validated anew.

    Raises `Invalid` with a path for every error, `Forbidden`, `Conflict`.
    """
    require_open(session)
    values = body.get("values") if isinstance(body, dict) else None
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_SETTLED_AT_ONCE:
        raise Invalid.field(
            "values", "invalid", _("Give a list of 1 to %(limit)d values.") % {"limit": MOST_SETTLED_AT_ONCE}
        )
    targets = targets_of(actor, importable(session.into, actor))
    sources, _flaws = parse_mapping(
        session.mapping, columns=len(session.columns), targets=list(targets.values())
    )
    errors: list[FieldError] = []
    for index, value in enumerate(values):
        path = f"values[{index}]"
        found = _named(value, path, targets, sources)
        if isinstance(found, FieldError):
            errors.append(found)
            continue
        name, text = found
        changed = _decided(actor, targets[name], sources[name], text, value, path)
        if isinstance(changed, Source):
            sources[name] = changed
            _note(session, changed, text)
        else:
            errors += changed
    if errors:
        raise Invalid(errors)
    session.mapping = {name: source.as_json() for name, source in sources.items()}
    reopen(session)
    session.save()
    return session


def _gathered(session: ImportSession, targets: Mapping[str, ImportTarget]) -> list[_Value]:
    found: dict[tuple[str, str], _Value] = {}
    for block in stored_blocks(session, status=REFUSED):
        for plan in block:
            for issue in plan.issues:
                target = targets.get(issue.field)
                if issue.code not in UNRESOLVED or issue.level != ERROR or target is None:
                    continue
                if not (target.spec.reference or target.rule.choices):
                    continue
                key = (issue.field, issue.value.strip())
                value = found.setdefault(key, _Value(*key, rows=0, first_row=plan.row))
                value.rows += 1
    return list(found.values())


def _described(actor: SecurityContext, target: ImportTarget, values: list[_Value]) -> list[dict[str, Any]]:
    resource = get_resource(target.spec.reference) if target.spec.reference else None
    beside = alike(value.text for value in values)
    proposals = _proposals(actor, target, [value.text for value in values])
    creatable = resource is not None and may_create(actor, resource)
    return [
        {
            "field": value.field,
            "title": target.title,
            "kind": "reference" if resource is not None else "choice",
            "resource": resource.name if resource is not None else None,
            "text": value.text,
            "rows": value.rows,
            "first_row": value.first_row,
            "may_create": creatable,
            "create": _beginning(resource, value.text) if creatable and resource is not None else {},
            "alike": beside[value.text],
            "proposals": proposals[value.text],
        }
        for value in values
    ]


def _proposals(
    actor: SecurityContext, target: ImportTarget, texts: list[str]
) -> dict[str, list[dict[str, Any]]]:
    if not target.spec.reference:
        return _choices_near(target, texts)
    resource = get_resource(target.spec.reference)
    nothing: dict[str, list[dict[str, Any]]] = {text: [] for text in texts}
    if not actor.can(resource.permission("view")):
        return nothing
    shown = [name for name in _names(resource) if actor.access(resource.name, name) != "hidden"]
    if not shown:
        return nothing
    records = _compared(actor, resource, shown, texts)
    nearness = Nearness((key, str(name)) for key, names in records.items() for name in names if name)
    return {
        text: [
            {
                "record": key,
                "code": str(records[key][0]) if shown[0] == resource.key else None,
                "label": " ".join(str(name) for name in records[key] if name),
                "score": score,
            }
            for key, score in nearness.nearest(text)
        ]
        for text in texts
    }


def _choices_near(target: ImportTarget, texts: list[str]) -> dict[str, list[dict[str, Any]]]:
    values = list(target.rule.choices)
    nearness = Nearness(
        (place, name) for place, value in enumerate(values) for name in {value, target.rule.choices[value]}
    )
    return {
        text: [
            {
                "record": values[place],
                "code": values[place],
                "label": target.rule.choices[values[place]],
                "score": score,
            }
            for place, score in nearness.nearest(text)
        ]
        for text in texts
    }


def _compared(
    actor: SecurityContext, resource: Resource, names: list[str], texts: list[str]
) -> dict[int, tuple[Any, ...]]:
    """Returns the names of the records that a text may mean: of all, or of those that begin alike where they are many."""
    rows = resource.queryset(actor)
    if len(rows.values_list("pk")[: MOST_COMPARED + 1]) > MOST_COMPARED:
        narrowed = rows.none()
        starts = sorted({text[:3] for text in texts if text.strip()})
        for name in names:
            narrowed |= rows.filter(**{f"{name}__iregex": "^(" + "|".join(map(_literal, starts)) + ")"})
        rows = narrowed
    return {
        pk: tuple(values) for pk, *values in rows.order_by("pk").values_list("pk", *names)[:MOST_COMPARED]
    }


def _literal(text: str) -> str:
    return "".join(f"[{letter}]" if letter not in "^]\\[" else f"\\{letter}" for letter in text)


def _names(resource: Resource) -> list[str]:
    """Returns the fields that name a record, its key first."""
    label = (
        name for name in resource.label if resource.specs[name].type in TEXT_TYPES or name == resource.key
    )
    return list(dict.fromkeys((resource.key, *label)))


def _beginning(resource: Resource, text: str) -> dict[str, str]:
    """Returns the values that a record for a text may begin with."""
    values = {resource.key: text[:LONGEST_CODE]}
    if "name" in resource.specs and resource.key != "name":
        values["name"] = text
    return values


def _settled(session: ImportSession, targets: Mapping[str, ImportTarget]) -> list[dict[str, Any]]:
    settled: list[dict[str, Any]] = []
    for name, entry in session.mapping.items():
        if name not in targets:
            continue
        for text, use in entry.get("values", {}).items():
            settled.append({"field": name, "text": text, "use": use})
        for text, values in entry.get("create", {}).items():
            settled.append({"field": name, "text": text, "create": values})
        for text, what in entry.get("skip", {}).items():
            settled.append({"field": name, "text": text, "skip": what})
    return settled


def _named(
    value: Any, path: str, targets: Mapping[str, ImportTarget], sources: Mapping[str, Source]
) -> tuple[str, str] | FieldError:
    decisions = {"use", "create", "skip", "clear"}
    if (
        not isinstance(value, dict)
        or len(decisions & value.keys()) != 1
        or value.keys() - decisions
        != {
            "field",
            "text",
        }
    ):
        message = _("A value has a field, a text, and one of use, create, skip and clear.")
        return FieldError(path, "invalid", message)
    name, text = value["field"], value["text"]
    if not isinstance(name, str) or name not in targets or name not in sources:
        return FieldError(f"{path}.field", "not_a_choice", _("This field is not mapped."))
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        return FieldError(f"{path}.text", "invalid", _("The text is one of the file."))
    return name, text.strip()


def _decided(
    actor: SecurityContext,
    target: ImportTarget,
    source: Source,
    text: str,
    value: Mapping[str, Any],
    path: str,
) -> Source | list[FieldError]:
    """Returns the source with the decision in it, in the place of an earlier one, or why it cannot be."""
    source = source._replace(
        values={each: kept for each, kept in source.values.items() if each != text},
        create={each: kept for each, kept in source.create.items() if each != text},
        skip={each: kept for each, kept in source.skip.items() if each != text},
    )
    if "clear" in value:
        return source
    if "skip" in value:
        if value["skip"] not in (CELL, ROW):
            return [FieldError(f"{path}.skip", "not_a_choice", _("Skip the “cell” or the “row”."))]
        return source._replace(skip={**source.skip, text: value["skip"]})
    if "use" in value:
        used = _used(actor, target, source, value["use"], f"{path}.use")
        return used if isinstance(used, list) else source._replace(values={**source.values, text: used})
    problems = _unmakeable(actor, target, source, value["create"], f"{path}.create")
    return problems or source._replace(create={**source.create, text: dict(value["create"])})


def _used(
    actor: SecurityContext, target: ImportTarget, source: Source, use: Any, path: str
) -> str | list[FieldError]:
    """Returns what is written into the mapping for a record or a choice: its code, which fits other servers too."""
    if not target.spec.reference:
        if isinstance(use, str) and (use in target.rule.choices or not target.rule.choices):
            return use
        known = ", ".join(target.rule.choices)
        return [FieldError(path, "not_a_choice", _("Choose one of: %(known)s.") % {"known": known})]
    if not isinstance(use, int | str) or isinstance(use, bool):
        return [FieldError(path, "invalid", _("Name a record by its key or its code."))]
    resource = get_resource(target.spec.reference)
    answer = resolve(actor, resource, [use])[use]
    if not isinstance(answer, int):
        return [FieldError(path, answer.code, answer.message)]
    if resource.key == "id":
        return f"id:{answer}"
    code = resource.queryset(actor).values_list(resource.key, flat=True).get(pk=answer)
    same = resource.queryset(actor).filter(**{resource.key: code}).count()
    return marked(str(code), source) if same == 1 else f"id:{answer}"


def _unmakeable(
    actor: SecurityContext, target: ImportTarget, source: Source, values: Any, path: str
) -> list[FieldError]:
    """Returns why a record of these values cannot be made: it is made once by its own service, and taken back."""
    if not target.spec.reference:
        return [FieldError(path, "invalid", _("“%(title)s” refers to no record.") % {"title": target.title})]
    resource = get_resource(target.spec.reference)
    require(actor, resource.permission("create"))
    if not may_create(actor, resource):
        message = _("%(titles)s cannot be created beside an import.") % {"titles": resource.title}
        return [FieldError(path, "forbidden", message)]
    key = values.get(resource.key) if isinstance(values, dict) else None
    if not isinstance(key, str) or not key.strip():
        message = _("A record that is to be created needs its %(key)s.") % {"key": resource.key}
        return [FieldError(f"{path}.{resource.key}", "required", message)]
    if any(other.get(resource.key) == key and other != values for other in source.create.values()):
        message = _("“%(key)s” is to be created with other values already.") % {"key": key}
        return [FieldError(f"{path}.{resource.key}", "contradiction", message)]
    try:
        with transaction.atomic():
            create_record(actor.fresh(dry_run=True), resource, dict(values))
            transaction.set_rollback(True)
    except Invalid as problem:
        return [error.at(path) for error in problem.errors] or [
            FieldError(path, problem.code, problem.detail)
        ]
    return []


def _note(session: ImportSession, source: Source, text: str) -> None:
    if source.column is None:
        session.stale = None
    else:
        note_stale(session, texts={source.column: [text]})
