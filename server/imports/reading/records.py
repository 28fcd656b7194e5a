"""Records of a text table as a stream, each under its own number, whatever its neighbours are like."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from server.imports.issues import WARNING, Flaw, UnreadableFileError

# A quote that is never closed is noticed here at the latest, instead of swallowing the file.
LONGEST_CELL = csv.field_size_limit()
MOST_BROKEN_QUOTES = 1_000
LONGEST_LINE = 1 << 20


class Record(NamedTuple):
    """One record: `row` counts records from 1, the header and blank ones included, as a spreadsheet does.

    `line` is the line of the file on which the record begins. A `flaw` that is an error says why the cells
    must not be used, a warning how they were made out.
    """

    row: int
    line: int
    cells: list[str]
    flaw: Flaw | None = None


class ChunkStream(io.RawIOBase):
    """A readable binary file over chunks of bytes, so that a stored file is never whole in memory."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Returns True: this is what it is for."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer as far as the present chunk goes; returns the bytes written, 0 at the end."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def text_lines(chunks: Iterable[bytes], *, encoding: str, skip: int = 0) -> Iterator[str]:
    """Yields the lines of a text with their line ends, decoded strictly, after `skip` bytes of a mark.

    Raises UnreadableFileError (`undecodable`, `nul_bytes`, `line_too_long`) with the number of the line that it broke off at.
    """
    stream = io.BufferedReader(ChunkStream(chunks), 256 * 1024)
    stream.read(skip)
    number = 0
    try:
        readline = io.TextIOWrapper(stream, encoding=encoding, newline="").readline
        while line := readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise UnreadableFileError(
                    "line_too_long",
                    _("Line %(line)d has more than %(limit)d characters, so the file is no table of rows.")
                    % {"line": number, "limit": LONGEST_LINE},
                )
            if "\0" in line:
                raise UnreadableFileError(
                    "nul_bytes",
                    _(
                        "Line %(line)d contains a NUL byte, so the file is damaged or no text. Export it again."
                    )
                    % {"line": number},
                )
            yield line
    except UnicodeError as error:  # also where UTF-16 lacks its mark, which is no UnicodeDecodeError
        raise UnreadableFileError(
            "undecodable",
            _(
                "After line %(line)d the file holds bytes that are not valid %(encoding)s. "
                "Choose another encoding, or export the file again."
            )
            % {"line": number, "encoding": encoding},
        ) from error


class _Tape:
    """The lines under a csv reader: remembers those of the present record, so that it can be read again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> _Tape:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        """Gives lines to be read once more, in their order."""
        self._again.extend(reversed(lines))


def read_records(
    chunks: Iterable[bytes],
    *,
    encoding: str,
    delimiter: str,
    quote: str,
    skip: int = 0,
    width: int | None = None,
) -> Iterator[Record]:
    """Yields every record of the file, blank ones as no cells, numbered from 1.

    A record whose quotes are broken carries a flaw and takes no other record with it: reading goes on at
    the next line that is a whole record of `width` cells by itself. Ragged records are the caller's to
    judge, by `ragged`. Raises UnreadableFileError for bytes that cannot be decoded, and where so many
    quotes are broken that the quote character must be wrong.
    """
    yield from records_of_lines(
        text_lines(chunks, encoding=encoding, skip=skip), delimiter=delimiter, quote=quote, width=width
    )


def records_of_lines(
    lines: Iterator[str], *, delimiter: str, quote: str, width: int | None = None
) -> Iterator[Record]:
    """Yields the records of decoded lines; see `read_records`."""
    tape = _Tape(lines)
    reader = _parse(tape, delimiter, quote, strict=True)
    row, line, broken = 0, 1, 0
    taken = tape.taken
    while True:
        row += 1
        taken.clear()
        flaw = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            broken += 1
            if broken > MOST_BROKEN_QUOTES:
                raise UnreadableFileError(
                    "broken_quotes",
                    _(
                        "The quotes of more than %(count)d rows do not pair, up to row %(row)d. "
                        "Probably %(quote)s is not the quote character of this file: choose another."
                    )
                    % {"count": MOST_BROKEN_QUOTES, "row": row, "quote": quote},
                ) from None
            resume = _resume_at(taken, delimiter, quote, width)
            tape.put_back(taken[resume:])
            del taken[resume:]
            cells, flaw = _mend(taken, delimiter, quote, width, line)
        yield Record(row, line, cells, flaw)
        line += len(taken)


def _parse(lines: Iterable[str], delimiter: str, quote: str, *, strict: bool) -> Iterator[list[str]]:
    if not quote:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict)


def _resume_at(lines: list[str], delimiter: str, quote: str, width: int | None) -> int:
    """Returns how many lines a broken record keeps: up to the first that is whole on its own."""
    for index in range(1, len(lines)):
        try:
            rows = list(_parse([lines[index]], delimiter, quote, strict=True))
        except csv.Error:
            continue
        if rows and rows[0] and len(rows[0]) == (width or len(rows[0])):
            return index
    return len(lines)


def _mend(
    lines: list[str], delimiter: str, quote: str, width: int | None, line: int
) -> tuple[list[str], Flaw]:
    """Returns the cells of a broken record and an error, or a warning where they can be made out surely.

    They can where the record is one line of the right width, both as the csv module reads it and by the rule
    that a quote ends a cell only before a delimiter or the end; the latter keeps every character.
    """
    text = "".join(lines)[:LONGEST_CELL].rstrip("\r\n")
    flat = text.replace("\r", " ").replace("\n", " ")
    cells = next(_parse([flat], delimiter, quote, strict=False), [])
    if len(lines) == 1 and quote and len(cells) == width:
        mended = _cells_by_edges(text, delimiter, quote)
        if len(mended) == width:
            return mended, Flaw(
                "quotes_mended",
                _(
                    "Quotes inside a quoted text of this row are not doubled; they were taken as part of the text."
                ),
                _("Look at the row; if a text is wrong, correct it."),
                WARNING,
            )
    return cells, Flaw(
        "broken_quotes",
        _("The quotes of this row (line %(line)d of the file) do not pair: it gives %(cells)d cells.")
        % {"line": line, "cells": len(cells)},
        _("Double every %(quote)s that belongs to a text, or take the quotes away, and send the row again.")
        % {"quote": quote},
    )


def _cells_by_edges(text: str, delimiter: str, quote: str) -> list[str]:
    edge, mark = re.escape(delimiter), re.escape(quote)
    cell = re.compile(rf"(?:{mark}(?P<quoted>.*?){mark}|(?P<bare>[^{edge}]*))(?P<edge>{edge}|\Z)")
    cells, position = [], 0
    while match := cell.match(text, position):
        quoted = match["quoted"]
        if quoted is None and match["bare"].startswith(quote):
            return []  # never closed: what belongs to the cell is lost
        cells.append(match["bare"] if quoted is None else quoted.replace(quote * 2, quote))
        position = match.end()
        if not match["edge"]:
            break
    return cells


def ragged(cells: list[str], width: int) -> Flaw | None:
    """Returns a flaw where a record has other than `width` cells; cells are never shifted to fit.

    Further cells that are all empty, as spreadsheets append them, are no flaw.
    """
    if len(cells) == width or (len(cells) > width and not any(cells[width:])):
        return None
    return Flaw(
        "ragged",
        _("The row has %(cells)d cells where the table has %(width)d columns.")
        % {"cells": len(cells), "width": width},
        _("Look for a delimiter inside a text that is not quoted, or for a missing one."),
    )
