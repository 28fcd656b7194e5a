"""P18: what our exporter writes comes back equal, and what is fuzzed is refused by name or read whole."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import tempfile
import time
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
from server.imports.issues import UnreadableFileError
from server.imports.recognise import recognise
from server.imports.sources import json_document, json_lines, workbook
from server.imports.sources.port import Limits
from server.imports.sources.stream import RowWriter
from server.imports.tables import base_style, data_records
from server.imports.values import CLEAR, LEAVE, Style, ValueRule, reader
from tests.server.imports.files import taken
from tests.server.imports.workbooks import xls, xlsx

ZONE = ZoneInfo("UTC")
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


SEEDS: dict[str, bytes] = {
    "csv": b"code;name;price\n" + "".join(f'{n:05};"Öl; {n}";{n},50\n' for n in range(60)).encode(),
    "latin": "code,name\nA,Käse\nB,Öl\nTotal,\n".encode("latin-1") * 3,
    "utf-16": "code\tname\r\nA\tÖl\r\n".encode("utf-16"),
    "drawn": b"| code | name |\n|---|---|\n| A | Apple |\n| B | Bread |\n",
    "json": json.dumps([{"code": f"A{n}", "at": {"city": "Bonn", "n": n / 3}} for n in range(30)]).encode(),
    "jsonl": b'{"code": "A", "n": 1}\n{"code": "B", "n": {"x": [1, 2]}}\n' * 10,
    "xlsx": xlsx(("S", [["code", "name"], *[[f"A{n}", n / 7] for n in range(30)]]), ("T", [["a"], ["=1"]])),
    "xls": xls(("S", [["code", "name"], *[[f"A{n}", n / 7] for n in range(30)]])),
}
PLAIN = ("csv", "latin", "utf-16", "drawn")


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes turned, cut, doubled, moved or put in, a few at a time."""
    changed = bytearray(data)
    for _turn in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        span = slice(place, place + chance.choice((1, 2, 8, 64, 1024)))
        kind = chance.randrange(6)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[span]
        elif kind == 2:
            changed[place:place] = changed[span] * chance.choice((1, 2, 50))
        elif kind == 3:
            changed[place:place] = chance.choice(
                (b"\0", b'"', b"\n", b"\r", b";", b"{", b"[", b"\xff\xfe", b"\\u0000")
            )
        elif kind == 4:
            changed[span] = os.urandom(0) + bytes(chance.randrange(256) for _byte in changed[span])
        else:
            del changed[place:]
        if not changed:
            changed = bytearray(data)
    return bytes(changed)


def _fuzz(names: tuple[str, ...], chance: random.Random, *, seconds: float, most: int) -> tuple[int, int]:
    """Reads mutated files until the time or their number is up; returns how many were read, and how many refused."""
    read, refused, ends = 0, 0, time.monotonic() + seconds
    while time.monotonic() < ends and read + refused < most:
        state = chance.getstate()
        name = chance.choice(names)
        data = _mutated(SEEDS[name], chance)
        began = time.monotonic()
        try:
            taken(data, filename=name)
            read += 1
        except UnreadableFileError as error:
            assert error.message and "%(" not in error.message
            refused += 1
        except Exception as error:
            Path(tempfile.gettempdir(), "erp-fuzz-failure").write_bytes(data)
            raise AssertionError(f"{name} with {hash(state)}: {data[:400]!r}") from error
        assert time.monotonic() - began < 60, name
    return read, refused


def test_fuzzed_texts_are_refused_by_name_or_read_whole() -> None:
    read, refused = _fuzz(PLAIN, random.Random(18), seconds=60, most=400)
    assert read + refused == 400 and read > 50 and refused > 20, (read, refused)


def test_fuzzed_workbooks_and_json_are_refused_by_name_or_read_whole() -> None:
    read, refused = _fuzz(("json", "jsonl", "xlsx", "xls"), random.Random(18), seconds=60, most=24)
    assert read + refused >= 12 and read and refused, (read, refused)


@pytest.mark.soak
def test_half_an_hour_of_fuzz() -> None:
    seconds = float(os.environ.get("ERP_FUZZ_SECONDS", "1800"))
    read, refused = _fuzz(tuple(SEEDS), random.Random(), seconds=seconds, most=10**9)
    print(f"fuzz: {read} files read whole, {refused} refused by name in {seconds:.0f} s")
    assert read and refused
