"""Saved filters as people see them: their own and those that are shared, of lists that they may see."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.resources import Resource, all_resources, naming, register

from .models import SavedFilter
from .services import create_saved_filter, delete_saved_filter, update_saved_filter, why_not_changeable


def visible_filters(actor: SecurityContext) -> Q:
    """A filter may name what a list holds, so it is seen by those alone who may see the list."""
    lists = [name for name, resource in all_resources().items() if actor.can(resource.permission("list"))]
    return (Q(owner=actor.user_id) | Q(shared=True)) & Q(resource__in=lists)


register(
    Resource(
        name="saved-filters",
        model=SavedFilter,
        module="system",
        title=_("Saved filters"),
        title_one=_("Saved filter"),
        key="id",
        label=("name",),
        fields=("name", "resource", "search", "filter", "ordering", "columns", "shared", "owner"),
        read_only=("owner",),
        create_only=("resource",),
        columns=("name", "resource", "filter", "shared", "owner_username"),
        search=("name", "resource", "filter"),
        names={"resource": naming.resources},
        named_filters={"shared": (_("Shared"), Q(shared=True))},
        ordering="name",
        visible=visible_filters,
        create=create_saved_filter,
        update=update_saved_filter,
        delete=delete_saved_filter,
        frozen=why_not_changeable,
        operations=("list", "create", "update", "delete"),
    )
)
