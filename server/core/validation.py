"""Invariants that a single record can check by itself, for the `clean` of models."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from .fields import ExactDecimalField


def run_field_validators(instance: models.Model) -> None:
    """Run the validators that the fields of a record declare, such as those of an e-mail address.

    Exact decimals and references are left out: they check themselves on the way in, with a query at most a
    table. Raises `ValidationError` by field.
    """
    errors: dict[str, list[ValidationError]] = {}
    for field in instance._meta.concrete_fields:
        if (
            isinstance(field, ExactDecimalField | models.ForeignKey | models.AutoField)
            or not field.validators
        ):
            continue
        try:
            field.run_validators(getattr(instance, field.attname))
        except ValidationError as error:
            errors[field.name] = error.error_list
    if errors:
        raise ValidationError(errors)


@cache
def _validated_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.validators
        and not isinstance(field, ExactDecimalField | models.ForeignKey | models.AutoField)
    )


def refuse_cycle(instance: Any, name: str) -> None:
    """Raise `ValidationError` where following a reference to the same model would come back to the record.

    Nothing is asked where `hierarchy_is_checked` says that many records were checked together.
    """
    if getattr(instance, "hierarchy_is_checked", False):
        return
    field = instance._meta.get_field(name)
    above = getattr(instance, field.attname)
    seen: set[int] = set()
    while above is not None and instance.pk is not None and above not in seen:
        if above == instance.pk:
            raise ValidationError(
                {name: _("%(title)s would lead back to the record itself.") % {"title": field.verbose_name}}
            )
        seen.add(above)
        above = (
            type(instance)
            .objects.within(instance)
            .filter(pk=above)
            .values_list(field.attname, flat=True)
            .first()
        )
