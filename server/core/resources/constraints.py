"""From what the database or a model refuses to errors that name the field and a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from server.core.errors import FieldError, InUse, Invalid

from .registry import name_of_model


@contextmanager
def translated(instance: models.Model) -> Iterator[None]:
    """Run a save or delete in a savepoint; what is refused comes out as `Invalid` or `InUse`.

    A unique constraint is found by asking, after the refusal, which one another row already meets, so two
    writers at the same moment get the same sentence as one after the other.
    """
    try:
        with transaction.atomic():
            yield
    except ValidationError as error:
        raise Invalid(field_errors(error)) from error
    except (ProtectedError, RestrictedError) as error:
        raise in_use(instance) from error
    except IntegrityError as error:
        duplicates = list(_duplicates(instance))
        if duplicates:
            raise Invalid(duplicates) from error
        for constraint in instance._meta.constraints:
            if isinstance(constraint, models.CheckConstraint) and constraint.name in str(error):
                message = str(constraint.violation_error_message)
                raise Invalid([FieldError("", "invalid", message)]) from error
        raise


def field_errors(error: ValidationError) -> list[FieldError]:
    """What Django's validation has found, as errors of docs/api.md."""
    return list(_from_validation(error))


def _from_validation(error: ValidationError) -> Iterator[FieldError]:
    if hasattr(error, "error_dict"):
        for name, problems in error.error_dict.items():
            for problem in problems:
                path = "" if name == NON_FIELD_ERRORS else name
                yield FieldError(path, problem.code or "invalid", " ".join(problem.messages))
    else:
        for message in error.messages:
            yield FieldError("", getattr(error, "code", None) or "invalid", message)


def _duplicates(instance: models.Model) -> Iterator[FieldError]:
    for field in instance._meta.concrete_fields:
        if field.unique and not field.primary_key:
            value = getattr(instance, field.attname)
            if type(instance)._base_manager.filter(**{field.attname: value}).exclude(pk=instance.pk).exists():
                yield _duplicate([field], instance)
    for constraint in instance._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint) or not constraint.fields:
            continue
        fields = [instance._meta.get_field(name) for name in constraint.fields]
        values: dict[str, Any] = {field.attname: getattr(instance, field.attname) for field in fields}
        twins = type(instance)._base_manager.filter(**values).exclude(pk=instance.pk)
        if constraint.condition is not None:
            twins = twins.filter(constraint.condition)
        if twins.exists():
            shown = [field for field in fields if field.name != "organization"]
            yield _duplicate(shown or fields, instance)


def _duplicate(fields: list[models.Field], instance: models.Model) -> FieldError:
    return FieldError(
        fields[-1].name,
        "duplicate",
        _("%(field)s “%(value)s” is taken already; choose another one or change the record that has it.")
        % {
            "field": ", ".join(str(capfirst(field.verbose_name)) for field in fields),
            "value": ", ".join(str(getattr(instance, field.attname)) for field in fields),
        },
    )


def in_use(instance: models.Model) -> InUse:
    """The refusal to delete a record that others refer to, with how many of each kind."""
    used_by = []
    listed: list[str] = []
    for relation in instance._meta.related_objects:
        if relation.on_delete is models.CASCADE:
            continue
        model = relation.related_model
        count = model._base_manager.filter(**{relation.field.name: instance.pk}).count()
        if count:
            used_by.append({"resource": name_of_model(model), "count": count})
            listed.append(
                f"{count} × {model._meta.verbose_name_plural if count > 1 else model._meta.verbose_name}"
            )
    return InUse(
        _("This %(what)s is referred to by %(listed)s. Deactivate it instead of deleting it.")
        % {"what": instance._meta.verbose_name, "listed": ", ".join(listed)},
        used_by=used_by,
    )
