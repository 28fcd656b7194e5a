"""The sums under a list: of what the resource totals, and never of two currencies or two units together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext

from .filtering import visible_specs
from .list_source import narrowed
from .registry import Resource

MOST_SUMMED = 200_000
"""Rows that are summed while somebody waits for a page of them."""
MOST_GROUPS = 20


def totals_of(
    actor: SecurityContext,
    resource: Resource,
    parameters: Mapping[str, str],
    count: Callable[[int | None], int],
) -> dict[str, Any]:
    """`{"sums": {field: [{"of": "EUR", "sum": "12.5000", "rows": 3}, …]}}` over all that `q` and `filter` leave.

    `of` is the currency or unit, null where the field has none. Where summing would take too long, `sums` is
    null and `absent` says so. A field that a rule hides, or whose currency it hides, is not summed.
    """
    specs = visible_specs(actor, resource)
    summed = {
        name: specs[name].currency or specs[name].unit
        for name in resource.totals
        if name in specs and (specs[name].currency or specs[name].unit or name) in specs
    }
    if not summed:
        return {"sums": {}}
    if count(MOST_SUMMED + 1) > MOST_SUMMED:
        sentence = _("More than %(limit)d rows are not summed while you wait. Filter the list to see totals.")
        return {"sums": None, "absent": sentence % {"limit": MOST_SUMMED}}
    queryset = narrowed(actor, resource, parameters).order_by()
    sums = {name: _sums(resource, queryset, name, of) for name, of in summed.items()}
    answer: dict[str, Any] = {"sums": {name: each for name, each in sums.items() if each is not None}}
    if len(answer["sums"]) < len(sums):
        sentence = _("There are more than %(limit)d currencies or units here. Filter the list to see totals.")
        answer["absent"] = sentence % {"limit": MOST_GROUPS}
    return answer


def _sums(resource: Resource, queryset: Any, name: str, of: str | None) -> list[dict[str, Any]] | None:
    """The sums of one field, by what it is measured in; None where that are too many to be read."""
    if of is None:
        grouped = [queryset.aggregate(summed_up=Sum(name), counted=Count("pk")) | {"measured_in": None}]
    else:
        source = resource.selectable[of]
        group = F(source) if isinstance(source, str) else source
        by_group = queryset.annotate(measured_in=group).values("measured_in")
        grouped = list(
            by_group.annotate(summed_up=Sum(name), counted=Count("pk")).order_by("measured_in")[
                : MOST_GROUPS + 1
            ]
        )
    if len(grouped) > MOST_GROUPS:
        return None
    return [
        {"of": each["measured_in"], "sum": json_value(each["summed_up"]), "rows": each["counted"]}
        for each in grouped
        if each["summed_up"] is not None
    ]
