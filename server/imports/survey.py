"""What only the whole file can tell: how a column writes numbers and dates, and which keys stand in it twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .dates import DateEvidence, DateStyle
from .issues import ERROR
from .mapping import Source
from .numbers import NumberEvidence, NumberStyle
from .reading import Record
from .targets import ImportTarget
from .values import DATE_TYPES, NUMBER_TYPES, Doubtful, Read, Style, reader


@dataclass(slots=True)
class Survey:
    """`duplicates` gives for each key that stands in several rows the numbers of those rows, in order."""

    rows: int = 0
    styles: dict[str, Style] = field(default_factory=dict)
    duplicates: dict[str, list[int]] = field(default_factory=dict)


def survey(
    blocks: Iterable[list[Record]],
    *,
    targets: Mapping[str, ImportTarget],
    sources: Mapping[str, Source],
    key: str,
    delimiter: str,
    progress: Callable[[int], None],
) -> Survey:
    """Returns the survey of all rows; `progress` hears the number of rows read so far."""
    numbers = {name: NumberEvidence() for name in sources if targets[name].rule.type in NUMBER_TYPES}
    dates = {name: DateEvidence() for name in sources if targets[name].rule.type in DATE_TYPES}
    read_key = reader(targets[key].rule, translations=sources[key].values)
    key_column = sources[key].column
    found = Survey()
    first_rows: dict[str, int] = {}
    for block in blocks:
        whole = [record for record in block if record.flaw is None or record.flaw.level != ERROR]
        for evidence in (numbers, dates):
            for name, gathered in evidence.items():
                gathered.add(_texts(whole, sources[name]))
        if key_column is not None:
            _note_keys(whole, key_column, read_key, first_rows, found.duplicates)
        found.rows += len(block)
        progress(found.rows)
    # Where a comma cannot stand unquoted between cells, it is commonly the decimal mark.
    custom = "," if delimiter == ";" else "."
    for name, source in sources.items():
        found.styles[name] = Style(
            numbers[name].style(custom=custom, declared=source.decimal_mark)
            if name in numbers
            else NumberStyle(),
            dates[name].style(declared=source.date_order) if name in dates else DateStyle(),
        )
    return found


def _texts(records: list[Record], source: Source) -> set[str]:
    if source.column is None:
        return {source.constant or ""}
    return {record.cells[source.column] for record in records}


def _note_keys(
    records: list[Record],
    column: int,
    read_key: Read,
    first_rows: dict[str, int],
    duplicates: dict[str, list[int]],
) -> None:
    for record in records:
        key: Any = read_key(record.cells[column])
        key = key.value if isinstance(key, Doubtful) else key
        if not isinstance(key, str):
            continue
        first = first_rows.setdefault(key, record.row)
        if first != record.row:
            duplicates.setdefault(key, [first]).append(record.row)
