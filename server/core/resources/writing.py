"""Create, change and delete records: the one path of the API, the command line and undo.

Each function is one piece of work inside the caller's transaction: clean → lock → check the version →
change → audit. A resource may bring services of its own; the checks around them stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import FieldError, Forbidden, Invalid, Stale, missing
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated

from .cleaning import Cleaner
from .constraints import in_use, translated
from .registry import Lines, Resource


def require(actor: SecurityContext, permission: str) -> None:
    """Raise `Forbidden` unless the actor has this permission."""
    if not actor.can(permission):
        raise Forbidden(
            _("Your role lacks the permission “%(permission)s”. Ask an administrator for it.")
            % {"permission": permission},
            permission=permission,
        )


def _supports(resource: Resource, verb: str) -> None:
    if verb not in resource.operations:
        raise Forbidden(
            _("%(title)s cannot be written this way.") % {"title": resource.title},
            permission=resource.permission(verb),
        )


@transaction.atomic
def create_record(actor: SecurityContext, resource: Resource, body: Any) -> Any:
    """The new instance. Raises `Forbidden`, `Invalid`."""
    _supports(resource, "create")
    require(actor, resource.permission("create"))
    data, lines = Cleaner(actor, resource).clean(body, creating=True, whole=True)
    data = {**resource.defaults, **data}
    if resource.create is not None:
        return resource.create(actor=actor, data=data, lines=lines)
    return _create(actor, resource, data, lines)


@transaction.atomic
def update_record(
    actor: SecurityContext,
    resource: Resource,
    key: int,
    body: Any,
    *,
    version: int | None,
    whole: bool = False,
    held: Any = None,
) -> Any:
    """The changed instance; `version` None skips the check, for callers that hold the lock already.

    `held` is the record where the caller has it from `hold`, so that it is not read again. Raises `Forbidden`, `NotFound`, `Stale`, `Invalid`.
    """
    _supports(resource, "update")
    require(actor, resource.permission("update"))
    instance = lock_record(actor, resource, key, version, held=held)
    before_version = getattr(instance, "version", None)
    data, lines = Cleaner(actor, resource).clean(body, creating=False, whole=whole)
    count = len(actor.changes)
    if resource.update is not None:
        instance = resource.update(actor=actor, instance=instance, data=data, lines=lines)
    else:
        _update(actor, resource, instance, data, lines)
    if before_version is not None and instance.version == before_version and len(actor.changes) > count:
        raise_version(instance)
    return instance


@transaction.atomic
def delete_record(actor: SecurityContext, resource: Resource, key: int, *, version: int | None) -> None:
    """Delete a record that nothing refers to. Raises `Forbidden`, `NotFound`, `Stale`, `InUse`."""
    _supports(resource, "delete")
    require(actor, resource.permission("delete"))
    instance = lock_record(actor, resource, key, version)
    if resource.delete is not None:
        resource.delete(actor=actor, instance=instance)
        return
    changes = [deleted(line, root=instance) for line in _existing_lines(resource, instance)]
    changes.append(deleted(instance))
    record_changes(actor, changes)
    with translated(instance):
        for line in _existing_lines(resource, instance):
            line.delete()
        if in_use(instance).extra["used_by"]:
            raise in_use(instance)
        instance.delete()


def hold(actor: SecurityContext, resource: Resource, keys: Sequence[int]) -> dict[int, Any]:
    """Those of these records that the actor sees, locked in one order until the transaction ends."""
    return {instance.pk: instance for instance in lock(_lockable(actor, resource, keys))}


def lock_record(
    actor: SecurityContext, resource: Resource, key: int, version: int | None, *, held: Any = None
) -> Any:
    """The instance, locked, at exactly this version. Raises `NotFound`, `Stale` with the current values."""
    instance = held if held is not None else hold(actor, resource, [key]).get(key)
    if instance is None:
        raise missing(str(resource.title_one), key)
    if version is not None and instance.version != version:
        from .reading import detail_row

        current = detail_row(actor, resource, key) or {}
        raise Stale(
            _(
                "%(title)s “%(record)s” was changed after you read it (version %(theirs)d, yours was %(yours)d). Look at the changes and decide."
            )
            % {
                "title": resource.title_one,
                "record": current.get(resource.key, key),
                "theirs": instance.version,
                "yours": version,
            },
            current=current,
            version=instance.version,
        )
    return instance


def _lockable(actor: SecurityContext, resource: Resource, keys: Sequence[int]) -> Any:
    """The rows alone: what decides who sees them may join other tables, and those are not to be locked."""
    if resource.scope is None and resource.visible is None:
        return resource.model.objects.within(actor).filter(pk__in=keys)
    seen = resource.queryset(actor).filter(pk__in=keys).values("pk")
    return resource.model.objects.within(actor).filter(pk__in=seen)


def raise_version(instance: Any) -> None:
    """Count one change of an aggregate root, in the database and in the instance."""
    type(instance)._base_manager.filter(pk=instance.pk).update(version=F("version") + 1)
    instance.version += 1


def _assign(instance: Any, data: dict[str, Any]) -> None:
    for name, value in data.items():
        setattr(instance, instance._meta.get_field(name).attname, value)


def _save(instance: Any) -> None:
    with translated(instance):
        instance.clean()
        instance.save()


def _create(
    actor: SecurityContext, resource: Resource, data: dict[str, Any], lines: list[dict[str, Any]] | None
) -> Any:
    instance = resource.model(organization_id=actor.organization_id)
    _assign(instance, data)
    _save(instance)
    changes = [created(instance)]
    if resource.lines and lines:
        changes += _write_lines(actor, resource.lines, instance, lines, [])
    record_changes(actor, changes)
    return instance


def _update(
    actor: SecurityContext,
    resource: Resource,
    instance: Any,
    data: dict[str, Any],
    lines: list[dict[str, Any]] | None,
) -> None:
    before = snapshot(instance)
    _assign(instance, data)
    changes = [change for change in (updated(instance, before),) if change]
    line_changes = (
        _write_lines(actor, resource.lines, instance, lines, _existing_lines(resource, instance))
        if resource.lines and lines is not None
        else []
    )
    if not changes and not line_changes:
        return
    if hasattr(instance, "version"):
        instance.version += 1
    _save(instance)
    for change in changes:
        change.version = getattr(instance, "version", None)
    record_changes(actor, changes + line_changes)


def _existing_lines(resource: Resource, instance: Any) -> list[Any]:
    if resource.lines is None:
        return []
    return list(
        resource.lines.model.objects.within(instance)
        .filter(**{resource.lines.parent: instance})
        .order_by("pk")
    )


def _write_lines(
    actor: SecurityContext, declared: Lines, root: Any, lines: list[dict[str, Any]], existing: list[Any]
) -> list[Change]:
    by_key = {line.pk: line for line in existing}
    changes: list[Change] = []
    kept: set[int] = set()
    for index, values in enumerate(lines):
        values = dict(values)
        key = values.pop("id", None)
        if key is not None and key not in by_key:
            raise Invalid(
                [
                    FieldError(
                        f"{declared.name}[{index}].id", "not_found", _("This document has no such line.")
                    )
                ]
            )
        line = by_key[key] if key is not None else declared.model(organization_id=actor.organization_id)
        before = snapshot(line)
        setattr(line, declared.parent, root)
        _assign(line, values)
        if key is not None:
            kept.add(key)
            if change := updated(line, before, root=root):
                changes.append(change)
                _save(line)
        else:
            _save(line)
            changes.append(created(line, root=root))
    for key, line in by_key.items():
        if key not in kept:
            changes.append(deleted(line, root=root))
            with translated(line):
                line.delete()
    return changes
