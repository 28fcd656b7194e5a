"""What only the whole file can tell: how a column writes numbers and dates, and which keys stand in it twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.imports.issues import ERROR
from server.imports.mapping.columns import Source
from server.imports.mapping.lookups import translations_of
from server.imports.mapping.targets import ImportTarget
from server.imports.reading.records import Record
from server.imports.templates.notes import is_note
from server.imports.values.dates import DateEvidence, DateStyle
from server.imports.values.numbers import NumberEvidence, NumberStyle
from server.imports.values.typed import DATE_TYPES, NUMBER_TYPES, Doubtful, Read, Style, reader


@dataclass(slots=True)
class Places:
    """Where the values of a column stand, which only one record may have: the first row, and the further ones."""

    first: dict[str, int] = field(default_factory=dict)
    again: dict[str, list[int]] = field(default_factory=dict)

    def note(self, value: str, row: int) -> None:
        """Takes note that a row has this value."""
        first = self.first.setdefault(value, row)
        if first != row:
            self.again.setdefault(value, [first]).append(row)

    def rows(self, value: str) -> list[int]:
        """Returns the rows that have this value, in order."""
        if value in self.again:
            return self.again[value]
        return [self.first[value]] if value in self.first else []


@dataclass(slots=True)
class Survey:
    """`places` are those of every field by which a record is told apart, `references` the rows by the text with
    which they refer to a record of the same kind, maybe to one of this file."""

    rows: int = 0
    styles: dict[str, Style] = field(default_factory=dict)
    places: dict[str, Places] = field(default_factory=dict)
    references: dict[str, dict[str, list[int]]] = field(default_factory=dict)


Watch = Callable[[Record], None]


def survey(
    blocks: Iterable[list[Record]],
    *,
    targets: Mapping[str, ImportTarget],
    sources: Mapping[str, Source],
    unique: Iterable[str],
    hierarchies: Iterable[str] = (),
    delimiter: str,
    base: Style,
    notes: int | None = None,
    watch: Watch | None = None,
    progress: Callable[[int], None],
) -> Survey:
    """Returns the survey of all rows but `notes`, the index of whose column is given.

    `base` says what goes for all columns, whatever is in them. `unique` are the fields that tell records apart,
    `hierarchies` those that refer to a record of the same kind.
    `watch` sees every whole row; `progress` hears the number of rows read so far.
    """
    numbers = {
        name: NumberEvidence(from_text=base.from_text)
        for name in sources
        if targets[name].rule.type in NUMBER_TYPES
    }
    dates = {name: DateEvidence() for name in sources if targets[name].rule.type in DATE_TYPES}
    found = Survey()
    skipping = [(source.column, source.skipped_rows) for source in sources.values() if source.skipped_rows]
    noted: list[tuple[int, Read, Callable[[str, int], None]]] = []
    for name in dict.fromkeys((*unique, *hierarchies)):
        column = sources[name].column
        if column is not None:
            translations = translations_of(targets[name], sources[name])
            read = reader(targets[name].rule, base, translations=translations)
            noted.append((column, read, _notebook(found, name, of_references=name in hierarchies)))
    for block in blocks:
        whole = [
            record
            for record in block
            if (record.flaw is None or record.flaw.level != ERROR) and not is_note(record.cells, notes)
        ]
        if watch is not None:
            for record in whole:
                watch(record)
        for evidence in (numbers, dates):
            for name, gathered in evidence.items():
                gathered.add(_texts(whole, sources[name]))
        taken = [record for record in whole if not skips(record.cells, skipping)] if skipping else whole
        for column, read, write in noted:
            _note(taken, column, read, write)
        found.rows += len(block)
        progress(found.rows)
    # Where a comma cannot stand unquoted between cells, it is commonly the decimal mark.
    custom = "," if delimiter == ";" else "."
    for name, source in sources.items():
        found.styles[name] = replace(
            base,
            numbers=numbers[name].style(custom=custom, declared=source.decimal_mark)
            if name in numbers
            else NumberStyle(),
            dates=dates[name].style(declared=source.date_order) if name in dates else DateStyle(),
        )
    return found


def skips(cells: list[str], skipping: Iterable[tuple[int | None, Collection[str]]]) -> bool:
    """Whether a person has said of a text of this row that the row stays out."""
    return any(
        column is not None and column < len(cells) and cells[column].strip() in texts
        for column, texts in skipping
    )


def _notebook(found: Survey, name: str, *, of_references: bool) -> Callable[[str, int], None]:
    if not of_references:
        return found.places.setdefault(name, Places()).note
    rows = found.references.setdefault(name, {})
    return lambda text, row: rows.setdefault(text, []).append(row)


def _texts(records: list[Record], source: Source) -> set[str]:
    if source.column is None:
        return {source.constant or ""}
    return {record.cells[source.column] for record in records}


def _note(records: list[Record], column: int, read: Read, write: Callable[[str, int], None]) -> None:
    for record in records:
        value: Any = read(record.cells[column])
        value = value.value if isinstance(value, Doubtful) else value
        if isinstance(value, str):
            write(value, record.row)
