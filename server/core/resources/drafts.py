"""Documents that are written many at a time: what each is to hold, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.core.errors import FieldError


@dataclass(slots=True)
class Draft:
    """A document to be created, or with an `instance` to be changed, whose lines are then `existing`.

    `data` and `lines` hold clean values by field name, references as keys, as for the service of a single one;
    without `lines` those that are there stay. Checking fills `errors`, whose paths are those of a single document,
    and `remarks`: the index of a line, and what a person should know of it.
    """

    data: dict[str, Any]
    lines: list[dict[str, Any]] | None = None
    instance: Any = None
    existing: Sequence[Any] = ()
    errors: list[FieldError] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
