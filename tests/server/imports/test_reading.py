"""Every record comes out under its own number, and a damaged one takes no other with it."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from server.imports.issues import ERROR, WARNING
from server.imports.reading.records import ragged, read_records
from tests.server.imports.files import in_chunks


def read(text: str, *, width: int | None = None, quote: str = '"') -> list[tuple[int, int, list[str], str]]:
    found = read_records([text.encode()], encoding="utf-8", delimiter=",", quote=quote, width=width)
    return [(row, line, cells, flaw.code if flaw else "") for row, line, cells, flaw in found]


CELLS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
)


@settings(max_examples=300)
@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|^\x1f"),
    quote=st.sampled_from("\"'~"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "gb18030"]),
    size=st.integers(1, 64),
)
def test_any_table_written_in_any_dialect_comes_back_equal(
    table: list[list[str]], delimiter: str, quote: str, newline: str, encoding: str, size: int
) -> None:
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=delimiter, quotechar=quote, lineterminator=newline, quoting=csv.QUOTE_ALL
    ).writerows(table)
    found = list(
        read_records(
            in_chunks(out.getvalue().encode(encoding), size),
            encoding=encoding,
            delimiter=delimiter,
            quote=quote,
        )
    )
    assert [record.cells for record in found] == table
    assert [record.row for record in found] == list(range(1, len(table) + 1))
    assert not any(record.flaw for record in found)


def test_rows_count_records_and_lines_count_lines() -> None:
    assert read('a,b\n"one\ntwo",2\n\n3,4\n') == [
        (1, 1, ["a", "b"], ""),
        (2, 2, ["one\ntwo", "2"], ""),
        (3, 4, [], ""),
        (4, 5, ["3", "4"], ""),
    ]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    text = 'a,b\n1,"two\n' + "".join(f"{n},x\n" for n in range(3, 6))
    assert [(row, line, code) for row, line, _, code in read(text, width=2)] == [
        (1, 1, ""),
        (2, 2, "broken_quotes"),
        (3, 3, ""),
        (4, 4, ""),
        (5, 5, ""),
    ]


def test_a_quote_closed_by_another_rows_quote_costs_one_row() -> None:
    found = read('a,b\n"1,two\n3,"four, five"\n6,7\n', width=2)
    assert [(row, code or cells) for row, _, cells, code in found] == [
        (1, ["a", "b"]),
        (2, "broken_quotes"),
        (3, ["3", "four, five"]),
        (4, ["6", "7"]),
    ]


def test_undoubled_quotes_inside_one_cell_are_kept_and_pointed_out() -> None:
    found = list(
        read_records(
            [b'a,b,c\n1,"2228 County Road "I"""22",x\n'], encoding="utf-8", delimiter=",", quote='"', width=3
        )
    )
    assert found[1].cells == ["1", '2228 County Road "I""22', "x"]
    assert found[1].flaw is not None and (found[1].flaw.code, found[1].flaw.level) == (
        "quotes_mended",
        WARNING,
    )


def test_without_a_quote_character_quotes_are_letters() -> None:
    assert read('3" pipe,"x\n', quote="") == [(1, 1, ['3" pipe', '"x'], "")]


def test_a_ragged_row_is_told_and_trailing_empty_cells_are_none() -> None:
    flaw = ragged(["1", "2", "3"], 2)
    assert flaw is not None and flaw.level == ERROR and "3 cells" in flaw.message
    assert ragged(["1"], 2) is not None
    assert ragged(["1", "2", "", ""], 2) is None
    assert ragged(["1", "2"], 2) is None
