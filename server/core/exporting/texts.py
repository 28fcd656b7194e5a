"""A value of a list as one cell of text, and as text that a spreadsheet does not run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from server.core.formula_guard import guard, guard_value
from server.core.http.json import dumps
from server.core.resources.specs import TEXT_TYPES

from .columns import MASK, ExportColumn

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """For whom a file is: programs, which go by names and stored values, or a person in a time zone."""

    by_name: bool
    zone: ZoneInfo


CellText = Callable[[Any], str]


def cell_text(column: ExportColumn, style: Style) -> CellText:
    """How a column's values are written: as docs/api.md writes them, choices by title for people."""
    if column.masked:
        return _masked
    if column.choices and not style.by_name:
        choices = column.choices
        return lambda value: "" if value is None else guard(choices.get(value, str(value)))
    if column.type in TEXT_TYPES or column.type == "choice":
        return lambda value: guard_value(plain_text(value))
    return plain_text


def plain_text(value: Any) -> str:
    """The value as text: nothing for null, JSON for what has parts."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return dumps(value).decode()


def _masked(value: Any) -> str:
    return "" if value is None else MASK
