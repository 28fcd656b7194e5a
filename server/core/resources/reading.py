"""Lists and details: plain rows from `.values()`, the same row in a list and in a detail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.operations.registry import all_operations
from server.core.ports import read_counts

from .registry import Resource, all_resources

DETAIL_ACTIONS = ("update", "delete")


def columns_for(actor: SecurityContext, resource: Resource, wanted: str | None = None) -> dict[str, Any]:
    """The columns that the actor may see, or of those the wanted ones: name → path or expression.

    Raises `Invalid` for a wanted column that is hidden or unknown; the two cannot be told apart.
    """
    visible = {
        name: source
        for name, source in resource.selectable.items()
        if actor.access(resource.name, resource.display.get(name, ("", name))[1]) != "hidden"
    }
    if wanted is None:
        return visible
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    unknown = [name for name in names if name not in visible]
    if unknown:
        raise Invalid(
            [
                FieldError("fields", "unknown", _("There is no field “%(name)s” here.") % {"name": name[:60]})
                for name in unknown
            ]
        )
    chosen = {"id": visible["id"]}
    if "version" in visible:
        chosen["version"] = visible["version"]
    chosen.update({name: visible[name] for name in names})
    return chosen


def rows_of(queryset: Any, columns: Mapping[str, Any]) -> Any:
    """The queryset as dictionaries with exactly these columns."""
    plain = [name for name, source in columns.items() if source == name]
    computed = {
        name: F(source) if isinstance(source, str) else source
        for name, source in columns.items()
        if source != name
    }
    return queryset.values(*plain, **computed)


def detail_row(actor: SecurityContext, resource: Resource, key: int) -> dict[str, Any] | None:
    """The list row of one record with its lines, `_actions` and `_counts`; None where the actor sees no such record."""
    row = rows_of(resource.queryset(actor).filter(pk=key), columns_for(actor, resource)).first()
    if row is None:
        return None
    if resource.freshen is not None:
        resource.freshen([row])
    if resource.lines is not None:
        lines = resource.lines
        queryset = (
            lines.model.objects.within(actor).filter(**{lines.parent: key}).order_by(lines.ordering, "pk")
        )
        row[lines.name] = list(rows_of(queryset, resource.line_selectable))
    row["_actions"] = _actions(actor, resource, key)
    row["_counts"] = read_counts(actor, resource.model._meta.db_table, key)
    return row


def visible_changes(actor: SecurityContext) -> list[dict[str, Any]]:
    """What the actor's work has changed, in the form of docs/api.md, without the fields that a rule hides.

    Several resources may stand over one table, so a field is left out where a rule of any of them hides it.
    """
    hidden: dict[str, set[str]] = defaultdict(set)
    for (resource, name), access in actor.field_rules.items():
        if access == "hidden" and resource in all_resources():
            hidden[all_resources()[resource].model._meta.db_table].add(name)
    listed = []
    for change in actor.changes:
        described = change.as_json()
        for name in hidden[change.table]:
            described["fields"].pop(name, None)
        listed.append(described)
    return listed


def _actions(actor: SecurityContext, resource: Resource, key: int) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    declared = all_operations()
    needs_record = resource.frozen is not None or any(declared[name].blocked for name in resource.row_actions)
    record = resource.model._base_manager.get(pk=key) if needs_record else None
    for verb in DETAIL_ACTIONS:
        if verb not in resource.operations:
            continue
        reason = None if actor.can(resource.permission(verb)) else _lacking(resource.permission(verb))
        if reason is None and resource.frozen is not None:
            reason = resource.frozen(actor, record)
        actions[verb] = _action(reason)
    for name in resource.row_actions:
        operation = declared[name]
        reason = None if actor.can(operation.permission) else _lacking(operation.permission)
        if reason is None and operation.blocked is not None:
            reason = operation.blocked(actor, record)
        actions[name] = _action(reason)
    return actions


def _lacking(permission: str) -> str:
    return _("Your role lacks the permission “%(permission)s”.") % {"permission": permission}


def _action(reason: str | None) -> dict[str, Any]:
    return {"enabled": True} if reason is None else {"enabled": False, "reason": str(reason)}
