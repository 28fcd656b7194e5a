"""P18: what our exporter writes comes back equal, and what is fuzzed is refused by name or read whole."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.exporting import csv_file, json_file, xlsx_file
from server.core.exporting.columns import ExportColumn
from server.core.exporting.texts import Style as ExportStyle
from server.imports.reading.tables import base_style, data_records
from server.imports.recognition.recognise import recognise
from server.imports.sources import json_document, json_lines, workbook
from server.imports.sources.port import Limits
from server.imports.sources.stream import RowWriter
from server.imports.values.typed import CLEAR, LEAVE, Style, ValueRule, reader
from tests.server.imports import files
from tests.server.imports.fuzzing import CONVERTED_SEEDS, PLAIN, Tally, fuzzed, in_a_process

ZONE = ZoneInfo("UTC")
SEED = 18
LIMITS = Limits(rows=10_000, columns=1_000, cell=131_072, row=1 << 20, unpacked=1 << 28)
WRITERS: dict[str, tuple[Callable[..., Iterator[bytes]], Any]] = {
    "csv": (csv_file.write, None),
    "xlsx": (xlsx_file.write, workbook),
    "json": (json_file.write, json_document),
    "jsonl": (json_file.write_lines, json_lines),
}
# What a text field of ours can hold: no control characters, no blanks at its ends.
TEXTS = st.one_of(
    st.sampled_from(
        [
            "-",
            "NULL",
            "\\N",
            "'-",
            "=1+1",
            "'=1",
            "@a",
            "00123",
            '="007"',
            "1.234",
            "_x0041_",
            "+4 9",
            "a\u200bb",
        ]
    ),
    st.text(
        alphabet=st.characters(
            exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), exclude_characters="\ufffe\uffff"
        ),
        min_size=1,
        max_size=12,
    ),
).filter(lambda text: text.strip() == text and not text.startswith("#"))
VALUES: dict[str, tuple[ValueRule, st.SearchStrategy[Any]]] = {
    "code": (
        ValueRule("code", "code", required=True),
        TEXTS.filter(lambda text: "E+" not in text and "e+" not in text),
    ),
    "name": (ValueRule("name"), st.none() | TEXTS),
    "price": (
        ValueRule("price", "unit_price", scale=6),
        st.none()
        | st.decimals(-(10**9), 10**9, places=6, allow_nan=False).map(lambda number: format(number, "f")),
    ),
    "stock": (ValueRule("stock", "integer"), st.none() | st.integers(-(10**15), 10**15)),
    "granted": (ValueRule("granted", "date"), st.none() | st.dates(dt.date(1900, 3, 1), dt.date(2999, 1, 1))),
    "active": (ValueRule("active", "boolean"), st.booleans()),
    "seen_at": (
        ValueRule("seen_at", "datetime"),
        st.none()
        | st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2099, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0, tzinfo=dt.UTC)
        ),
    ),
}
COLUMNS = [ExportColumn(name, name.title(), rule.type, name) for name, (rule, _strategy) in VALUES.items()]
TABLES = st.lists(st.tuples(*(strategy for _rule, strategy in VALUES.values())), min_size=1, max_size=12)


def _read_back(content: bytes, module: Any, form: str) -> tuple[list[list[str]], Style]:
    """Reads a file as a session does, but for the process of its own, which the other tests start."""
    source = None
    if module is not None:
        with tempfile.TemporaryDirectory() as folder:
            file, rows = Path(folder, "file"), Path(folder, "rows")
            file.write_bytes(content)
            with RowWriter(rows, LIMITS) as writer:
                found = module.read(file, writer, sheet=None, limits=LIMITS)
            content, source = rows.read_bytes(), {"format": form, **found.as_json()}
    recognition = recognise(lambda: [content], filename="x", known_names=set(VALUES), source=source)
    assert [column.name.lower() for column in recognition.columns] == list(VALUES)
    records = data_records([content], recognition.dialect, width=len(VALUES))
    return [record.cells for record in records if record.flaw is None], base_style(
        recognition.dialect.as_json()
    )


def _value(name: str, value: Any) -> Any:
    kind = VALUES[name][0].type
    if value is LEAVE or value is CLEAR or value is None:
        return None
    return Decimal(value) if kind == "unit_price" else value


@settings(max_examples=60, deadline=None)
@given(rows=TABLES, by_name=st.booleans())
@pytest.mark.parametrize("form", WRITERS)
def test_what_our_exporter_writes_comes_back_equal(
    form: str, rows: list[tuple[Any, ...]], by_name: bool
) -> None:
    write, module = WRITERS[form]
    content = b"".join(write(COLUMNS, iter([rows]), ExportStyle(by_name, ZONE)))
    cells, style = _read_back(content, module, form)
    reads = [reader(rule, style) for rule, _strategy in VALUES.values()]
    found = [
        [_value(name, read(cell)) for name, read, cell in zip(VALUES, reads, row, strict=True)]
        for row in cells
    ]
    assert found == [[_value(name, value) for name, value in zip(VALUES, row, strict=True)] for row in rows]


def _fuzz(names: tuple[str, ...], cases: int) -> Tally:
    tally = fuzzed(names, seed=SEED, cases=cases)
    assert not tally.failures, tally.failures
    return tally


def test_fuzzed_texts_are_refused_by_name_or_read_whole() -> None:
    tally = _fuzz(PLAIN, 400)
    assert tally.read > 50 and tally.refused.total() > 20, tally


def test_fuzzed_workbooks_and_json_are_refused_by_name_or_read_whole() -> None:
    tally = _fuzz(CONVERTED_SEEDS, 300)
    assert tally.read > 50 and tally.refused.total() > 20, tally


def test_a_reader_that_fails_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a reader that cannot bear a bracket is told, with the case that can be tried again by its number."""

    def read(*_anything: Any, **_more: Any) -> Any:
        raise IndexError("no such place")

    monkeypatch.setattr(json_document, "read", read)
    tally = fuzzed(("json",), seed=SEED, cases=5)
    (failure,) = tally.failures.values()
    assert "IndexError" in failure["error"]
    assert fuzzed(("json",), seed=SEED, cases=1, first=failure["case"]).failures


def test_rows_that_get_lost_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of what is read whole: a reader that drops a row in silence."""
    whole = files.data_records
    monkeypatch.setattr(files, "data_records", lambda *all_of, **named: list(whole(*all_of, **named))[:-1])
    assert fuzzed(("csv",), seed=SEED, cases=5).failures


@pytest.mark.soak
def test_half_an_hour_of_fuzz(tmp_path: Path) -> None:
    """In a process of its own, whose memory is capped as that of a reading child is."""
    seconds = float(os.environ.get("ERP_FUZZ_SECONDS", "1800"))
    seed = int(os.environ.get("ERP_FUZZ_SEED", SEED))
    told = in_a_process(seconds, seed, tmp_path)
    print(f"fuzz with seed {seed}, {seconds:.0f} s: {told}")
    assert not told["failures"], told["failures"]
    assert told["read"] and told["refused"]
