"""What a file is, before anyone has said a word about it."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from server.imports.dialects import recognise_format
from server.imports.encodings import SAMPLE_BYTES, recognise_encoding
from server.imports.headers import find_header, table_width
from server.imports.issues import ERROR, UnreadableFileError
from server.imports.reading import Record, ragged, read_records, records_of_lines
from server.imports.signatures import refuse_other_formats

SAMPLES = 5
LONGEST_SAMPLE = 80
JUDGED_RECORDS = 300
MOST_COLUMNS = 1_000
NO_SUCH_HEADER = "no_such_header"


class Dialect(NamedTuple):
    """How a file is written; `header_row` counts records from 1, 0 where no row names the columns."""

    encoding: str
    encoding_sure: bool
    delimiter: str
    quote: str
    newline: str
    header_row: int
    has_bom: bool

    def as_json(self) -> dict[str, Any]:
        """Returns the dialect as docs/api.md shows it."""
        return self._asdict()


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
    """A recognised file: `rows` counts the data rows, without header, title and blank ones."""

    dialect: Dialect
    columns: list[Column]
    rows: int
    ragged_rows: list[int]


def recognise(
    open_chunks: Callable[[], Iterable[bytes]],
    *,
    filename: str,
    known_names: Collection[str] = (),
    declared: dict[str, Any] | None = None,
) -> Recognition:
    """Returns what the file is; the beginning is judged, all of it is decoded and counted.

    `open_chunks` gives the bytes anew at each call. `declared` holds members of `Dialect` that a person has
    set; they are taken as they are. Raises UnreadableFileError, whose message is for a person.
    """
    sample, complete = _beginning(open_chunks())
    if not sample.strip():
        raise UnreadableFileError(
            "empty", _("“%(filename)s” is empty. Choose a file that holds a table.") % {"filename": filename}
        )
    refuse_other_formats(sample, filename=filename)
    declared = declared or {}
    found = recognise_encoding(sample, open_chunks)
    encoding = declared.get("encoding", found.name)
    sure = found.sure or "encoding" in declared
    text = _decode(sample[len(found.bom) :], encoding, complete=complete)
    if not text.strip():
        raise UnreadableFileError(
            "empty", _("“%(filename)s” is empty. Choose a file that holds a table.") % {"filename": filename}
        )
    form = recognise_format(text)._replace(
        **{name: declared[name] for name in ("delimiter", "quote", "newline") if name in declared}
    )
    head = list(
        islice(
            records_of_lines(io.StringIO(text, newline=""), delimiter=form.delimiter, quote=form.quote),
            JUDGED_RECORDS,
        )
    )
    header_row = declared.get("header_row")
    if header_row is not None and header_row > len(head):
        message = _(
            "The header row is one of the first %(count)d rows of the file, or 0 where there is none."
        )
        raise UnreadableFileError(NO_SUCH_HEADER, message % {"count": len(head)})
    if header_row is None:
        header_row = find_header([record.cells for record in head], known_names=known_names)
    dialect = Dialect(
        encoding, sure, form.delimiter, form.quote, form.newline, header_row, has_bom=bool(found.bom)
    )
    columns = _columns(head, header_row)
    if len(columns) > MOST_COLUMNS:
        raise UnreadableFileError(
            "too_many_columns",
            _("The file has %(count)d columns; up to %(limit)d can be taken in. Choose another delimiter?")
            % {"count": len(columns), "limit": MOST_COLUMNS},
        )
    rows, ragged_rows = _survey(open_chunks(), dialect, width=len(columns))
    return Recognition(dialect, columns, rows, ragged_rows)


def bom_length(dialect: Dialect) -> int:
    """Returns how many bytes stand before the text."""
    if not dialect.has_bom:
        return 0
    return {"utf-8": 3, "utf-32-le": 4, "utf-32-be": 4}.get(dialect.encoding, 2)


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


def _columns(head: Sequence[Record], header_row: int) -> list[Column]:
    """Returns the columns by the header, or by the commonest width where there is none."""
    names = head[header_row - 1].cells if header_row else []
    body = [record.cells for record in head[header_row:] if record.cells and record.flaw is None]
    width = len(names) or table_width(body)
    columns = []
    for index in range(width):
        name = names[index].strip() if names else ""
        texts = dict.fromkeys(cells[index].strip()[:LONGEST_SAMPLE] for cells in body if len(cells) == width)
        samples = [text for text in texts if text][:SAMPLES]
        columns.append(Column(index, name or _("Column %(number)d") % {"number": index + 1}, samples))
    return columns


def _survey(chunks: Iterable[bytes], dialect: Dialect, *, width: int) -> tuple[int, list[int]]:
    """Reads the whole file: returns the number of data rows, and the numbers of those that are not whole."""
    rows, broken = 0, []
    for record in read_records(
        chunks,
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        skip=bom_length(dialect),
        width=width,
    ):
        if record.row <= dialect.header_row or not record.cells:
            continue
        rows += 1
        if (record.flaw and record.flaw.level == ERROR) or ragged(record.cells, width):
            broken.append(record.row)
    return rows, broken
