"""From model instances to the changes that the audit keeps."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models

from .changes import Change, json_value

# Bookkeeping that says nothing about the business: kept out of old and new values.
UNRECORDED = frozenset({"id", "organization", "version", "created_at", "updated_at"})

_NOTHING: tuple[Any, ...] = (None, "", {}, [])


@cache
def recorded_fields(model: Any) -> tuple[tuple[str, str], ...]:
    """Pairs (name, attribute) of the fields of a model that the audit keeps; keys stand for references."""
    secret: frozenset[str] = getattr(model, "unrecorded_fields", frozenset())
    return tuple(
        (field.name, field.attname)
        for field in model._meta.concrete_fields
        if field.name not in UNRECORDED and field.name not in secret
    )


def snapshot(instance: models.Model) -> dict[str, Any]:
    """The values of all recorded fields in their JSON form; references as keys."""
    model: Any = type(instance)
    return {name: json_value(getattr(instance, attribute)) for name, attribute in recorded_fields(model)}


def same_value(model: type[models.Model], name: str, one: Any, other: Any) -> bool:
    """Whether two values in their JSON form are one value of this field: `2.5` is `2.5000`, none is empty."""
    if one == other or (one in _NOTHING and other in _NOTHING):
        return True
    if one is None or other is None:
        return False
    column = model._meta.get_field(name)
    return bool(column.to_python(one) == column.to_python(other))


def label_of(instance: models.Model) -> str:
    """What a person calls this record: its number or code, with its name."""
    parts = [
        str(value)
        for name in ("number", "code", "username", "name")
        if (value := getattr(instance, name, None))
    ]
    return " ".join(parts) or f"{instance._meta.verbose_name} {instance.pk}"


def _root(instance: models.Model, root: models.Model | None) -> dict[str, Any]:
    anchor = root if root is not None else instance
    return {
        "root_table": anchor._meta.db_table,
        "root_id": anchor.pk,
        "version": getattr(instance, "version", None),
    }


def _resource_name(model: type[models.Model]) -> str:
    from .resources.registry import name_of_model

    return name_of_model(model)


def created(instance: models.Model, *, root: models.Model | None = None, inverse: str = "") -> Change:
    """The change that this saved instance's creation was. `inverse` names the operation that takes it back."""
    model = type(instance)
    new = {name: value for name, value in snapshot(instance).items() if value not in (None, "", {}, [])}
    return Change(
        _resource_name(model),
        model._meta.db_table,
        instance.pk,
        label_of(instance),
        "create",
        {},
        new,
        inverse=inverse,
        **_root(instance, root),
    )


def updated(
    instance: models.Model, before: dict[str, Any], *, root: models.Model | None = None, inverse: str = ""
) -> Change | None:
    """What differs from the snapshot taken before; None where nothing does."""
    model = type(instance)
    after = snapshot(instance)
    differing = [name for name in after if after[name] != before[name]]
    if not differing:
        return None
    return Change(
        _resource_name(model),
        model._meta.db_table,
        instance.pk,
        label_of(instance),
        "update",
        {name: before[name] for name in differing},
        {name: after[name] for name in differing},
        inverse=inverse,
        **_root(instance, root),
    )


def deleted(instance: models.Model, *, root: models.Model | None = None) -> Change:
    """The change that this instance's deletion is; call it before deleting, while it still has its key."""
    model = type(instance)
    return Change(
        _resource_name(model),
        model._meta.db_table,
        instance.pk,
        label_of(instance),
        "delete",
        snapshot(instance),
        {},
        **_root(instance, root),
    )
