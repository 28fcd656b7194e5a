"""One page of a list: searched, filtered, ordered, cut, counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from server.core import cursors
from server.core.context import SecurityContext
from server.core.cursors import Cursor, Direction, InvalidCursor, Value
from server.core.errors import FieldError, Invalid
from server.core.keyset import Keyset, SortColumn, goes_backward, page_of
from server.core.statements import Raw

from .filtering import visible_specs
from .list_source import Cut, ListSource, source_of
from .reading import columns_for
from .registry import Resource
from .totalling import totals_of

DEFAULT_LIMIT = 50
MAX_LIMIT = 1_000
MAX_OFFSET = 10_000
MOST_SORT_COLUMNS = 8
COUNT_CAP = 10_000
PARAMETERS = frozenset(
    {
        "q",
        "filter",
        "ordering",
        "fields",
        "limit",
        "after",
        "before",
        "first",
        "last",
        "offset",
        "count",
        "totals",
        "format",
    }
)


def list_page(actor: SecurityContext, resource: Resource, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The answer of `GET /<resource>/` in the form of docs/api.md.

    Raises `Invalid` for parameters that are unknown or do not fit, `InvalidCursor` for a cursor of another list.
    """
    unknown = sorted(set(parameters) - PARAMETERS)
    if unknown:
        raise Invalid(
            [
                FieldError(name[:60], "unknown", _("There is no parameter “%(name)s”.") % {"name": name[:60]})
                for name in unknown
            ]
        )
    limit = _whole(parameters, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    offset = _whole(parameters, "offset", 0, 0, MAX_OFFSET)
    source = source_of(actor, resource, parameters)
    keyset = ordering_of(
        actor, resource, source.count, parameters.get("ordering") or default_ordering(actor, resource)
    )
    everything = columns_for(actor, resource)
    shown = columns_for(actor, resource, parameters.get("fields")) if "fields" in parameters else everything
    columns = shown | {column.name: everything[column.name] for column in keyset.columns}
    key, scope = settings.SECRET_KEY.encode(), _scope(actor, resource, parameters)
    cursor = None if offset else _cursor(parameters, key, scope)
    backward = goes_backward(keyset, cursor, last=not offset and parameters.get("last") == "1")
    cut = Cut(keyset, cursor, backward, offset, limit)
    statement, rows = source.rows(columns, cut)

    def values_of(row: Raw) -> tuple[Value, ...]:
        return tuple(statement.value(row, column.name) for column in keyset.columns)

    page = page_of(rows, keyset, limit=limit, cursor=cursor, backward=backward, values_of=values_of)
    following, preceding = page.next, page.previous
    if offset and page.rows:
        preceding = Cursor(keyset.ordering, values_of(page.rows[0]), Direction.BEFORE)
    whole = not (following or preceding or offset)
    count, capped = _count(source, parameters.get("count", "capped"), len(page.rows) if whole else None)
    results = statement.as_json(page.rows, shown)
    if resource.freshen is not None:
        resource.freshen(results)
    totals = {}
    if _whole(parameters, "totals", 0, 0, 1):
        totals = {"totals": totals_of(actor, resource, parameters, source.count)}
    return {
        "count": count,
        "count_capped": capped,
        "next": cursors.encode(following, key=key, scope=scope) if following else None,
        "previous": cursors.encode(preceding, key=key, scope=scope) if preceding else None,
        "results": results,
        **totals,
    }


def ordering_of(
    actor: SecurityContext, resource: Resource, count: Callable[[int | None], int], text: str
) -> Keyset:
    """The order that `ordering` asks for.

    A column without an index sorts only what is small: sorting a million rows for one page would take the
    server from everybody else. Raises `Invalid` for what is unknown, hidden or too large to sort.
    """
    specs = visible_specs(actor, resource)
    columns = []
    parts = text.split(",")
    if len(parts) > MOST_SORT_COLUMNS:
        message = _("A list is sorted by at most %(limit)d columns.")
        raise Invalid.field("ordering", "too_large", message % {"limit": MOST_SORT_COLUMNS})
    for part in parts:
        name = part.strip().removeprefix("-")
        spec = specs.get(name)
        if spec is None or not spec.sortable:
            raise Invalid(
                [
                    FieldError(
                        "ordering", "unknown", _("One cannot sort by “%(name)s” here.") % {"name": name[:60]}
                    )
                ]
            )
        if spec.display:
            # By what names the record, as people read it; its key says nothing to them.
            spec = specs[spec.display[0]]
        columns.append(SortColumn(spec.name, part.strip().startswith("-"), spec.nullable))
    if not _is_indexed(resource, columns[0].name) and count(COUNT_CAP + 1) > COUNT_CAP:
        raise Invalid(
            [
                FieldError(
                    "ordering",
                    "too_large",
                    _("More than %(cap)d rows cannot be sorted by “%(name)s”; filter the list first.")
                    % {"cap": COUNT_CAP, "name": columns[0].name},
                )
            ]
        )
    return Keyset(columns)


def default_ordering(actor: SecurityContext, resource: Resource) -> str:
    """The declared order, without what is hidden from this actor: order alone would tell of the values."""
    visible = visible_specs(actor, resource)
    return (
        ",".join(part for part in resource.ordering.split(",") if part.removeprefix("-") in visible) or "id"
    )


def _is_indexed(resource: Resource, name: str) -> bool:
    if name == "id":
        return True
    meta = resource.model._meta
    indexed = [index.fields for index in meta.indexes]
    indexed += [
        constraint.fields
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    return any(
        len(fields) > 1 and fields[0] == "organization" and fields[1].lstrip("-") == name
        for fields in indexed
    )


def _count(source: ListSource, mode: str, seen: int | None) -> tuple[int | None, bool]:
    """The count and whether it is capped; `seen` is how many there are where the page shows them all."""
    if mode == "none":
        return None, False
    if mode not in ("capped", "exact"):
        raise Invalid([FieldError("count", "not_a_choice", _("count is capped, exact or none."))])
    if seen is not None:
        return seen, False
    if mode == "exact":
        return source.count(None), False
    count = source.count(COUNT_CAP + 1)
    return (COUNT_CAP, True) if count > COUNT_CAP else (count, False)


def _cursor(parameters: Mapping[str, str], key: bytes, scope: str) -> Cursor | None:
    for direction in Direction:
        if text := parameters.get(direction.value):
            cursor = cursors.decode(text, key=key, scope=scope)
            if cursor.direction is not direction:
                raise InvalidCursor
            return cursor
    return None


def _scope(actor: SecurityContext, resource: Resource, parameters: Mapping[str, str]) -> str:
    return "\x1f".join(
        (str(actor.organization_id), resource.name, parameters.get("filter", ""), parameters.get("q", ""))
    )


def _whole(parameters: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        message = _("%(name)s is a whole number from %(least)d to %(most)d.") % {
            "name": name,
            "least": least,
            "most": most,
        }
        raise Invalid([FieldError(name, "invalid", message)])
    return int(text)
