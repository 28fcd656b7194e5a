"""A record as the beginning of a new one: what may be said again, and nothing that belongs to the first alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

UNIQUE: Final = frozenset({"number", "external_id"})
"""Names that one record bears, whatever its resource calls its key."""

DAYS: Final = frozenset({"date", "datetime"})


def copied(description: Description, row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values of a new record like this one, its lines included.

    Left out: what the server describes as not copied, the key and other codes of its own, what the system keeps
    (number, state, totals), days that are over, and secrets.
    """
    own = {name for name in (description.key, *UNIQUE) if name} | _codes_of_the_label(description)
    values = _values((field for field in description.fields if field.name not in own), row, today)
    lines = description.lines
    if lines is not None:
        values[lines.name] = [_values(lines.fields, line, today) for line in row.get(lines.name) or ()]
    return values


def _codes_of_the_label(description: Description) -> set[str]:
    fields = (description.field(name) for name in description.label)
    return {field.name for field in fields if field is not None and field.type == "code"}


def _values(fields: Iterable[FieldDescription], row: Mapping[str, Any], today: date) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        value = row.get(field.name)
        is_over = field.type in DAYS and str(value)[:10] < today.isoformat()
        if value is None or field.read_only or not field.copied or field.type == "secret" or is_over:
            continue
        values[field.name] = value
        values |= {
            name: row[name]
            for name in (*field.display, field.unit, field.currency)
            if name is not None and name in row
        }
    return values
