"""Helpers of the tests of imports: files as bytes, and the real ones beside the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.imports.reading.records import Record, read_records
from server.imports.reading.tables import all_records, data_records
from server.imports.recognition.recognise import Recognition, bom_length, recognise
from server.imports.sources.conversion import converted

DATA = Path(__file__).parents[3].parent / "shared" / "data"
MEAT_PLANTS = DATA / "fsis_meat_plants" / "MPI_Directory_by_Establishment_Name_Original.csv"
FOODS = DATA / "usda_sr25" / "FOOD_DES.txt"


def real_file(path: Path) -> bytes:
    """Returns the bytes of a real file; skips the test where it is missing."""
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    return path.read_bytes()


def in_chunks(data: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    """Yields the bytes in pieces, as a stored file gives them."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def recognised(
    data: bytes, *, filename: str = "table.csv", size: int = 1 << 20, **options: Any
) -> Recognition:
    """Returns what the bytes are recognised as."""
    return recognise(lambda: in_chunks(data, size), filename=filename, **options)


def records(data: bytes, *, size: int = 1 << 20, **options: Any) -> list[Record]:
    """Returns all records of a file that is read as it was recognised."""
    found = recognised(data, **options)
    return list(
        read_records(
            in_chunks(data, size),
            encoding=found.dialect.encoding,
            delimiter=found.dialect.delimiter,
            quote=found.dialect.quote,
            skip=bom_length(found.dialect),
            width=len(found.columns),
        )
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of any kind, read to its end: what it is, and its data rows."""

    found: Recognition
    rows: list[Record]
    source: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.found.columns]

    @property
    def cells(self) -> list[list[str]]:
        """The cells of the data rows."""
        return [record.cells for record in self.rows]

    @property
    def flaws(self) -> dict[int, str]:
        """The code of the flaw of each row that has one."""
        return {record.row: record.flaw.code for record in self.rows if record.flaw is not None}


def taken(
    data: bytes, *, filename: str = "table", sheet: str | None = None, size: int = 1 << 20, **options: Any
) -> Taken:
    """Returns the rows of a file of any kind, as a session would have them; every row of it is accounted for."""
    with converted(lambda: in_chunks(data, size), filename=filename, sheet=sheet) as table:
        content = b"".join(table.pieces()) if table else data
        source = table.source if table else {}
    return accounted(content, source, filename=filename, size=size, **options)


def accounted(
    content: bytes, source: dict[str, Any], *, filename: str = "table", size: int = 1 << 20, **options: Any
) -> Taken:
    """Returns the rows of a text, or of what was read out of another file; every row of it is accounted for."""
    found = recognise(lambda: in_chunks(content, size), filename=filename, source=source, **options)
    rows = list(data_records(in_chunks(content, size), found.dialect, width=len(found.columns)))
    everything = [
        record.row
        for record in all_records(in_chunks(content, size), found.dialect, width=len(found.columns))
    ]
    assert len(rows) == found.rows
    # Never a part that is not told: data, names of columns, or skipped with a reason.
    told = found.rows + found.dialect.skipped_rows + found.dialect.header_rows
    assert told == (everything[-1] if everything else 0), (told, everything[-1:], found.dialect)
    return Taken(found, rows, source)
