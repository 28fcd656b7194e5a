"""One change of one record: what audit stores, previews show and undo reverses."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

# The last four change no record; they stand in the audit beside those that do (C-062, C-063).
Action = Literal["create", "update", "delete", "sign_in", "sign_out", "refuse", "export"]


@dataclass(slots=True)
class Change:
    """`old` and `new` hold only the fields that differ, in their JSON form.

    `root_table` and `root_id` name the aggregate root, so that a line's change stands in its order's
    timeline; `version` is the record's version after the change, by which undo sees whether it moved.
    """

    resource: str
    table: str
    record_id: int | None
    label: str
    action: Action
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    root_table: str = ""
    root_id: int | None = None
    version: int | None = None
    inverse: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form of docs/api.md: `{resource, id, label, action, fields: {name: {old, new}}}`."""
        names = [*self.new, *(name for name in self.old if name not in self.new)]
        return {
            "resource": self.resource,
            "id": self.record_id,
            "label": self.label,
            "action": self.action,
            "fields": {name: {"old": self.old.get(name), "new": self.new.get(name)} for name in names},
        }


def json_value(value: Any) -> Any:
    """A value in the form that the API and the audit share: exact decimals as text, times in UTC."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value
