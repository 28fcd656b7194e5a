"""A file is looked at before a byte of it is sent: what it begins with, or why it holds no table."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from erp_tui.core.transfer.exporting import FileThere
from erp_tui.core.transfer.mapping_file import (
    LARGEST,
    NoMapping,
    content_type_of,
    read_mapping,
    write_mapping,
)
from erp_tui.core.transfer.pace import Pace
from erp_tui.core.transfer.peek import UnusableFile, peek


def book(path: Path, listed: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", listed)
    return path


def test_a_workbook_is_known_by_its_content_and_shows_its_sheets(tmp_path: Path) -> None:
    listed = (
        '<x:sheets><x:sheet name="Prices &amp; more" sheetId="1"/><x:sheet sheetId="2" name="B"/></x:sheets>'
    )
    seen = peek(book(tmp_path / "table.csv", listed))
    assert seen.workbook and seen.sheets == ("Prices & more", "B") and seen.lines == ()


def test_only_a_look_is_unpacked_of_a_part_that_unpacks_to_much(tmp_path: Path) -> None:
    path = book(
        tmp_path / "bomb.xlsx", '<sheet name="A" sheetId="1"/>' + " " * (64 << 20) + '<sheet name="B" />'
    )
    assert path.stat().st_size < 1 << 20
    assert peek(path).sheets == ("A",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "is damaged"),
        (b"%PDF-1.7", "a PDF, not a table"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b" \n", "is empty"),
        (b"a\0b", "holds no text"),
    ],
)
def test_what_holds_no_table_is_refused_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(UnusableFile) as refused:
        peek(tmp_path / "f")
    assert said in refused.value.sentence()


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as package:
        package.writestr("prices.csv", "a,b\n")
    with pytest.raises(UnusableFile, match="Unpack it"):
        peek(tmp_path / "f.zip")


def test_an_old_workbook_is_left_to_the_server(tmp_path: Path) -> None:
    (tmp_path / "f.xls").write_bytes(b"\xd0\xcf\x11\xe0rest")
    assert peek(tmp_path / "f.xls").workbook


async def test_a_mapping_is_written_whole_and_over_nothing(tmp_path: Path) -> None:
    path = await write_mapping(b"version: 1\n", tmp_path / "m.yaml")
    assert path.read_bytes() == b"version: 1\n"
    with pytest.raises(FileThere):
        await write_mapping(b"other", path)
    assert await read_mapping(path) == b"version: 1\n" and [each.name for each in tmp_path.iterdir()] == [
        "m.yaml"
    ]
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(NoMapping):
        await read_mapping(path)
    assert content_type_of(b' {"version": 1}') == "application/json"


def test_a_pace_is_said_once_it_is_known() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.parts(0, 100) == []
    now[0] = 0.5
    assert pace.parts(10, 100) == [], "half a second says nothing"
    now[0] = 2.0
    assert pace.parts(20, 100) == ["10 a second", "8 s left"]
    assert pace.parts(20, 0) == ["10 a second"]
