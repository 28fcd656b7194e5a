"""Keeping, changing and dropping saved filters; what a list would refuse is not kept."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from server.accounts.permissions import declare_permission
from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Forbidden, Invalid, Problem
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated
from server.core.resources import all_resources
from server.core.resources.constraints import translated
from server.core.resources.filtering import apply_filter
from server.core.resources.listing import ordering_of
from server.core.resources.reading import columns_for

from .models import SavedFilter

MANAGE = declare_permission(
    "saved-filters.manage", gettext_lazy("Change and delete filters that others share")
)


def why_not_changeable(actor: SecurityContext, saved: SavedFilter) -> str | None:
    """Why the actor cannot change this one, or None: it is theirs, or they look after what is shared."""
    if saved.owner_id == actor.user_id or actor.can(MANAGE):
        return None
    return _("Somebody else shares this filter. Save it under a name of your own to change it.")


def create_saved_filter(
    *,
    actor: SecurityContext,
    data: dict[str, Any],
    lines: Any = None,  # noqa: ARG001 - the signature of every create service
) -> SavedFilter:
    """The new filter, the actor's own. Raises `Invalid`, `Conflict` for an actor who is nobody."""
    if actor.user_id is None:
        raise Conflict(_("Only a person keeps filters; sign in as one."))
    saved = SavedFilter(organization_id=actor.organization_id, owner_id=actor.user_id, **data)
    _check(actor, saved)
    with translated(saved):
        saved.save()
    record_changes(actor, [created(saved)])
    return saved


def update_saved_filter(
    *,
    actor: SecurityContext,
    instance: SavedFilter,
    data: dict[str, Any],
    lines: Any = None,  # noqa: ARG001 - the signature of every update service
) -> SavedFilter:
    """The changed filter. Raises `Forbidden` for one of somebody else, `Invalid`."""
    _refuse_a_strangers(actor, instance)
    before = snapshot(instance)
    for name, value in data.items():
        setattr(instance, name, value)
    _check(actor, instance)
    if change := updated(instance, before):
        instance.version += 1
        with translated(instance):
            instance.save()
        change.version = instance.version
        record_changes(actor, [change])
    return instance


def delete_saved_filter(*, actor: SecurityContext, instance: SavedFilter) -> None:
    """Drops it. Raises `Forbidden` for one of somebody else."""
    _refuse_a_strangers(actor, instance)
    record_changes(actor, [deleted(instance)])
    instance.delete()


def _refuse_a_strangers(actor: SecurityContext, saved: SavedFilter) -> None:
    if reason := why_not_changeable(actor, saved):
        raise Forbidden(reason, permission=MANAGE)


def _check(actor: SecurityContext, saved: SavedFilter) -> None:
    """Raises `Invalid` for what the list would answer with an error as soon as the filter is used."""
    resource = all_resources().get(saved.resource)
    if resource is None or not actor.can(resource.permission("list")):
        message = _("There is no list “%(name)s”.") % {"name": saved.resource[:60]}
        raise Invalid.field("resource", "not_found", message)
    errors: list[FieldError] = []
    checks = {
        "filter": lambda: apply_filter(actor, resource, resource.queryset(actor), saved.filter),
        "ordering": lambda: saved.ordering and ordering_of(actor, resource, lambda _most: 0, saved.ordering),
        "columns": lambda: columns_for(actor, resource, saved.columns),
    }
    for name, check in checks.items():
        try:
            check()
        except Problem as problem:
            errors.append(FieldError(name, "invalid", problem.detail))
    if errors:
        raise Invalid(errors)
