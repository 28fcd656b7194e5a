"""The rows that a child process has written down, as records."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import orjson

from server.imports.reading.records import ChunkStream, Record

from .wording import flaw_of


def converted_records(chunks: Iterable[bytes]) -> Iterator[Record]:
    """Yields the rows under their own numbers; blank ones are not there. See `stream`."""
    for line in io.BufferedReader(ChunkStream(chunks), 256 * 1024):
        row, cells, *marks = orjson.loads(line)
        yield Record(row, row, cells, flaw_of(marks[0]) if marks else None)
