"""Columns from a description: numbers are never cut, references show what they stand for."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from erp_tui.core.models import Description
from tests.tui.sample import ORDERS, field
from widgets.columns import Column, columns_of, fit, fitted_widths, natural_widths

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


@pytest.mark.parametrize("text", ["", "a", "日本語テキスト", "é" * 30, "日" * 30])
@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_a_cell_fills_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit(text, width, right=True)) == width
