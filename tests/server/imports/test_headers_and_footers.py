"""Titles above, names on several rows, totals and blank rows below: told with their reason, never taken for data."""

from __future__ import annotations

from typing import Any

import pytest

from server.imports.issues import UnreadableFileError
from server.imports.reading.tables import NO_ROW
from tests.server.imports.files import taken
from tests.server.imports.workbooks import xlsx


def reasons(read: Any) -> list[tuple[int, int, str]]:
    return [(each["row"], each["rows"], each["reason"]) for each in read.found.dialect.skipped]


def test_titles_totals_notes_and_blank_rows_are_told() -> None:
    rows: list[list[Any]] = [["Price list 2026"], [], ["code", "name", "price"]]
    rows += [
        ["A", "Apple", 1.5],
        [],
        ["B", "Bread", 2.5],
        [],
        ["Total", None, 4],
        ["Printed by Ann on Monday"],
    ]
    read = taken(xlsx(("Prices", rows)))
    assert read.cells == [["A", "Apple", "1.5"], ["B", "Bread", "2.5"]]
    assert reasons(read) == [
        (1, 1, "title"),
        (2, 1, "blank"),
        (5, 1, "blank"),
        (7, 1, "blank"),
        (8, 1, "total"),
        (9, 1, "note"),
    ]
    dialect = read.found.dialect
    assert (dialect.footer_rows, dialect.last_row, dialect.skipped_rows) == (2, 7, 6)
    assert dialect.skipped[4]["text"] == "Total | 4"


@pytest.mark.parametrize(
    "last",
    ["Total,,4", "Grand total:,,4.00", "Summe;;4,00", "SOMME,,4", "Total (EUR),,4", "(2 rows),,", ",Total,4"],
)
def test_a_total_is_known_by_its_word_and_its_gaps(last: str) -> None:
    mark = ";" if ";" in last else ","
    text = "\n".join(
        line.replace(",", mark) for line in ("code,name,price", "A,Apple,1.5", "B,Bread,2.5", last)
    )
    read = taken(text.encode())
    assert reasons(read) == [(4, 1, "total")], read.found.dialect


@pytest.mark.parametrize(
    "last",
    [
        "Total,Total Energies,4",  # a record whose code is the word
        "T9,Total,4",
        "Totally,,4",
        "C,,",  # a record with a code alone
        "Sum up,Cake,4",
    ],
)
def test_a_record_is_not_taken_for_a_total(last: str) -> None:
    read = taken(f"code,name,price\nA,Apple,1.5\nB,Bread,2.5\n{last}\n".encode())
    assert read.found.rows == 3, read.found.dialect.skipped


def test_a_table_of_nothing_but_its_total_has_no_rows() -> None:
    read = taken(b"Total,,\nPrinted by Ann on Monday\n")
    assert (read.cells, read.found.rows, read.found.dialect.last_row) == ([], 0, NO_ROW)
    assert reasons(read) == [(1, 1, "total"), (2, 1, "note")]


def test_a_full_row_named_total_is_one_only_behind_a_blank_row() -> None:
    assert taken(b"name,price\nApple,1\nBread,2\nTotal,3\n").found.rows == 3
    assert taken(b"name,price\nApple,1\nBread,2\n\nTotal,3\n").found.rows == 2


def test_rows_of_delimiters_alone_are_blank() -> None:
    read = taken(b"code,name\nA,Apple\n,\nB,Bread\n , \n,\n,\n")
    assert read.cells == [["A", "Apple"], ["B", "Bread"]]
    assert reasons(read) == [(3, 1, "blank"), (5, 3, "blank")]


def test_what_a_person_says_of_the_rows_counts() -> None:
    text = b"code,name,price\nkg,text,EUR\nA,Apple,1\nB,Bread,2\nTotal,,3\n"
    read = taken(text, declared={"header_row": 2, "header_rows": 2, "footer_rows": 0, "skip_rows": [3]})
    assert read.names == ["code kg", "name text", "price EUR"]
    assert read.cells == [["B", "Bread", "2"], ["Total", "", "3"]]
    assert reasons(read) == [(3, 1, "declared")]
    assert taken(text, declared={"footer_rows": 2}).found.rows == 2
    assert taken(text, declared={"footer_rows": 99}).found.rows == 0
    with pytest.raises(UnreadableFileError) as caught:
        taken(text, declared={"header_row": 1, "header_rows": 2})
    assert caught.value.code == "no_such_header"


def test_groups_above_names_that_repeat_are_joined_to_them() -> None:
    text = b",Billing,,Shipping,\ncode,street,city,street,city\nA,x st,Bonn,y st,Kiel\nB,z st,Ulm,w st,Jena\n"
    read = taken(text)
    assert read.names == ["code", "Billing street", "Billing city", "Shipping street", "Shipping city"]
    assert (read.found.dialect.header_row, read.found.dialect.header_rows, read.found.rows) == (2, 2, 2)


def test_names_below_groups_are_joined_to_them() -> None:
    read = taken(b"code,name,Price,\n,,net,gross\nA,Apple,1.5,2\nB,Bread,1,2\n")
    assert read.names == ["code", "name", "Price net", "Price gross"]
    assert read.found.rows == 2


def test_merged_names_of_a_sheet_are_one_name() -> None:
    def merge(book: Any) -> None:
        for area in ("A1:A2", "B1:C1"):
            book["Prices"].merge_cells(area)

    rows = [["code", "Price", None], [None, "net", "gross"], ["A", 1.5, 2], ["B", 1, 2]]
    read = taken(xlsx(("Prices", rows), dress=merge))
    assert (read.names, read.found.rows) == (["code", "Price net", "Price gross"], 2)


def test_a_header_without_groups_stays_as_it_is() -> None:
    read = taken(b"Article,,Price,\ncode,name,net,gross\nA,Apple,1.5,2\nB,Bread,1,2\n")
    assert read.names == ["code", "name", "net", "gross"]
    assert reasons(read) == [(1, 1, "title")]


def test_a_ragged_row_is_refused_by_its_number_and_none_is_shifted() -> None:
    read = taken(b"code,name,price\nA,Apple,1\nB,Bread\nC,Cake,3,4\nD,Dill,5\n")
    assert read.flaws == {3: "ragged", 4: "ragged"}
    assert read.found.ragged_rows == [3, 4]


def test_a_remark_far_to_the_right_is_refused_by_its_row_and_does_not_hide_the_header() -> None:
    rows: list[list[Any]] = [["code", "name"], ["A", "Apple"], ["B", "Bread"], ["C", "Cake"]]
    rows[2] += [None] * 20 + ["call Ann"]
    read = taken(xlsx(("Prices", rows)))
    assert (read.names, read.flaws) == (["code", "name"], {3: "ragged"})


def test_a_text_cut_off_in_the_middle_of_a_letter_is_said_to_be() -> None:
    text = "code,name\nA,Öl\nB,Käse".encode()
    with pytest.raises(UnreadableFileError) as caught:
        taken(text[: text.rindex(b"\xa4")])
    assert caught.value.code == "cut_off"
    assert taken("code,name\nA,caf\xe9".encode("latin-1")).found.dialect.encoding == "cp1252"
