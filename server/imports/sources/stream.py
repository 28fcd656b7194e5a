"""Rows written down by the child: a line of JSON each, `[number, cells, marks]`, blank rows left out.

The number is that of the file, so a gap between two numbers is a run of blank rows.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import TracebackType

from server.imports.sources.port import Limits, Mark, Refused

# What is kept of a cell that is refused for its length, for a person to know it by.
SHOWN = 200
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class RowWriter:
    """Writes rows to a file within limits; what cannot be kept of a row is marked as an error of that row."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._limits = limits
        self._rows = 0
        self._size = 0

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise _refusal(error) from error

    def put(self, number: int, cells: list[str], marks: list[Mark]) -> None:
        """Writes a row. Raises `Refused` past the rows or bytes that a file may have, and where the disk is full."""
        while cells and not cells[-1]:
            cells.pop()
        if not cells and not marks:
            return
        self._rows += 1
        if self._rows > self._limits.rows:
            raise Refused("too_many_rows", limit=self._limits.rows)
        line = self._line(number, cells, marks)
        self._size += len(line)
        if self._size > self._limits.unpacked:
            raise Refused("too_large_unpacked", limit=self._limits.unpacked >> 20)
        try:
            self._file.write(line)
        except OSError as error:
            raise _refusal(error) from error

    def _line(self, number: int, cells: list[str], marks: list[Mark]) -> str:
        if len(cells) > self._limits.columns:
            marks = [*marks, Mark("too_wide", {"cells": len(cells), "limit": self._limits.columns})]
            cells = cells[: self._limits.columns]
        longest = max(map(len, cells), default=0)
        if longest > self._limits.cell or sum(map(len, cells)) > self._limits.row:
            cells, marks = self._shortened(cells, marks)
        text = json.dumps([number, cells, marks] if marks else [number, cells], ensure_ascii=False)
        # Escaped by `dumps`, so neither can stand in the line for anything else.
        if "\\u0000" in text or _has_surrogates(text):
            cells, marks = _mended(cells, marks)
            text = json.dumps([number, cells, marks] if marks else [number, cells], ensure_ascii=False)
        return text + "\n"

    def _shortened(self, cells: list[str], marks: list[Mark]) -> tuple[list[str], list[Mark]]:
        for column, cell in enumerate(cells):
            if len(cell) > self._limits.cell:
                facts = {"column": column + 1, "length": len(cell), "limit": self._limits.cell}
                return [cell[:SHOWN] for cell in cells], [*marks, Mark("cell_too_long", facts)]
        facts = {"length": sum(map(len, cells)), "limit": self._limits.row}
        return [cell[:SHOWN] for cell in cells], [*marks, Mark("row_too_long", facts)]


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _mended(cells: list[str], marks: list[Mark]) -> tuple[list[str], list[Mark]]:
    """Joins pairs of surrogates; replaces what no text can hold and marks the row for it."""
    mended = []
    for column, cell in enumerate(cells):
        whole = cell.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        clean = whole.replace("\0", REPLACEMENT)
        if clean.count(REPLACEMENT) > cell.count(REPLACEMENT):
            marks = [*marks, Mark("broken_character", {"column": column + 1})]
        mended.append(clean)
    return mended, marks


def _refusal(error: OSError) -> Exception:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Refused("disk_full") if full else error
