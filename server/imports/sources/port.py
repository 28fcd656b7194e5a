"""What a source of rows is: the port that a module for one format fills."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

ERROR, WARNING = "error", "warning"
OUT_OF_MEMORY = 77
"""The exit code of a child that came to its cap of memory and could still say so."""
Facts = dict[str, Any]
"""What a sentence about a refusal, a flaw or a note names: numbers and short texts."""


class Refused(Exception):
    """The file cannot be read as a whole; `wording` has the sentence for the code."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts: Facts = facts


class Mark(NamedTuple):
    """What is wrong with a row, by its code; an error refuses the row, a warning informs."""

    code: str
    facts: Facts
    level: str = ERROR


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold: data rows, columns, characters of a cell and of a row, bytes once unpacked."""

    rows: int
    columns: int
    cell: int
    row: int
    unpacked: int


class Sheet(NamedTuple):
    """One of the tables of a file; a hidden one is told of, and taken only where it is asked for."""

    name: str
    hidden: bool = False


@dataclass(slots=True)
class Found:
    """What a file turned out to be.

    `names` are the columns of a format that names them itself, None where a row of the table may do so.
    `notes` are for a person to know: a code and its facts.
    """

    sheet: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    names: list[str] | None = None
    notes: list[tuple[str, Facts]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Returns it as it leaves the child."""
        return asdict(self) | {"sheets": [sheet._asdict() for sheet in self.sheets]}


class Rows(Protocol):
    """Where a source puts its rows."""

    def put(self, number: int, cells: list[str], marks: list[Mark]) -> None:
        """Takes the row with this number; raises `Refused` where a limit is passed."""


class Source(Protocol):
    """A module of this package that reads one format."""

    def read(self, path: Path, rows: Rows, *, sheet: str | None, limits: Limits) -> Found:
        """Puts every row of one sheet, the first that fits unless one is named.

        Raises `Refused`. Any other exception says that the file is damaged.
        """
