"""A file is recognised for what it is, or refused with a sentence that says what to do."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from server.imports.issues import UnreadableFileError
from tests.server.imports.files import DATA, FOODS, MEAT_PLANTS, real_file, recognised, records

PRICES = "Artikel;Bezeichnung;Preis\nA1;Schnürsenkel, lang;1,50\nA2;Öl;2,30\nA3;Käse;12,00\n"


@pytest.mark.parametrize(
    ("data", "encoding", "sure"),
    [
        (PRICES.encode(), "utf-8", True),
        (codecs.BOM_UTF8 + PRICES.encode(), "utf-8", True),
        (codecs.BOM_UTF16_LE + PRICES.encode("utf-16-le"), "utf-16-le", True),
        (codecs.BOM_UTF16_BE + PRICES.encode("utf-16-be"), "utf-16-be", True),
        (PRICES.encode("cp1252"), "cp1252", False),
        (
            "".join(f"A{n};Ascii;1,50\n" for n in range(30_000)).encode() + "Z;Öl;1,00\n".encode("cp1252"),
            "cp1252",
            False,
        ),
    ],
)
def test_the_encoding_is_told_and_whether_that_is_sure(data: bytes, encoding: str, sure: bool) -> None:
    found = recognised(data)
    assert (found.dialect.encoding, found.dialect.encoding_sure) == (encoding, sure)
    assert found.dialect.has_bom == data.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    )
    assert found.ragged_rows == []


def test_cyrillic_is_told_from_western_letters() -> None:
    words = "артикул;наименование;цена\n" + "".join(f"{n};Сливочное масло и творог;15\n" for n in range(50))
    found = recognised(words.encode("cp1251"))
    assert found.dialect.encoding == "cp1251"
    assert found.columns[1].name == "наименование"


@pytest.mark.parametrize("encoding", ["cp1251", "cp949"])
def test_an_encoding_is_guessed_from_lines_wherever_the_pieces_of_the_file_end(encoding: str) -> None:
    words = {"cp1251": "Яблоко зелёное", "cp949": "사과 주스"}[encoding]
    data = ("code;name\n" + "".join(f"A{n};{words}\n" for n in range(60))).encode(encoding)
    assert {recognised(data, size=size).dialect.encoding for size in (1, 3, 7, 64, 1 << 20)} == {encoding}


@pytest.mark.parametrize(
    ("delimiter", "quote"),
    [(",", '"'), (";", '"'), ("\t", '"'), ("|", '"'), ("^", "~"), (";", "'"), ("\x1f", '"'), ("¦", '"')],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_quote_and_line_ends_are_told(delimiter: str, quote: str, newline: str) -> None:
    rows = [["code", "name", "price"]]
    rows += [[f"{n:05}", f"{quote}Bread {delimiter} butter, jam; more{quote}", "1.5"] for n in range(20)]
    found = recognised(newline.join(delimiter.join(row) for row in rows).encode())
    assert found.dialect.delimiter == delimiter
    assert found.dialect.quote == quote
    assert found.dialect.newline == newline
    assert found.dialect.header_row == 1
    assert found.rows == 20


def test_decimal_commas_do_not_pass_for_delimiters() -> None:
    found = recognised(b"Apfel;1,50;2,30\nBirne;1,60;2,40\nPflaume;1,70;2,50\n")
    assert found.dialect.delimiter == ";"
    assert found.dialect.header_row == 0
    assert [column.name for column in found.columns] == ["Column 1", "Column 2", "Column 3"]


def test_a_header_is_found_under_a_title_and_blank_lines() -> None:
    data = b"Price list 2026,,\n,,\n\nSKU,Description,Price\nA-1,Bolt,1.50\nA-2,Nut,0.10\n"
    found = recognised(data)
    assert found.dialect.header_row == 4
    assert [column.name for column in found.columns] == ["SKU", "Description", "Price"]
    assert found.rows == 2


def test_a_table_of_one_column_is_a_table() -> None:
    found = recognised(b"name\nMiller\nSmith\n")
    assert [column.name for column in found.columns] == ["name"]
    assert found.rows == 2


def test_names_of_known_fields_are_a_header_even_without_rows_under_it() -> None:
    found = recognised(b"code,name\n", known_names={"code", "name"})
    assert (found.dialect.header_row, found.rows) == (1, 0)


def test_what_a_person_declares_is_taken_as_it_is() -> None:
    found = recognised(b"a,b;c\n1,2;3\n", declared={"delimiter": ";", "header_row": 0})
    assert found.dialect.delimiter == ";"
    assert [column.name for column in found.columns] == ["Column 1", "Column 2"]
    assert found.rows == 2


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b" \r\n\t\n", "empty", "empty"),
        (codecs.BOM_UTF8, "empty", "empty"),
        (b"%PDF-1.7 \xe2\xe3", "other_format", "PDF"),
        (b"  <!DOCTYPE HTML><html>", "other_format", "web page"),
        (b"a,b\n1,\x002\n", "nul_bytes", "NUL"),
        (bytes(range(1, 32)) * 20, "binary", "control"),
        (b"a,b\n" + b"x" * (1 << 20), "line_too_long", "Line 2"),
        (b",".join(b"c%d" % n for n in range(1_200)) + b"\n", "too_many_columns", "1200"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data: bytes, code: str, words: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        recognised(data, filename="prices.csv")
    assert caught.value.code == code
    assert words in caught.value.message


def test_a_nul_byte_far_down_is_found_at_its_line() -> None:
    data = b"a,b\n" + b"1,2\n" * 100_000 + b"1,\x00\n"
    with pytest.raises(UnreadableFileError) as caught:
        recognised(data)
    assert caught.value.code == "nul_bytes" and "100002" in caught.value.message


def test_a_wrong_encoding_by_hand_is_refused_at_its_line() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        recognised("a,b\n1,2\nÖl,3\n".encode("cp1252"), declared={"encoding": "utf-8"})
    assert caught.value.code == "undecodable"


SPECTRUM = sorted((DATA / "csv-spectrum" / "csvs").glob("*.csv")) or [
    DATA / "csv-spectrum" / "csvs" / "missing.csv"
]


@pytest.mark.data
@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem)
def test_csv_spectrum_is_read_cell_for_cell(path: Path) -> None:
    data = real_file(path)
    header, *body = [record.cells for record in records(data)]
    text = (path.parents[1] / "json" / f"{path.stem}.json").read_text()
    if b"\r\n" not in data:
        text = text.replace("\\r\\n", "\\n")  # some copies of the collection have lost their CRLF
    answer = json.loads(text)
    answer = answer if isinstance(answer, list) else [answer]
    if path.stem == "location_coordinates":  # its two files give two different telephone numbers
        answer[0][header[0]] = body[0][0]
    assert [dict(zip(header, cells, strict=True)) for cells in body] == answer


@pytest.mark.data
def test_the_meat_plant_directory_loses_one_row_by_its_number() -> None:
    found = recognised(real_file(MEAT_PLANTS))
    print(f"meat plants: {found.rows} rows, refused {found.ragged_rows}")
    assert (found.dialect.encoding, found.dialect.has_bom, found.dialect.newline) == ("utf-8", True, "\r")
    assert (found.rows, found.ragged_rows) == (6287, [5147])
    broken = next(record for record in records(real_file(MEAT_PLANTS)) if record.row == 5147)
    assert broken.cells[0] == "M717M" and len(broken.cells) == 40
    assert broken.flaw is not None and broken.flaw.code == "broken_quotes"


@pytest.mark.data
def test_the_foods_have_no_header_and_keep_their_zeros() -> None:
    found = recognised(real_file(FOODS), filename="FOOD_DES.txt")
    print(f"foods: {found.rows} rows, refused {found.ragged_rows}")
    dialect = found.dialect
    assert (dialect.delimiter, dialect.quote, dialect.newline, dialect.header_row) == ("^", "~", "\r\n", 0)
    assert (found.rows, found.ragged_rows, len(found.columns)) == (8194, [], 14)
    assert found.columns[0].samples[0] == "01001"
    drink = next(record for record in records(real_file(FOODS)) if record.cells[0] == "14460")
    assert "“G performance O 2”" in drink.cells[2]
