"""What of the audit an actor may see: what he may see of the records."""

from __future__ import annotations

from django.db.models import Q

from server.core.context import SecurityContext
from server.core.resources import all_resources


def visible_entries(actor: SecurityContext) -> Q:
    """The entries whose records the actor may see: none of a resource without `view` or with a hidden name."""
    tables: dict[str, bool] = {}
    for resource in all_resources().values():
        seen = actor.can(resource.permission("list")) and not any(
            actor.access(resource.name, name) == "hidden" for name in resource.label
        )
        table = resource.model._meta.db_table
        tables[table] = tables.get(table, False) or seen
    return ~Q(root_table__in=[table for table, seen in tables.items() if not seen])
