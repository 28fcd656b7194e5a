"""The data rows of a session: the file as it came, with the corrected cells laid over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from .issues import ERROR
from .models import ImportCellFix, ImportSession
from .reading import Record, ragged, read_records
from .recognise import Dialect, bom_length
from .storage import opener


def data_rows(session: ImportSession) -> Iterator[Record]:
    """Yields every data row under its number; titles, the header and blank rows are left out.

    A row that is ragged or broken carries its flaw, unless a person has given all its cells. Raises
    UnreadableFileError.
    """
    dialect = Dialect(**session.dialect)
    width = len(session.columns)
    fixes = fixes_of(session)
    for record in read_records(
        opener(session.file)(),
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        skip=bom_length(dialect),
        width=width,
    ):
        if record.row <= dialect.header_row or not record.cells:
            continue
        flaw = record.flaw
        if flaw is None or flaw.level != ERROR:
            flaw = ragged(record.cells, width) or flaw
        fixed = fixes.get(record.row)
        if flaw is None and fixed is None:
            yield record
        elif fixed is None:
            yield record._replace(flaw=flaw)
        else:
            yield _corrected(record._replace(flaw=flaw), fixed, width)


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


def _corrected(record: Record, fixed: dict[int, str], width: int) -> Record:
    if record.flaw is not None and record.flaw.level == ERROR:
        if len(fixed) < width:
            return record
        return record._replace(cells=[fixed[column] for column in range(width)], flaw=None)
    return record._replace(cells=[fixed.get(column, cell) for column, cell in enumerate(record.cells)])
