"""What the server answers about import sessions (docs/api.md, "Import sessions")."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from erp_tui.core.remote.models import Answer


class SkippedRows(Answer):
    """Rows of the file that are no data: ``rows`` of them from ``row`` on, and how they begin."""

    row: int
    rows: int = 1
    reason: str = ""
    text: str = ""


class Sheet(Answer):
    """A sheet of a workbook, or an array of records in JSON."""

    name: str
    hidden: bool = False


class Dialect(Answer):
    """How a file is to be read; ``header_row`` counts from 1, 0 means that there is none.

    ``encoding`` and the three after it are empty where a format has none.
    """

    format: str = "delimited"
    encoding: str = "utf-8"
    encoding_sure: bool = True
    delimiter: str | None = ","
    quote: str | None = '"'
    newline: str = "\n"
    has_bom: bool = False
    sheet: str = ""
    sheets: list[Sheet] = []
    header_row: int = 1
    header_rows: int = 1
    last_row: int = 0
    footer_rows: int = 0
    skip_rows: list[int] = []
    skipped: list[SkippedRows] = []
    skipped_rows: int = 0
    empty: Literal["leave", "clear"] = Field(default="leave")
    clear_mark: str = "-"
    empty_head: Literal["refuse", "above"] = Field(default="refuse")

    @property
    def is_text(self) -> bool:
        """Whether it has an encoding, a delimiter and quotes that may be other ones."""
        return self.format == "delimited"


class ImportColumn(Answer):
    """One column of the file, with the first values in it."""

    index: int
    name: str = ""
    samples: list[str] = []


class ImportCounts(Answer):
    """What an import does, or would do, in rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0


class ImportProblem(Answer):
    """Something about the whole file; who else has it open since when, where that is the matter."""

    code: str
    message: str
    user: str = ""
    at: datetime | None = None
    session: int | None = None


class ImportSession(Answer):
    """One file on its way into a resource.

    ``atomic`` says whether it goes in as a whole, ``atomic_because`` why: its ``size`` (files of up to ``atomic_rows``
    rows do), ``documents``, rows that refer to rows ``within`` it, or ``chosen``.
    """

    id: int
    version: int
    into: str
    filename: str = ""
    size: int = 0
    sha256: str = ""
    state: Literal["recognised", "validating", "validated", "applying", "applied", "failed", "undone"]
    dialect: Dialect = Dialect()
    columns: list[ImportColumn] = []
    mapping: dict[str, dict[str, Any]] = {}
    mapped_by: dict[str, str] = {}
    match_on: str = ""
    may_match_on: list[str] = []
    fixed_cells: int = 0
    mode: Literal["insert", "update", "upsert"] = "upsert"
    on_duplicate: Literal["refuse", "skip", "update"] = "refuse"
    rows: int | None = None
    counts: ImportCounts | None = None
    atomic: bool = True
    atomic_because: str = "size"
    atomic_rows: int = 0
    job: int | None = None
    change_set: str | None = None
    result: Any = None
    known_file: bool = False
    problems: list[ImportProblem] = []


class FedSession(ImportSession):
    """A session to which mended rows were given back: ``rows``, ``cells`` of them that differ, and ``unchanged``."""

    fed: dict[str, int] = {}


class ImportIssue(Answer):
    """What is wrong with one cell, and what would mend it."""

    column: int | None = None
    field: str = ""
    value: str | None = None
    code: str = ""
    level: str = "error"
    message: str = ""
    remedy: str | None = None


class ImportRow(Answer):
    """One row of the file; ``row`` is its line number there, the header counted."""

    row: int
    status: str
    values: dict[str, Any] = {}
    old: dict[str, Any] = {}
    issues: list[ImportIssue] = []


class ImportRows(Answer):
    """Some rows of an import session; ``next`` is the ``after_row`` of the following ones."""

    rows: list[ImportRow] = Field(default=[], alias="results")
    next: int | None = None


class Proposal(Answer):
    """A record, or the value of a choice, that a text may mean; ``score`` is 1 where the spelling alone differs."""

    record: int | str
    code: str | None = None
    label: str = ""
    score: float = 0.0


class UnknownValue(Answer):
    """A text of the file that stands for nothing known, in ``rows`` of its rows."""

    field: str
    title: str = ""
    kind: Literal["reference", "choice"] = "reference"
    resource: str | None = None
    text: str
    rows: int = 0
    first_row: int = 0
    may_create: bool = False
    create: dict[str, Any] = {}
    alike: list[str] = []
    proposals: list[Proposal] = []


class ImportValues(Answer):
    """The texts that stand for nothing known, those settled before, and how many more there are."""

    values: list[UnknownValue] = Field(default=[], alias="results")
    settled: list[dict[str, Any]] = []
    more: int = 0
