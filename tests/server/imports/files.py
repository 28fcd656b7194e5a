"""Helpers of the tests of imports: files as bytes, and the real ones beside the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.imports.reading import Record, read_records
from server.imports.recognise import Recognition, bom_length, recognise

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
