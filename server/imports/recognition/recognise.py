"""What a file is, before anyone has said a word about it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from server.imports.issues import ERROR, UnreadableFileError
from server.imports.reading.records import Record, records_of_lines
from server.imports.reading.tables import Dialect, bom_length
from server.imports.recognition.dialects import Format, recognise_format
from server.imports.recognition.encodings import SAMPLE_BYTES, recognise_encoding
from server.imports.recognition.headers import (
    Header,
    find_header,
    joined_names,
    padded,
    table_width,
    with_neighbours,
)
from server.imports.recognition.signatures import refuse_other_formats
from server.imports.recognition.skipping import Extent, survey_extent
from server.imports.sources.converted import converted_records
from server.imports.sources.formats import FRAMED, JSON, JSON_LINES, TEXT
from server.imports.sources.framed import framed_records, is_framed

__all__ = ["Column", "Dialect", "Recognition", "bom_length", "recognise"]

SAMPLES = 5
LONGEST_SAMPLE = 80
JUDGED_RECORDS = 300
NO_SUCH_HEADER = "no_such_header"
TOO_MANY_COLUMNS = "too_many_columns"
# What Excel takes for an instruction on the first line of a CSV.
SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its index from 0, its name (`Column 3` where it has none) and some of its texts."""

    index: int
    name: str
    samples: list[str]

    def as_json(self) -> dict[str, Any]:
        """Returns the column as docs/api.md shows it."""
        return {"index": self.index, "name": self.name, "samples": self.samples}


class Recognition(NamedTuple):
    """A recognised file: `rows` counts the data rows, without header, titles, totals and blank ones."""

    dialect: Dialect
    columns: list[Column]
    rows: int
    ragged_rows: list[int]


class _Head(NamedTuple):
    """The beginning of a table: its dialect as far as it is known, its first records, and what names it."""

    dialect: Dialect
    records: list[Record]
    names: list[str] | None
    first_row: int


def recognise(
    open_chunks: Callable[[], Iterable[bytes]],
    *,
    filename: str,
    known_names: Collection[str] = (),
    declared: dict[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
) -> Recognition:
    """Returns what the file is; the beginning is judged, all of it is decoded and counted.

    `open_chunks` gives the bytes anew at each call: of the file itself or, where `source` says what that was, of the
    rows that `sources.conversion` made of it. `declared` holds members of `Dialect` that a person has set; they are
    taken as they are. Raises UnreadableFileError, whose message is for a person.
    """
    declared = declared or {}
    if source:
        head = _converted_head(open_chunks, filename, source)
    else:
        head = _text_head(open_chunks, filename, declared)
    header = _header(head, known_names, declared)
    columns = _columns(head, header)
    if len(columns) > settings.IMPORT_MOST_COLUMNS:
        raise UnreadableFileError(
            TOO_MANY_COLUMNS,
            _("The file has %(count)d columns; up to %(limit)d can be taken in. Choose another delimiter?")
            % {"count": len(columns), "limit": settings.IMPORT_MOST_COLUMNS},
        )
    dialect = head.dialect._replace(
        header_row=header.row,
        header_rows=header.rows,
        skip_rows=sorted(set(declared.get("skip_rows", ()))),
        **{name: declared[name] for name in ("empty", "clear_mark", "empty_head") if name in declared},
    )
    extent: Extent = survey_extent(
        open_chunks(), dialect, width=len(columns), footer_rows=declared.get("footer_rows")
    )
    return Recognition(extent.dialect, columns, extent.rows, extent.ragged_rows)


def _converted_head(
    open_chunks: Callable[[], Iterable[bytes]], filename: str, source: Mapping[str, Any]
) -> _Head:
    """Returns the beginning of rows that a child process has written down."""
    records = list(islice(converted_records(open_chunks()), JUDGED_RECORDS))
    if not records:
        _refuse_empty(filename)
    dialect = Dialect(
        encoding="",
        encoding_sure=True,
        delimiter="",
        quote="",
        newline="",
        header_row=0,
        has_bom=False,
        format=source["format"],
        sheet=source["sheet"],
        sheets=source["sheets"],
        named=source["names"] is not None,
        # A string of JSON is what it says; null is what is not there.
        clear_mark="" if source["format"] in (JSON, JSON_LINES) else "-",
    )
    if source["names"] is None:
        rows = padded([record.cells for record in records])
        records = [record._replace(cells=cells) for record, cells in zip(records, rows, strict=True)]
    return _Head(dialect, records, source["names"], 1)


def _text_head(
    open_chunks: Callable[[], Iterable[bytes]], filename: str, declared: Mapping[str, Any]
) -> _Head:
    """Returns the beginning of a text whose lines are its rows."""
    sample, complete = _beginning(open_chunks())
    if not sample.strip():
        _refuse_empty(filename)
    refuse_other_formats(sample, filename=filename)
    found = recognise_encoding(sample, open_chunks)
    encoding = declared.get("encoding", found.name)
    text = _decode(sample[len(found.bom) :], encoding, complete=complete)
    if not text.strip():
        _refuse_empty(filename)
    framed = is_framed(text) and "delimiter" not in declared
    form = Format("|", "", "\n") if framed else recognise_format(text)
    separator = SEPARATOR.match(text)
    if separator:
        form = form._replace(delimiter=separator[1])
    form = form._replace(
        **{name: declared[name] for name in ("delimiter", "quote", "newline") if name in declared}
    )
    lines = io.StringIO(text, newline="")
    records = (
        framed_records(lines)
        if framed
        else records_of_lines(lines, delimiter=form.delimiter, quote=form.quote)
    )
    dialect = Dialect(
        encoding,
        found.sure or "encoding" in declared,
        form.delimiter,
        form.quote,
        form.newline,
        header_row=0,
        has_bom=bool(found.bom),
        format=FRAMED if framed else TEXT,
    )
    return _Head(dialect, list(islice(records, JUDGED_RECORDS)), None, 2 if separator else 1)


def _header(head: _Head, known_names: Collection[str], declared: Mapping[str, Any]) -> Header:
    """Returns which rows name the columns: as declared, else as they look. Rows are numbered as the file has them."""
    if head.names is not None:
        return Header(0, 0)
    row, rows = declared.get("header_row"), declared.get("header_rows")
    last = head.records[-1].row
    if row is not None and (row > last or (rows or 1) > max(row, 1)):
        message = _(
            "The header row is one of the first %(count)d rows of the file, or 0 where there is none."
        )
        raise UnreadableFileError(NO_SUCH_HEADER, message % {"count": last})
    lines = _by_number(head)
    if row is None:
        found = find_header(lines[head.first_row - 1 :], known_names=known_names)
        header = with_neighbours(lines, found and found + head.first_row - 1)
        row, rows = header.row, rows or header.rows
    return Header(row, min(rows or 1, row))


def _by_number(head: _Head) -> list[list[str]]:
    """Returns the first rows so that row 7 is at index 6: blank ones, which a sheet does not list, are empty."""
    lines: list[list[str]] = []
    for record in head.records:
        if record.row - len(lines) > JUDGED_RECORDS:
            break
        lines += [[] for _gap in range(record.row - len(lines) - 1)]
        lines.append(record.cells)
    return lines


def _columns(head: _Head, header: Header) -> list[Column]:
    """Returns the columns by the header, or by the commonest width where there is none."""
    if head.names is not None:
        names = head.names
    else:
        above = range(header.row - header.rows + 1, header.row + 1)
        rows = [record for record in head.records if record.row in above]
        for record in rows:
            if record.flaw is not None and record.flaw.level == ERROR:
                # Names that cannot be trusted would put every column below them into question.
                raise UnreadableFileError(
                    TOO_MANY_COLUMNS if record.flaw.code == "too_wide" else record.flaw.code,
                    _("Row %(row)d names the columns. %(message)s %(remedy)s")
                    % {"row": record.row, "message": record.flaw.message, "remedy": record.flaw.remedy},
                )
        names = joined_names([record.cells for record in rows])
    body = [
        record.cells
        for record in head.records
        if record.row > header.row and record.cells and record.flaw is None
    ]
    width = len(names) or table_width(body)
    if not head.dialect.is_text:
        body = [[*cells, *[""] * (width - len(cells))] for cells in body]
    columns = []
    for index in range(width):
        name = names[index].strip() if names else ""
        texts = dict.fromkeys(cells[index].strip()[:LONGEST_SAMPLE] for cells in body if len(cells) == width)
        samples = [text for text in texts if text][:SAMPLES]
        columns.append(Column(index, name or _("Column %(number)d") % {"number": index + 1}, samples))
    return columns


def _refuse_empty(filename: str) -> None:
    raise UnreadableFileError(
        "empty", _("“%(filename)s” is empty. Choose a file that holds a table.") % {"filename": filename}
    )


def _beginning(chunks: Iterable[bytes]) -> tuple[bytes, bool]:
    """Returns the first bytes, and whether they are all."""
    sample = bytearray()
    for chunk in chunks:
        sample += chunk
        if len(sample) > SAMPLE_BYTES:
            return bytes(sample[:SAMPLE_BYTES]), False
    return bytes(sample), True


def _decode(sample: bytes, encoding: str, *, complete: bool) -> str:
    """Returns the text of the sample up to its last whole line."""
    try:
        text = sample.decode(encoding, errors="replace")
    except UnicodeError as error:
        message = _(
            "The file is not written in %(encoding)s: it lacks the mark at its beginning. Choose another encoding."
        )
        raise UnreadableFileError("undecodable", message % {"encoding": encoding}) from error
    if complete:
        return text
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] if end > 0 else text
