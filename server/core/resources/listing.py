"""One page of a list: searched, filtered, ordered, cut, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from server.core import cursors
from server.core.context import SecurityContext
from server.core.cursors import Cursor, Direction, InvalidCursor
from server.core.errors import FieldError, Invalid
from server.core.keyset import Keyset, SortColumn, read_page

from .filtering import apply_filter, search, visible_specs
from .reading import columns_for, rows_of
from .registry import Resource

DEFAULT_LIMIT = 50
MAX_LIMIT = 1_000
MAX_OFFSET = 10_000
MOST_SORT_COLUMNS = 8
LONGEST_SEARCH = 500
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
    queryset = narrowed(actor, resource, parameters)
    keyset = ordering_of(
        actor, resource, queryset, parameters.get("ordering") or _default_ordering(actor, resource)
    )
    columns = columns_for(actor, resource, parameters.get("fields"))
    shown = list(columns)
    everything = columns_for(actor, resource)
    columns.update({column.name: everything[column.name] for column in keyset.columns})
    rows = rows_of(queryset, columns)
    key, scope = settings.SECRET_KEY.encode(), _scope(actor, resource, parameters)
    if offset := _whole(parameters, "offset", 0, 0, MAX_OFFSET):
        cut = list(rows.order_by(*keyset.order_by())[offset : offset + limit + 1])
        found = cut[:limit]
        following = (
            Cursor(keyset.ordering, keyset.values_of(found[-1]), Direction.AFTER)
            if len(cut) > limit
            else None
        )
        preceding = Cursor(keyset.ordering, keyset.values_of(found[0]), Direction.BEFORE) if found else None
    else:
        cursor = _cursor(parameters, key, scope)
        page = read_page(rows, keyset, limit=limit, cursor=cursor, last=parameters.get("last") == "1")
        found, following, preceding = page.rows, page.next, page.previous
    if len(shown) != len(columns):
        found = [{name: row[name] for name in shown} for row in found]
    count, capped = _count(queryset, parameters.get("count", "capped"))
    return {
        "count": count,
        "count_capped": capped,
        "next": cursors.encode(following, key=key, scope=scope) if following else None,
        "previous": cursors.encode(preceding, key=key, scope=scope) if preceding else None,
        "results": found,
    }


def narrowed(actor: SecurityContext, resource: Resource, parameters: Mapping[str, str]) -> Any:
    """The records that `q` and `filter` leave."""
    queryset = resource.queryset(actor)
    if text := parameters.get("filter"):
        queryset = apply_filter(actor, resource, queryset, text)
    if text := parameters.get("q"):
        if len(text) > LONGEST_SEARCH or "\x00" in text:
            message = _("A search has at most %(limit)d characters and no NUL among them.")
            raise Invalid.field("q", "too_long", message % {"limit": LONGEST_SEARCH})
        queryset = search(actor, resource, queryset, text)
    return queryset


def ordering_of(actor: SecurityContext, resource: Resource, queryset: Any, text: str) -> Keyset:
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
        columns.append(SortColumn(name, part.strip().startswith("-"), spec.nullable))
    if (
        not _is_indexed(resource, columns[0].name)
        and queryset.order_by()[: COUNT_CAP + 1].count() > COUNT_CAP
    ):
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


def _default_ordering(actor: SecurityContext, resource: Resource) -> str:
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


def _count(queryset: Any, mode: str) -> tuple[int | None, bool]:
    if mode == "none":
        return None, False
    if mode == "exact":
        return queryset.order_by().count(), False
    if mode != "capped":
        raise Invalid([FieldError("count", "not_a_choice", _("count is capped, exact or none."))])
    count = queryset.order_by()[: COUNT_CAP + 1].count()
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
