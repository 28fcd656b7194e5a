"""The data rows of a session: the file as it came, with the corrected cells laid over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice

from server.imports.issues import ERROR
from server.imports.models import ImportCellFix, ImportSession
from server.imports.reading.converting import rows_opener
from server.imports.reading.records import Record
from server.imports.reading.tables import Dialect, data_records


def data_rows(session: ImportSession) -> Iterator[Record]:
    """Yields every data row under its number; titles, the header, totals and blank rows are left out.

    A row that is ragged or broken carries its flaw, unless a person has given all its cells. Raises
    UnreadableFileError.
    """
    dialect = Dialect(**session.dialect)
    width = len(session.columns)
    fixes = fixes_of(session)
    replacements = {int(column): texts for column, texts in session.replacements.items()}
    for record in data_records(rows_opener(session)(), dialect, width=width, kept=fixes):
        if replacements and (record.flaw is None or record.flaw.level != ERROR):
            record = _replaced(record, replacements)
        fixed = fixes.get(record.row)
        yield record if fixed is None else _corrected(record, fixed, width)


def in_blocks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Yields the records in lists of at most `size`."""
    while block := list(islice(records, size)):
        yield block


def fixes_of(session: ImportSession) -> dict[int, dict[int, str]]:
    """Returns the corrected values by row and column."""
    fixes: dict[int, dict[int, str]] = defaultdict(dict)
    rows = ImportCellFix.objects.within(session).filter(session=session).values_list("row", "column", "value")
    for row, column, value in rows:
        fixes[row][column] = value
    return fixes


def _replaced(record: Record, replacements: Mapping[int, Mapping[str, str]]) -> Record:
    cells = record.cells
    for column, texts in replacements.items():
        if column < len(cells) and cells[column] in texts:
            cells = [*cells[:column], texts[cells[column]], *cells[column + 1 :]]
    return record if cells is record.cells else record._replace(cells=cells)


def _corrected(record: Record, fixed: dict[int, str], width: int) -> Record:
    if record.flaw is not None and record.flaw.level == ERROR:
        if len(fixed) < width:
            return record
        return record._replace(cells=[fixed[column] for column in range(width)], flaw=None)
    return record._replace(cells=[fixed.get(column, cell) for column, cell in enumerate(record.cells)])
