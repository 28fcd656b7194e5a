"""Values of a plan in the form that a database column takes, without a model instance a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection, models

from server.core.fields import ExactDecimalField

Adapter = Callable[[Any], Any]


def adapter_of(field: models.Field) -> Adapter:
    """Returns the function from the JSON form of a field's value to what its column takes."""
    if isinstance(field, ExactDecimalField):
        return _scaled
    if isinstance(field, models.DateTimeField):
        return lambda value: field.get_db_prep_save(value and dt.datetime.fromisoformat(value), connection)
    if isinstance(field, models.DateField | models.CharField | models.TextField | models.BooleanField):
        return _as_it_is
    if isinstance(field, models.IntegerField | models.ForeignKey):
        return _as_it_is
    return lambda value: field.get_db_prep_save(field.to_python(value), connection)


def default_of(field: models.Field) -> Any:
    """Returns what the column of a new record holds where nothing is given."""
    value = field.get_default()
    return field.get_db_prep_save(value, connection)


def moment_of(field: models.Field, moment: dt.datetime) -> Any:
    """Returns a moment as the column takes it."""
    return field.get_db_prep_save(moment, connection)


def _as_it_is(value: Any) -> Any:
    return value


def _scaled(value: str | None) -> int | None:
    """Returns the stored integer of a canonical decimal, which has exactly the decimals of its field."""
    return None if value is None else int(value.replace(".", "", 1))
