"""The plan of one row: what it will do, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from server.imports.issues import ERROR, Flaw, Issue

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"


@dataclass(slots=True)
class RowPlan:
    """What one row will do. Values are in the JSON form of docs/api.md, references by their human code.

    `old` holds the present values of the fields that an update changes; `keys` the keys of the references, `new`
    the texts of those whose record is made by the import itself; `record_id` and `version` name the record to
    update, as it was when the plan was made, and `label` what it is called where the file does not say it.
    `document` is the first row of the document that the row holds a line of, 0 where rows are records. `key` is what
    tells the record apart where several fields do so together.
    """

    row: int
    status: str
    values: dict[str, Any] = field(default_factory=dict)
    old: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, int | None] = field(default_factory=dict)
    old_keys: dict[str, int | None] = field(default_factory=dict)
    record_id: int | None = None
    version: int | None = None
    issues: list[Issue] = field(default_factory=list)
    new: dict[str, str] = field(default_factory=dict)
    label: str = ""
    document: int = 0
    key: str = ""

    def refuse(self, flaw: Flaw, *, column: int | None = None, name: str = "", value: str = "") -> None:
        """Adds a flaw at its place; an error refuses the row."""
        self.issues.append(Issue.at(flaw, row=self.row, column=column, field=name, value=value))
        if flaw.level == ERROR:
            self.status = REFUSED


@dataclass(slots=True)
class Existing:
    """A record that is there already: its values by field in JSON form, its references also by key."""

    record_id: int
    version: int
    values: dict[str, Any]
    keys: dict[str, int | None]
