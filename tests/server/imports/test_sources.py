"""Any real file is read: what it is told by its content, its rows under their own numbers, its values exactly."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from openpyxl.utils.datetime import MAC_EPOCH

from server.imports.issues import UnreadableFileError
from server.imports.sources.cells import number_text, shown_number
from server.imports.sources.formats import format_of
from tests.server.imports.files import taken
from tests.server.imports.workbooks import raw_xlsx, row_xml, sheet_xml, xls, xlsx

PRICES = [["code", "name", "price"], ["00123", "Apple", 0.5], ["00124", "Bread", 12]]


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"PK\x03\x04....", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b'[{"code": "A"}]', "json"),
        (b'\xef\xbb\xbf  [ {"code": "A"}', "json"),
        (b"[]", "json"),
        (b'{\n  "items": [', "json"),
        (b'{"items": [{"a": 1}]}', "json"),
        (b'{"code": "A"}\n{"code": "B"}\n', "jsonl"),
        (b'["code","name"]\n["A","Apple"]\n', "jsonl"),
        ('{"code": "A"}'.encode("utf-16"), "json"),
        (b"[id],[name]\n1,Apple\n", "delimited"),
        (b"{id};{name}\n1;Apple\n", "delimited"),
        (b"code,name\nA,{}\n", "delimited"),
        (b"", "delimited"),
    ],
)
def test_a_format_is_told_by_its_content(head: bytes, form: str) -> None:
    assert format_of(head) == form


@pytest.mark.parametrize("write", [xlsx, xls])
def test_a_workbook_is_a_table(write: Any) -> None:
    read = taken(write(("Prices", PRICES)), filename="prices.csv")
    assert read.names == ["code", "name", "price"]
    assert read.cells == [["00123", "Apple", "0.5"], ["00124", "Bread", "12"]]
    assert [record.row for record in read.rows] == [2, 3]
    dialect = read.found.dialect
    assert (dialect.sheet, dialect.sheets) == ("Prices", [{"name": "Prices", "hidden": False}])
    assert (dialect.encoding, dialect.delimiter, dialect.encoding_sure) == ("", "", True)


@pytest.mark.parametrize("write", [xlsx, xls])
def test_the_first_visible_sheet_with_cells_is_taken_and_any_other_by_its_name(write: Any) -> None:
    def hide(book: Any) -> None:
        if write is xlsx:
            book["Secret"].sheet_state = "veryHidden"
        else:
            book.get_sheet("Secret").visibility = 2

    data = write(
        ("Secret", [["a", "b"], [1, 2]]), ("Empty", []), ("Prices", PRICES), ("Old", PRICES[:2]), dress=hide
    )
    read = taken(data)
    assert read.found.dialect.sheet == "Prices"
    assert [(sheet["name"], sheet["hidden"]) for sheet in read.found.dialect.sheets] == [
        ("Secret", True),
        ("Empty", False),
        ("Prices", False),
        ("Old", False),
    ]
    assert taken(data, sheet="Old").cells == [["00123", "Apple", "0.5"]]
    assert taken(data, sheet="Secret").cells == [["1", "2"]]
    with pytest.raises(UnreadableFileError) as caught:
        taken(data, sheet="Prises")
    assert caught.value.code == "no_such_sheet" and "“Prices”" in caught.value.message
    with pytest.raises(UnreadableFileError) as caught:
        taken(data, sheet="Empty")
    assert caught.value.code == "empty"


@pytest.mark.parametrize("epoch", [None, MAC_EPOCH])
def test_dates_are_those_of_either_system(epoch: Any) -> None:
    def dress(book: Any) -> None:
        if epoch is not None:
            book.epoch = epoch
        book["Days"]["D2"].number_format = "[h]:mm"

    moments = [dt.date(2026, 2, 28), dt.datetime(2026, 11, 21, 13, 30, 5), dt.time(7, 45), 26.5 / 24]
    read = taken(xlsx(("Days", [["day", "moment", "time", "span"], moments]), dress=dress))
    assert read.cells == [["2026-02-28", "2026-11-21 13:30:05", "07:45:00", "26:30:00"]]


def test_old_workbooks_have_both_systems_of_dates_too() -> None:
    def to_1904(book: Any) -> None:
        book.dates_1904 = True

    day = (dt.date(2026, 2, 28), "DD/MM/YYYY")
    plain = taken(xls(("Days", [["code", "day"], ["A", day], ["B", (44.0, "0.00")]])))
    assert plain.cells == [["A", "2026-02-28"], ["B", "44"]]
    serial = (dt.date(2026, 2, 28) - dt.date(1904, 1, 1)).days
    moved = taken(xls(("Days", [["code", "day"], ["A", (serial, "DD/MM/YYYY")]]), dress=to_1904))
    assert moved.cells == [["A", "2026-02-28"]]


def test_a_date_that_no_calendar_has_is_shown_as_the_sheet_shows_it() -> None:
    cells = f'{row_xml(1, ["code", "day"])}<row r="2"><c><v>1</v></c><c s="1"><v>-4</v></c></row>'
    assert taken(raw_xlsx(sheet_xml(cells))).cells == [["1", "########"]]


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.3"),
        ("1.2100000000000002", "1.21"),
        ("100.00000000000001", "100"),
        ("-0.0", "0"),
        ("1E-05", "0.00001"),
        ("4006381333931", "4006381333931"),
        ("12345678901234567890", "12345678901234567890"),
        ("1234567890123.4567", "1234567890123.4567"),
        ("12345678901234.567890", "12345678901234.56789"),
        ("1e300", "1E+300"),
    ],
)
def test_a_number_loses_its_noise_and_no_digit(stored: str, read: str) -> None:
    assert number_text(stored) == read


@pytest.mark.parametrize(
    ("stored", "shape", "read"),
    [
        ("123", "00000", "00123"),
        ("1.5", "00000", "1.5"),
        ("0.15", "0%", "15%"),
        ("0.155", '0.0" "%', "15.5%"),
        ("7", '0" %"', "7"),
        ("1234.5", "#,##0.00", "1234.5"),
    ],
)
def test_a_number_reads_as_its_format_means_it(stored: str, shape: str, read: str) -> None:
    assert shown_number(stored, shape) == read


@pytest.mark.parametrize("text", ["nan", "inf", "1,5", "", "--1"])
def test_what_is_no_number_damages_the_file(text: str) -> None:
    with pytest.raises(ValueError):
        number_text(text)


def test_a_formula_is_its_result_and_one_without_is_pointed_out() -> None:
    cells = row_xml(1, ["code", "price"]) + (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>B</t></is></c><c r="B3"><f>[1]Other!A1</f><v/></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>C</t></is></c><c r="B4" t="str"><f>""</f><v></v></c></row>'
    )
    read = taken(raw_xlsx(sheet_xml(cells)))
    assert read.cells == [["A", "2"], ["B", ""], ["C", ""]]
    assert read.flaws == {3: "formula_without_value"}
    flaw = read.rows[1].flaw
    assert flaw is not None and "B3" in flaw.message and flaw.level == "warning"
    assert read.source["notes"] == [["formulas_without_value", {"count": 1}]]


def test_errors_booleans_and_escapes_come_as_they_are_shown() -> None:
    cells = row_xml(1, ["code", "a", "b"]) + (
        '<row r="2"><c t="e"><v>#DIV/0!</v></c><c t="b"><v>1</v></c>'
        "<c t='inlineStr'><is><r><t>two </t></r><r><t>runs_x000D__x005F_x0041_</t></r>"
        "<rPh><t>aid</t></rPh></is></c></row>"
    )
    assert taken(raw_xlsx(sheet_xml(cells))).cells == [["#DIV/0!", "true", "two runs\r_x0041_"]]


@pytest.mark.parametrize("write", [xlsx, xls])
def test_a_value_merged_over_rows_stands_in_each_of_them(write: Any) -> None:
    def merge(book: Any) -> None:
        if write is xlsx:
            book["Stock"].merge_cells("A2:A4")
        else:
            book.get_sheet("Stock").merge(1, 3, 0, 0)

    rows = [["category", "code"], ["Fruit", "A"], [None, "B"], [None, "C"], ["Bread", "D"]]
    read = taken(write(("Stock", rows), dress=merge))
    assert read.cells == [["Fruit", "A"], ["Fruit", "B"], ["Fruit", "C"], ["Bread", "D"]]
    assert read.source["notes"] == [["merged_cells", {"count": 1, "first": "A2"}]]


def test_rows_of_a_sheet_keep_their_numbers_over_gaps() -> None:
    cells = row_xml(2, ["code", "name"]) + row_xml(7, ["A", "Apple"]) + row_xml(9, ["B"])
    read = taken(raw_xlsx(sheet_xml(cells)))
    assert read.found.dialect.header_row == 2
    assert [(record.row, record.cells) for record in read.rows] == [(7, ["A", "Apple"]), (9, ["B", ""])]
    assert read.found.dialect.skipped == [
        {"row": 1, "rows": 1, "reason": "blank", "text": ""},
        {"row": 3, "rows": 4, "reason": "blank", "text": ""},
        {"row": 8, "rows": 1, "reason": "blank", "text": ""},
    ]


def test_json_records_become_rows_with_dotted_columns() -> None:
    records = [
        {"code": "00123", "supplier": {"code": "S1", "address": {"city": "Bonn"}}, "price": 1},
        {"code": "B", "tags": ["a", 1.50], "ok": True, "price": None},
    ]
    read = taken(json.dumps(records).encode(), filename="x.json")
    assert read.names == ["code", "supplier.code", "supplier.address.city", "price", "tags", "ok"]
    assert read.cells == [["00123", "S1", "Bonn", "1", "", ""], ["B", "", "", "", '["a",1.5]', "true"]]
    assert [record.row for record in read.rows] == [1, 2]
    assert read.found.dialect.named and read.found.dialect.header_row == 0


def test_numbers_of_json_are_exact() -> None:
    text = b'[{"a": 1.10, "b": 12345678901234567890.123, "c": 1e3, "d": -0, "e": 1e999, "f": 0.1}]'
    assert taken(text).cells == [["1.10", "12345678901234567890.123", "1000", "-0", "1e999", "0.1"]]


def test_the_array_in_an_object_is_found_and_another_taken_by_its_path() -> None:
    text = b"""{"count": 2, "errors": [], "data": {"items": [{"code": "A"}, {"code": "B"}]}, "more": [{"z": 1}]}"""
    read = taken(text)
    assert (read.found.dialect.sheet, read.cells) == ("data.items", [["A"], ["B"]])
    assert [sheet["name"] for sheet in read.found.dialect.sheets] == ["data.items", "more"]
    assert taken(text, sheet="more").cells == [["1"]]
    assert taken(b'{"code": "A", "at": {"city": "Bonn"}}').names == ["code", "at.city"]


def test_an_array_of_arrays_is_a_table_with_its_own_header() -> None:
    read = taken(b'[["code", "price"], ["A", 1.5], ["B", 2]]')
    assert (read.names, read.cells) == (["code", "price"], [["A", "1.5"], ["B", "2"]])


def test_a_record_that_says_one_thing_twice_or_nothing_countable_is_refused_by_its_number() -> None:
    read = taken(b'[{"a": 1}, {"a": 1, "a": 2}, {"a": NaN}, {"a": "\\u0000"}, 7, {"a": 3}]')
    assert read.flaws == {
        2: "doubled_key",
        3: "not_a_number",
        4: "broken_character",
        5: "not_an_object",
    }
    assert read.found.ragged_rows == [2, 3, 4, 5]


def test_a_broken_line_of_json_lines_costs_itself_alone() -> None:
    text = b'{"code": "A"}\n\n{"code": \n{"code": "C", "n": {"x": 1}}\n{"code": "D"} x\n[1]\n'
    read = taken(text)
    assert read.names == ["code", "n.x"]
    assert read.flaws == {3: "invalid_json_line", 5: "invalid_json_line"}
    assert [record.row for record in read.rows] == [1, 3, 4, 5, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_is_read_in_its_encodings(encoding: str) -> None:
    text = json.dumps([{"name": "Öl 🛢"}] * 3, ensure_ascii=False)
    assert taken(text.encode(encoding)).cells == [["Öl 🛢"]] * 3


DRAWN = {
    "Markdown": "| code | name |\n|:-----|-----:|\n| A | Ap\\|ple |\n| B | |\n",
    "a shell": " code | name   \n------+--------\n A    | Ap|ple \n B    | \n(2 rows)\n".replace(
        "Ap|ple", "Apple"
    ),
    "boxes": "+------+-------+\n| code | name  |\n+------+-------+\n| A    | Apple |\n| B    |       |\n+------+-------+\n",
    "lines": "┌──────┬───────┐\n│ code │ name  │\n├──────┼───────┤\n│ A    │ Apple │\n│ B    │       │\n└──────┴───────┘\n",
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_pasted_drawing_of_a_table_is_a_table(name: str) -> None:
    read = taken(DRAWN[name].encode())
    assert read.found.dialect.format == "framed"
    assert read.names == ["code", "name"]
    assert [[cell.replace("|", "") for cell in cells] for cells in read.cells] == [["A", "Apple"], ["B", ""]]


def test_a_pasted_selection_of_a_sheet_is_divided_by_tabs() -> None:
    read = taken(b"code\tname\tprice\nA\tApple, red\t1,50\nB\tBread\t2,00\n")
    assert read.found.dialect.delimiter == "\t"
    assert read.cells[0] == ["A", "Apple, red", "1,50"]


def test_the_line_that_excel_takes_for_an_instruction_is_one() -> None:
    read = taken(b"sep=;\r\ncode;name\r\nA;Apple, red\r\n")
    assert (read.names, read.cells) == (["code", "name"], [["A", "Apple, red"]])
    assert read.found.dialect.skipped[0]["reason"] == "title"


def test_exact_numbers_of_a_workbook_are_never_taken_for_thousands() -> None:
    """`1.234` in a cell of numbers is 1.234, also beside texts that write commas (P18)."""
    from server.imports.values.numbers import NumberEvidence, read_number

    evidence = NumberEvidence(from_text=False)
    evidence.add(["1.234", "2", "1.200,50"])
    number, flaw = read_number("1.234", evidence.style(), money=False, percent=False)
    assert number is None and flaw is not None and flaw.code == "ambiguous"
    alone = NumberEvidence(from_text=False)
    alone.add(["1.234"])
    assert read_number("1.234", alone.style(custom=","), money=False, percent=False) == (
        Decimal("1.234"),
        None,
    )
