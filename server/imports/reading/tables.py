"""The rows of a table whatever its format, and which of them are data."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from server.imports.issues import ERROR, Flaw
from server.imports.reading.records import Record, ragged, read_records, text_lines
from server.imports.sources.converted import converted_records
from server.imports.sources.formats import CONVERTED, FRAMED, JSON, JSON_LINES, TEXT
from server.imports.sources.framed import framed_records
from server.imports.values.typed import Style

NO_ROW = -1
"""The `last_row` of a table that has totals and notes alone: 0 says that nothing stands behind the data."""


class Dialect(NamedTuple):
    """How a file is written, and which of its rows are data (docs/api.md).

    `header_row` is the last row of the names of the columns, 0 where no row names them, and `header_rows` how many
    rows they take. Behind `last_row` (0 = the end, NO_ROW = before the first) stand totals and notes. `encoding`, `delimiter`, `quote` and
    `newline` are empty where a format has none.
    """

    encoding: str
    encoding_sure: bool
    delimiter: str
    quote: str
    newline: str
    header_row: int
    has_bom: bool
    format: str = TEXT
    sheet: str = ""
    sheets: list[dict[str, Any]] = []
    named: bool = False
    header_rows: int = 1
    footer_rows: int = 0
    last_row: int = 0
    skip_rows: list[int] = []
    skipped: list[dict[str, Any]] = []
    skipped_rows: int = 0
    empty: str = "leave"
    clear_mark: str = "-"
    empty_head: str = "refuse"

    def as_json(self) -> dict[str, Any]:
        """Returns the dialect as docs/api.md shows it."""
        return self._asdict()

    @property
    def is_text(self) -> bool:
        """Whether the rows are lines of text, with an encoding and guards against formulas."""
        return self.format not in CONVERTED


class HasDialect(Protocol):
    """A session, as far as its dialect goes."""

    @property
    def dialect(self) -> Mapping[str, Any]:
        """The members of `Dialect` as they are stored; sessions of earlier times lack some."""


def is_named(session: HasDialect) -> bool:
    """Whether the columns have names of their own: from a row of the table, or from the format."""
    return bool(session.dialect["header_row"] or session.dialect.get("named"))


def base_style(stored: Mapping[str, Any]) -> Style:
    """Returns how the cells of a table are read, whatever is in a column, by its stored dialect."""
    dialect = Dialect(**stored)
    return Style(
        from_text=dialect.is_text,
        knows_words=dialect.format not in (JSON, JSON_LINES),
        empty_clears=dialect.empty == "clear",
        clear_mark=dialect.clear_mark,
    )


def bom_length(dialect: Dialect) -> int:
    """Returns how many bytes stand before the text."""
    if not dialect.has_bom:
        return 0
    return {"utf-8": 3, "utf-32-le": 4, "utf-32-be": 4}.get(dialect.encoding, 2)


def is_blank(cells: list[str]) -> bool:
    """Whether a row says nothing: spreadsheets write such rows as a line of delimiters."""
    return not any(map(str.strip, cells))


def all_records(chunks: Iterable[bytes], dialect: Dialect, *, width: int | None) -> Iterator[Record]:
    """Yields the records of the file, titles and header included. Raises UnreadableFileError."""
    if not dialect.is_text:
        return converted_records(chunks)
    if dialect.format == FRAMED:
        return framed_records(text_lines(chunks, encoding=dialect.encoding, skip=bom_length(dialect)))
    return read_records(
        chunks,
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        skip=bom_length(dialect),
        width=width,
    )


def fitted(record: Record, dialect: Dialect, width: int) -> tuple[list[str], Flaw | None]:
    """Returns the cells of a record, and its flaw: of its own, or that it has other than `width` cells.

    A sheet does not write the empty cells at the end of a row, so a row of one may be short.
    """
    cells, flaw = record.cells, record.flaw
    if len(cells) == width or (flaw is not None and flaw.level == ERROR):
        return cells, flaw
    if len(cells) < width and not dialect.is_text:
        return cells + [""] * (width - len(cells)), flaw
    return cells, ragged(cells, width) or flaw


def data_records(
    chunks: Iterable[bytes], dialect: Dialect, *, width: int, kept: Container[int] = ()
) -> Iterator[Record]:
    """Yields the data rows under their numbers, each with its flaw, if any; blank ones only where `kept` has them."""
    skipped = frozenset(dialect.skip_rows)
    header_row, last_row = dialect.header_row, dialect.last_row
    for record in all_records(chunks, dialect, width=width):
        row = record.row
        if row <= header_row or row in skipped:
            continue
        if last_row and row > last_row:
            return
        if record.flaw is None and is_blank(record.cells) and row not in kept:
            continue
        cells, flaw = fitted(record, dialect, width)
        if flaw is record.flaw and cells is record.cells:
            yield record
        else:
            yield record._replace(cells=cells, flaw=flaw)
