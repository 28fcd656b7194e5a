"""From a filter's terms and a search text to conditions of a query, within what the actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.parsers.days import relative_day
from server.core.parsers.filters import Comparison, NamedFilter, Operator, parse

from .converting import ValueProblem, convert
from .references import resolve_one
from .registry import Resource
from .specs import TEXT_TYPES, FieldSpec

_LOOKUPS = {
    Operator.EQUAL: "exact",
    Operator.NOT_EQUAL: "exact",
    Operator.GREATER: "gt",
    Operator.GREATER_OR_EQUAL: "gte",
    Operator.LESS: "lt",
    Operator.LESS_OR_EQUAL: "lte",
    Operator.CONTAINS: "icontains",
}
# Each is a condition of the query; databases take only so many nested ones.
MOST_TERMS = 100
MOST_WORDS = 10


def visible_specs(actor: SecurityContext, resource: Resource) -> Mapping[str, FieldSpec]:
    """The fields and columns that no rule hides from this actor, with the key and the version."""
    hidden = {
        name
        for (ruled, name), access in actor.field_rules.items()
        if ruled == resource.name and access == "hidden"
    }
    # A display column goes with the reference that it belongs to.
    return (
        {
            name: spec
            for name, spec in resource.listed_specs.items()
            if not hidden.intersection((name, resource.display.get(name, ("", name))[1]))
        }
        if hidden
        else resource.listed_specs
    )


def apply_filter(actor: SecurityContext, resource: Resource, queryset: Any, text: str) -> Any:
    """The queryset under a filter in the grammar of docs/api.md.

    Raises `Invalid` for what cannot be read, for unknown names and for values that do not fit. A hidden field
    is as unknown as one that never was.
    """
    specs = visible_specs(actor, resource)
    terms = parse(text)
    if len(terms) > MOST_TERMS:
        message = _("A filter has at most %(limit)d terms. Put values of one field in a list: code=[A,B].")
        raise Invalid.field("filter", "too_large", message % {"limit": MOST_TERMS})
    for term in terms:
        if isinstance(term, NamedFilter):
            if term.name not in resource.named_filters:
                raise _unknown(term.name, resource.named_filters, term.position)
            queryset = queryset.filter(resource.named_filters[term.name][1])
            continue
        spec = specs.get(term.field)
        if spec is None or not spec.filterable:
            filterable = {name: spec for name, spec in specs.items() if spec.filterable}
            raise _unknown(term.field, filterable, term.position)
        try:
            queryset = _narrowed(actor, queryset, spec, term)
        except Invalid as refusal:
            refusal.extra["position"] = term.value_position
            raise
        except (ValidationError, OverflowError) as error:
            message = _("“%(value)s” is nothing that this can be compared with.")
            incomparable = _refused(spec, message % {"value": str(term.value)[:40]})
            incomparable.extra["position"] = term.value_position
            raise incomparable from error
    return queryset


def search(actor: SecurityContext, resource: Resource, queryset: Any, text: str) -> Any:
    """The rows in which every word of the text occurs in one of the searched columns, ignoring case.

    A column that a rule hides from the actor is not searched: that a row is found would tell its value.
    """
    paths = searched_paths(actor, resource)
    return containing(queryset, paths, words_of(text)) if paths else queryset.none()


def searched_paths(actor: SecurityContext, resource: Resource) -> list[str]:
    """The columns that a search of this actor looks into."""
    return [
        path for path in resource.search if actor.access(resource.name, path.partition("__")[0]) != "hidden"
    ]


def words_of(text: str) -> list[str]:
    """The words of a search that are looked for."""
    return text.split()[:MOST_WORDS]


def containing(queryset: Any, paths: Sequence[str], words: Sequence[Any]) -> Any:
    """The rows in which each of these words, or parameters for them, occurs in one of the columns."""
    for word in words:
        condition = Q()
        for path in paths:
            condition |= Q(**{f"{path}__icontains": word})
        queryset = queryset.filter(condition)
    return queryset


def _narrowed(actor: SecurityContext, queryset: Any, spec: FieldSpec, term: Comparison) -> Any:
    path, queryset = _path(queryset, spec)
    if term.value is None:
        empty = Q(**{f"{path}__isnull": True})
        if spec.type in TEXT_TYPES and spec.blank:
            empty |= Q(**{path: ""})
        return queryset.filter(empty) if term.operator is Operator.EQUAL else queryset.exclude(empty)
    if isinstance(term.value, tuple):
        values = [_value(actor, spec, text) for text in term.value]
        for value in values if isinstance(spec.path, str) else ():
            _check_form(queryset.model._meta, spec.path, value)
        return queryset.filter(**{f"{path}__in": values})
    if term.operator is Operator.CONTAINS and spec.type not in TEXT_TYPES:
        raise _refused(
            spec, _("“~” (contains) works on text; %(title)s is none.") % {"title": spec.title or spec.name}
        )
    value = _value(actor, spec, term.value)
    if term.operator is not Operator.CONTAINS and isinstance(spec.path, str):
        _check_form(queryset.model._meta, spec.path, value)
    if spec.type == "datetime" and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return _within_day(queryset, path, term.operator, value)
    condition = Q(**{f"{path}__{_LOOKUPS[term.operator]}": value})
    return queryset.exclude(condition) if term.operator is Operator.NOT_EQUAL else queryset.filter(condition)


def _check_form(meta: Any, path: str, value: Any) -> None:
    """Raise `ValidationError` for a text in a form that PostgreSQL would not even compare."""
    field = meta.get_field(path.partition("__")[0])
    if path == field.name and isinstance(field, models.UUIDField | models.GenericIPAddressField):
        field.run_validators(field.to_python(value))


def _path(queryset: Any, spec: FieldSpec) -> tuple[str, Any]:
    if isinstance(spec.path, str):
        return spec.path, queryset
    if isinstance(spec.path, F):
        return spec.path.name, queryset
    alias = f"{spec.name}_compared"
    return alias, queryset.alias(**{alias: spec.path})


def _value(actor: SecurityContext, spec: FieldSpec, text: str) -> Any:
    if spec.type in TEXT_TYPES:
        if "\x00" in text:
            raise _refused(spec, _("A text to look for has no NUL character."))
        return text
    try:
        if spec.type == "boolean":
            return _truth(spec, text)
        if spec.type in ("date", "datetime") and (moving := _moving(actor, spec, text)) is not None:
            return moving
        if spec.type == "datetime" and len(text) == 10:
            return dt.date.fromisoformat(text)
        value = convert(_open(spec), text)
        return resolve_one(actor, spec.reference, value) if spec.reference else value
    except (ValueProblem, ValueError) as problem:
        message = problem.message if isinstance(problem, ValueProblem) else str(problem)
        raise _refused(spec, message) from problem


def _moving(actor: SecurityContext, spec: FieldSpec, text: str) -> dt.date | None:
    """`t-7` and its like, today being what it is where the actor is; `now` of a moment."""
    now = timezone.now()
    if spec.type == "datetime" and text.strip().lower() == "now":
        return now
    return relative_day(text, now.astimezone(ZoneInfo(actor.time_zone)).date())


def _open(spec: FieldSpec) -> FieldSpec:
    """The field without the limits of a write: one may ask for what can no longer be entered."""
    return replace(spec, minimum=None, positive=False, nullable=False)


def _truth(spec: FieldSpec, text: str) -> bool:
    if text.lower() in ("true", "yes", "1"):
        return True
    if text.lower() in ("false", "no", "0"):
        return False
    raise ValueProblem("invalid", _("%(title)s is true or false.") % {"title": spec.title or spec.name})


def _within_day(queryset: Any, path: str, operator: Operator, day: dt.date) -> Any:
    """A day stands for the whole day in UTC: `>` is after its end, `>=` from its beginning."""
    begin = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    end = begin + dt.timedelta(days=1)
    inside = Q(**{f"{path}__gte": begin, f"{path}__lt": end})
    conditions = {
        Operator.EQUAL: inside,
        Operator.NOT_EQUAL: ~inside,
        Operator.GREATER: Q(**{f"{path}__gte": end}),
        Operator.GREATER_OR_EQUAL: Q(**{f"{path}__gte": begin}),
        Operator.LESS: Q(**{f"{path}__lt": begin}),
        Operator.LESS_OR_EQUAL: Q(**{f"{path}__lt": end}),
    }
    return queryset.filter(conditions[operator])


def _unknown(name: str, known: Mapping[str, Any], position: int) -> Invalid:
    near = get_close_matches(name, known, n=3)
    hint = _(" Did you mean %(near)s?") % {"near": ", ".join(near)} if near else ""
    return Invalid(
        [
            FieldError(
                "filter", "unknown", _("There is no filter “%(name)s” here.") % {"name": name[:60]} + hint
            )
        ],
        position=position,
    )


def _refused(spec: FieldSpec, message: str) -> Invalid:
    return Invalid([FieldError("filter", "invalid", f"{spec.name}: {message}")])
