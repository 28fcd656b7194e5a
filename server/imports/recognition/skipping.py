"""Which rows of a table are data, from its first to its last; the others are told to a person, with the reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from server.imports.issues import ERROR, UnreadableFileError
from server.imports.reading.records import Record
from server.imports.reading.tables import NO_ROW, Dialect, all_records, fitted, is_blank
from server.imports.recognition.footers import BLANK, DECLARED, LOOKED_AT, TITLE, TailRow, footer

MOST_TOLD = 100
LONGEST_TEXT = 80
MOST_FOOTER_ROWS = 1_000


class Extent(NamedTuple):
    """The dialect with the rows that are no data in it, how many rows are, and which of these are not whole."""

    dialect: Dialect
    rows: int
    ragged_rows: list[int]


@dataclass(slots=True)
class _Skipped:
    """The rows that are left out: how many, and the first of them as docs/api.md shows them."""

    rows: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, reason: str, cells: Iterable[str] = (), *, count: int = 1) -> None:
        """Notes a row, or a run of blank ones from it on."""
        self.rows += count
        if len(self.told) < MOST_TOLD:
            text = " | ".join(cell.strip() for cell in cells if cell.strip())[:LONGEST_TEXT]
            self.told.append({"row": row, "rows": count, "reason": reason, "text": text})


def survey_extent(
    chunks: Iterable[bytes], dialect: Dialect, *, width: int, footer_rows: int | None
) -> Extent:
    """Reads the whole file once and returns what of it is data.

    `footer_rows` are the last rows that a person says are none, None where that is to be told from how they look.
    Raises UnreadableFileError, also (`too_many_rows`) where there are more than IMPORT_MOST_ROWS.
    """
    skipped = _Skipped()
    declared = frozenset(dialect.skip_rows)
    first_header_row = dialect.header_row - dialect.header_rows + 1
    tail: deque[TailRow] = deque(maxlen=LOOKED_AT if footer_rows is None else max(footer_rows, 1))
    rows, ragged_rows, before, blank = 0, [], 0, 0
    for record in all_records(chunks, dialect, width=width):
        gap = record.row - before - 1
        before = record.row
        if record.flaw is None and is_blank(record.cells):
            blank += 1 + gap
            continue
        blank += gap
        if blank:
            skipped.add(record.row - blank, BLANK, count=blank)
        apart, blank = blank > 0, 0
        if record.row <= dialect.header_row:
            if record.row < first_header_row:
                skipped.add(record.row, TITLE, record.cells)
            continue
        if record.row in declared:
            skipped.add(record.row, DECLARED, record.cells)
            continue
        rows += 1
        if rows > settings.IMPORT_MOST_ROWS:
            _refuse_rows()
        tail.append(TailRow(record.row, record.cells, apart))
        if _is_broken(record, dialect, width):
            ragged_rows.append(record.row)
    if blank:
        skipped.add(before - blank + 1, BLANK, count=blank)
    if footer_rows is None:
        reasons = footer(tail, width)
    else:
        reasons = [DECLARED] * min(footer_rows, rows)
    last_row = 0
    if reasons:
        behind = list(tail)[-len(reasons) :]
        for each, reason in zip(behind, reasons, strict=True):
            skipped.add(each.row, reason, each.cells)
        last_row = behind[0].row - 1 or NO_ROW
        rows -= len(reasons)
        ragged_rows = [row for row in ragged_rows if row <= last_row]
    told = sorted(skipped.told, key=lambda each: int(each["row"]))
    found = dialect._replace(
        footer_rows=len(reasons), last_row=last_row, skipped=told, skipped_rows=skipped.rows
    )
    return Extent(found, rows, ragged_rows)


def _is_broken(record: Record, dialect: Dialect, width: int) -> bool:
    _cells, flaw = fitted(record, dialect, width)
    return flaw is not None and flaw.level == ERROR


def _refuse_rows() -> None:
    raise UnreadableFileError(
        "too_many_rows",
        _(
            "The file has more than %(limit)d rows. Divide it, or ask the operator to raise the limit "
            "(ERP_IMPORT_MOST_ROWS)."
        )
        % {"limit": settings.IMPORT_MOST_ROWS},
    )
