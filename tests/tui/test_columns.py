"""Columns from a description: numbers are never cut, references show what they stand for."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from erp_tui.core.remote.models import Description
from tests.tui.sample import ORDERS, field
from widgets.lines.line_totals import line_totals
from widgets.table.columns import Column, columns_of, fit, fitted_widths, in_view, natural_widths

pytestmark = pytest.mark.client


def test_a_reference_shows_its_display_columns_and_not_its_key() -> None:
    row = {"supplier": 7, "supplier_code": "ACME", "supplier_name": "Acme"}
    column = next(each for each in columns_of(ORDERS) if each.name == "supplier")
    assert column.text(row) == "ACME Acme"


def test_display_columns_listed_by_themselves_have_titles_that_tell_them_apart() -> None:
    reference = field("product", "reference", reference="products", display=["product_code", "product_name"])
    description = Description(
        name="stock", title="Stock", fields=[reference], columns=["product_code", "product_name"]
    )
    assert [column.title for column in columns_of(description)] == ["Product", "Product name"]


def test_a_number_is_never_cut_however_narrow_the_screen_is() -> None:
    columns = [Column("name", "Name"), Column("amount", "Amount", "money")]
    rows = [{"name": "x" * 90, "amount": "123456789012345.6789"}]
    widths = fitted_widths(columns, natural_widths(columns, rows), room=30)
    assert fit(columns[1].text(rows[0]), widths[1], right=True).strip() == "123,456,789,012,345.6789"
    assert fit(columns[0].text(rows[0]), widths[0]).endswith("…")


def test_a_cell_on_the_edge_of_the_view_says_that_it_is_cut_and_shows_no_part_of_a_number() -> None:
    assert in_view("40", 8, 0, 7, right=True) == "      …", "4 would be read as the stock"
    assert in_view("1,234", 8, 4, 8, right=True) == "   …", "234 would be read as the amount"
    assert in_view("40", 8, 4, 8, right=True) == "  40", "what is whole is shown"
    assert in_view("Meadow Dairy", 12, 0, 6) == "Meado…"
    assert in_view("Meadow Dairy", 12, 7, 12) == "…airy"
    assert in_view("Meadow", 12, 0, 6) == "Meadow", "nothing is lost but blanks"


@pytest.mark.parametrize("text", ["", "日本語テキスト", "日" * 30])
@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 5), (3, 10), (9, 10)])
@pytest.mark.parametrize("right", [False, True])
def test_a_cell_on_the_edge_fills_exactly_what_is_in_view(
    text: str, start: int, end: int, right: bool
) -> None:
    assert cell_len(in_view(text, 10, start, end, right=right)) == end - start


@pytest.mark.parametrize("text", ["", "a", "日本語テキスト", "é" * 30, "日" * 30])
@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_a_cell_fills_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit(text, width, right=True)) == width


def test_a_text_gives_way_only_where_that_brings_a_further_column_onto_the_screen() -> None:
    columns = [Column("name", "Name"), Column("place", "Place"), Column("quantity", "Quantity", "quantity")]
    natural = [40, 12, 14]
    assert fitted_widths(columns, natural, room=60) == [32, 12, 14], "the quantity is whole"
    assert fitted_widths(columns, [40, 12, 40], room=60)[0] == 40, "nothing is won by cutting here"


def test_a_display_column_listed_alone_and_a_unit_are_called_by_what_they_are() -> None:
    reference = field(
        "category", "reference", reference="categories", display=["category_code", "category_name"]
    )
    description = Description(
        name="products",
        title="Products",
        fields=[reference, field("quantity", "quantity", unit="unit_code"), field("unit_code")],
        columns=["category_name", "quantity", "unit_code"],
    )
    assert [column.title for column in columns_of(description)] == ["Category", "Quantity", "Unit"]


def test_lines_without_a_price_are_counted_before_anybody_asks() -> None:
    fields = [field("quantity", "quantity"), field("unit_price", "unit_price")]
    lines = [{"quantity": "2.000000", "unit_price": "1.500000"}, {"quantity": "1.000000", "unit_price": None}]
    assert line_totals(lines, fields) == "2 lines · total 3.00 · 1 without a price"
