"""Files made to hurt: each is refused by name or read whole, soon, in little memory, and the next one is read (P18)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from server.imports.issues import UnreadableFileError
from server.imports.sources import conversion
from tests.server.imports.files import taken
from tests.server.imports.workbooks import MAIN, raw_xlsx, row_xml, sheet_xml, xls, xlsx

SOON = 60
HEADER = row_xml(1, ["code", "name"])
WHOLE = raw_xlsx(sheet_xml(HEADER + row_xml(2, ["A", "Apple"])))
LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]>"
)


def _container(*streams: str) -> bytes:
    """Something that names these streams as an old Office document does."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + b"".join(each.encode("utf-16-le") for each in streams)
    )


def _encrypted_xls() -> bytes:
    """An old workbook whose second record says that all after it is encrypted."""
    data = bytearray(xls(("Prices", [["code"], ["A"]])))
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    data[start : start + 2] = b"\x2f\x00"
    return bytes(data)


def _archive(**parts: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return out.getvalue()


def _lying() -> bytes:
    """A workbook whose sheet declares fewer bytes than it unpacks to."""
    data = bytearray(
        raw_xlsx(sheet_xml(HEADER + "".join(row_xml(n, ["A", "x" * 500]) for n in range(2, 2000))))
    )
    place = data.index(b"PK\x01\x02", data.rindex(b"xl/styles.xml"))
    while data[place + 46 : place + 70] != b"xl/worksheets/sheet1.xml":
        place = data.index(b"PK\x01\x02", place + 1)
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def _entity_in_strings() -> bytes:
    return raw_xlsx(
        sheet_xml(HEADER),
        {"xl/sharedStrings.xml": f'{LAUGHS}<sst xmlns="{MAIN}"><si><t>&j;</t></si></sst>'},
    )


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: raw_xlsx(b"0" * 60_000_000), "zip_bomb"),
    "many thousand parts": (
        lambda: raw_xlsx(sheet_xml(HEADER), {f"xl/media/{n}": "" for n in range(10_001)}),
        "zip_bomb",
    ),
    "a lie about its size": (_lying, "damaged_workbook"),
    "laughs in the sheet": (lambda: raw_xlsx(LAUGHS + sheet_xml(row_xml(1, ["&j;"]))), "declares_entities"),
    "laughs in UTF-16": (
        lambda: raw_xlsx(
            ('<?xml version="1.0" encoding="utf-16"?>' + LAUGHS + sheet_xml(HEADER)).encode("utf-16")
        ),
        "declares_entities",
    ),
    "laughs in the texts": (_entity_in_strings, "declares_entities"),
    "an external entity": (
        lambda: raw_xlsx(
            '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet_xml(row_xml(1, ["&e;"]))
        ),
        "declares_entities",
    ),
    "rows that run back": (
        lambda: raw_xlsx(sheet_xml(row_xml(5, ["a"]) + row_xml(4, ["b"]))),
        "damaged_workbook",
    ),
    "a cell beyond the sheet": (
        lambda: raw_xlsx(sheet_xml('<row r="1"><c r="ZZZ1"><v>1</v></c></row>')),
        "damaged_workbook",
    ),
    "a number that is none": (
        lambda: raw_xlsx(sheet_xml('<row r="1"><c><v>1e9e9</v></c></row>')),
        "damaged_workbook",
    ),
    "a text that is not there": (
        lambda: raw_xlsx(sheet_xml('<row r="1"><c t="s"><v>99</v></c></row>')),
        "damaged_workbook",
    ),
    "cut in the middle": (lambda: WHOLE[: len(WHOLE) // 2], "damaged_workbook"),
    "an old one cut in the middle": (lambda: xls(("A", [["a"] * 9] * 999))[:30_000], "damaged_workbook"),
    "garbage behind a signature": (lambda: b"PK\x03\x04" + bytes(range(256)) * 40, "damaged_workbook"),
    "a password": (lambda: _container("EncryptionInfo", "EncryptedPackage"), "password_protected"),
    "an old password": (_encrypted_xls, "password_protected"),
    "an old letter": (lambda: _container("WordDocument"), "other_format"),
    "a Word document": (
        lambda: _archive(**{"[Content_Types].xml": b"", "word__document.xml": b""}),
        "other_format",
    ),
    "an .ods": (
        lambda: _archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": b""}),
        "other_format",
    ),
    "an .xlsb": (lambda: _archive(**{"[Content_Types].xml": b"", "xl__workbook.bin": b""}), "other_format"),
    "an archive of a CSV": (lambda: _archive(**{"prices.csv": b"a,b\n1,2\n"}), "other_format"),
    "a PDF": (lambda: b"%PDF-1.7 \xe2\xe3", "other_format"),
    "hidden sheets alone": (
        lambda: raw_xlsx(
            sheet_xml(HEADER),
            {
                "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/'
                'officeDocument/2006/relationships"><sheets><sheet name="S" state="hidden" sheetId="1" r:id="rId1"/>'
                "</sheets></workbook>"
            },
        ),
        "only_hidden_sheets",
    ),
    "no sheet": (lambda: raw_xlsx("", {"xl/workbook.xml": f'<workbook xmlns="{MAIN}"/>'}), "no_sheet"),
    "5,000 columns": (
        lambda: xlsx(("A", [[f"c{n}" for n in range(5_000)], ["x"] * 5_000])),
        "too_many_columns",
    ),
    "5,000 members": (lambda: json.dumps([{f"c{n}": n for n in range(5_000)}]).encode(), "too_many_columns"),
    "JSON cut in the middle": (
        lambda: json.dumps([{"a": "x" * 50}] * 2_000).encode()[:60_001],
        "json_cut_off",
    ),
    "JSON cut before its end": (lambda: b'[{"a": 1}, {"a": 2}', "json_cut_off"),
    "JSON with a fault": (lambda: b'[{"a": 1}, {a: 2}]', "invalid_json"),
    "JSON that goes on": (lambda: b'{\n"a": 1}\n{"a": 2}', "json_goes_on"),
    "JSON in another encoding": (lambda: '[{"a": "Öl"}]'.encode("latin-1"), "undecodable_json"),
    "a deep JSON": (lambda: b'[{"a":' * 200_000, "too_deep"),
    "a deep list": (lambda: b"[" * 1_000_000, "too_deep"),
    "a record of 20 MB": (lambda: b'[{"a": "' + b"x" * 20_000_000 + b'"}]', "value_too_long"),
    "a line of 2 MB": (lambda: b'{"a": 1}\n{"a": "' + b"x" * 2_000_000 + b'"}\n', "line_too_long"),
    "nothing": (lambda: b"[]", "empty"),
}


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_by_name(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(UnreadableFileError) as caught:
        taken(make(), filename="prices.csv")
    assert caught.value.code == code, caught.value.message
    assert len(caught.value.message) > 40 and "%(" not in caught.value.message


def test_a_sheet_with_one_cell_in_its_last_corner_is_read_whole() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    read = taken(raw_xlsx(sheet_xml(HEADER + row_xml(2, ["A", "Apple"]) + far)))
    assert [record.row for record in read.rows] == [2, 1_048_576]
    assert read.flaws == {1_048_576: "too_wide"}
    assert read.found.dialect.skipped_rows == 1_048_573


def test_cells_that_no_field_could_hold_are_refused_by_their_row() -> None:
    rows = (
        HEADER
        + row_xml(2, ["A", "x" * 10_000_000])
        + row_xml(3, ["B", "_x0000_"])
        + row_xml(4, ["C", "Cake"])
    )
    read = taken(raw_xlsx(sheet_xml(rows)))
    assert read.flaws == {2: "cell_too_long", 3: "broken_character"}
    assert max(len(cell) for record in read.rows for cell in record.cells) < 1_000


def test_formulas_and_links_are_texts_and_results_and_nothing_is_followed() -> None:
    links = {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}
    cells = row_xml(1, ["code", "name"]) + (
        '<row r="2"><c t="str"><f>[1]Other!A1</f><v>A</v></c>'
        '<c t="inlineStr"><is><t>=cmd|"/c calc"!A0</t></is></c></row>'
    )
    assert taken(raw_xlsx(sheet_xml(cells), links)).cells == [["A", '=cmd|"/c calc"!A0']]


CAPS: dict[str, tuple[str, int, Callable[[], bytes], str]] = {
    "rows of a workbook": (
        "IMPORT_MOST_ROWS",
        50,
        lambda: xlsx(("A", [["code"], *[[n] for n in range(60)]])),
        "too_many_rows",
    ),
    "rows of a text": ("IMPORT_MOST_ROWS", 50, lambda: b"code\n" + b"A\n" * 51, "too_many_rows"),
    "rows of JSON lines": ("IMPORT_MOST_ROWS", 50, lambda: b'{"a":1}\n' * 51, "too_many_rows"),
    "columns": ("IMPORT_MOST_COLUMNS", 3, lambda: b"a,b,c,d\n1,2,3,4\n", "too_many_columns"),
    "bytes once unpacked": (
        "IMPORT_UNPACKED_LIMIT_BYTES",
        1 << 20,
        lambda: raw_xlsx(sheet_xml(HEADER) + " " * (2 << 20)),
        "too_large_unpacked",
    ),
    "bytes of rows": (
        "IMPORT_UNPACKED_LIMIT_BYTES",
        1 << 20,
        lambda: b'{"a":"' + b'x" }\n{"a":"'.join([b"y" * 999] * 1500) + b'"}',
        "too_large_unpacked",
    ),
    "memory": (
        "IMPORT_READING_MEMORY_BYTES",
        96 << 20,
        lambda: raw_xlsx(
            sheet_xml(row_xml(1, ["a"])),
            {"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">' + "<a/>" * 5_000_000 + "</styleSheet>"},
        ),
        "too_much",
    ),
    "time": (
        "IMPORT_READING_SECONDS",
        1,
        lambda: raw_xlsx(
            sheet_xml("".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(1, 400_000)))
        ),
        "too_much",
    ),
}


@pytest.mark.parametrize("name", CAPS)
def test_a_cap_is_a_setting_and_its_refusal_names_it(name: str, settings: Any) -> None:
    setting, cap, make, code = CAPS[name]
    setattr(settings, setting, cap)
    with pytest.raises(UnreadableFileError) as caught:
        taken(make())
    assert caught.value.code == code, caught.value.message


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b'{"a": "' + b"x" * 500_000 + b'"}\n')
    options = {"sheet": None, "memory": 1 << 30, "seconds": 20}
    options["limits"] = {"rows": 9, "columns": 9, "cell": 1 << 20, "row": 1 << 20, "unpacked": 1 << 30}  # type: ignore[assignment]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "server.imports.sources.child",
            "jsonl",
            file,
            "/dev/full",
            json.dumps(options),
        ],
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout) == {"refused": "disk_full", "facts": {}}, done.stderr


def test_the_child_sees_no_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    run = subprocess.run

    def spy(command: list[str], **options: Any) -> Any:
        seen.update(options)
        return run(command, **options)

    monkeypatch.setattr(conversion.subprocess, "run", spy)
    taken(b'[{"a": 1}]')
    assert set(seen["env"]) == {"PYTHONPATH", "LANG"}
    assert seen["stdin"] == subprocess.DEVNULL
    assert not Path(seen["cwd"]).exists(), "the folder of the child outlives it"


def test_the_child_imports_no_django() -> None:
    names = ["child", "workbook", "legacy_workbook", "json_document", "json_lines", "stream"]
    code = "import sys\n" + "".join(f"import server.imports.sources.{name}\n" for name in names)
    code += "sys.exit(any(name.split('.')[0] in ('django', 'rest_framework') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MEASURE = """
import json, os, resource, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "server.config.settings.test"
import django
django.setup()
from tests.server.imports.files import taken
from tests.server.imports.test_hostile_sources import LARGE
from server.imports.issues import UnreadableFileError
for name in sys.argv[1:]:
    data = LARGE[name]()
    began = time.monotonic()
    try:
        rows = taken(data).found.rows
    except UnreadableFileError as error:
        rows = error.code
    print(json.dumps([name, rows, round(time.monotonic() - began, 1)]))
own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([own >> 10, child >> 10]))
"""
LARGE: dict[str, Callable[[], bytes]] = {
    "many texts": lambda: raw_xlsx(
        sheet_xml("".join(row_xml(n, [f"A{n}", "x" * 3_000]) for n in range(1, 6_000)))
    ),
    "the corner": lambda: raw_xlsx(
        sheet_xml(HEADER + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "20 MB of JSON": lambda: json.dumps(
        [{"code": f"A{n}", "name": "x" * 3_000} for n in range(6_000)]
    ).encode(),
    "a bomb": REFUSED["a bomb"][0],
}


def test_large_and_hostile_files_cost_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *LARGE], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert done.returncode == 0, done.stderr
    *files, (own, child) = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    print(files, f"server {own} MB, child {child} MB")
    assert own < 512 and child < 1024
    assert all(seconds < SOON for _name, _rows, seconds in files)
