"""What can be wrong with a file, a row or a cell, in words that a person can act on."""

from __future__ import annotations

from typing import Any, NamedTuple

ERROR = "error"
WARNING = "warning"


class UnreadableFileError(Exception):
    """The file cannot be taken in at all.

    `code` is stable and for programs (`empty`, `binary`, `nul_bytes`, `undecodable`, `broken_quotes` …);
    `message` is a sentence for a person that says what was found and what to do next.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Flaw(NamedTuple):
    """What is wrong with one text, wherever it stands; `level` is ERROR (refuses the row) or WARNING."""

    code: str
    message: str
    remedy: str = ""
    level: str = ERROR


class Issue(NamedTuple):
    """A flaw at its place: `row` as the file counts, the header included; `column` from 0, None for all."""

    row: int
    column: int | None
    field: str
    value: str
    code: str
    level: str
    message: str
    remedy: str

    @classmethod
    def at(cls, flaw: Flaw, *, row: int, column: int | None, field: str, value: str) -> Issue:
        """Returns the flaw placed at a row, a column and a field."""
        return cls(row, column, field, value, flaw.code, flaw.level, flaw.message, flaw.remedy)

    def as_json(self) -> dict[str, Any]:
        """Returns the issue as docs/api.md shows it inside a row."""
        data = self._asdict()
        del data["row"]
        return data
