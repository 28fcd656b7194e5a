"""Lines of a document: entered, copied, pasted, taken back; nothing typed or pasted is lost without a word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events

from tests.tui.fake_api import FakeApi
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.dialogs.paste_report import PasteReport
from widgets.fields.number_field import split_unit
from widgets.lines.lines_editor import LinesEditor

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]

LINE = (*"P1", "enter", *"3", "enter", *"1.25", "enter")


@asynccontextmanager
async def order(tmp_path: Path, api: FakeApi | None = None) -> AsyncIterator[tuple[Any, Any, LinesEditor]]:
    """A new order with the cursor in its first line."""
    async with running(api or sample_api(), "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "enter", *"t", "enter")
        await until(pilot, lambda: app.screen.lines.fields["product"].has_focus_within)  # type: ignore[attr-defined]
        yield app, pilot, app.screen.lines  # type: ignore[attr-defined]


def codes(lines: LinesEditor) -> list[str]:
    return [line["product_code"] for line in lines.lines]


async def test_f2_copies_the_line_above_and_enter_takes_it_in(tmp_path: Path) -> None:
    async with order(tmp_path) as (app, pilot, lines):
        await pilot.press(*LINE, "f2", "enter")
        await until(pilot, lambda: len(lines.lines) == 2)
        assert lines.lines[0] == lines.lines[1]
        assert "! P1 is in line 1 too." in shown(app), "a product named twice is remarked, and stays"


async def test_insert_puts_the_next_line_before_the_one_under_the_cursor(tmp_path: Path) -> None:
    async with order(tmp_path) as (_app, pilot, lines):
        await pilot.press(*LINE, "up", "insert", *"P2", "enter", *"1", "enter", *"1", "enter")
        await until(pilot, lambda: codes(lines) == ["P2", "P1"])


async def test_every_change_of_the_lines_is_taken_back_one_after_another(tmp_path: Path) -> None:
    async with order(tmp_path) as (app, pilot, lines):
        await pilot.press(*LINE, *"P2", "enter", *"1", "enter", *"1", "enter", "up", "delete")
        await until(pilot, lambda: codes(lines) == ["P1"])
        await pilot.press("ctrl+r")
        assert codes(lines) == ["P1", "P2"]
        await pilot.press("ctrl+r", "ctrl+r")
        assert codes(lines) == []
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert "No change of the lines is left to take back." in shown(app)


async def test_rows_pasted_from_a_spreadsheet_become_lines_and_misfits_are_told(tmp_path: Path) -> None:
    async with order(tmp_path) as (app, pilot, lines):
        await pilot.press(*LINE)
        app.post_message(events.Paste("P2\t12*3\t0.5\r\nNOPE\t1\t1\r\n\r\nP3\tmany\t2\r\nP4\t4\t1\t[/b]\r\n"))
        await until(pilot, lambda: isinstance(app.screen, PasteReport))
        assert codes(lines) == ["P1", "P2", "P4"]
        assert lines.lines[1]["quantity"] == "36.000000"
        text = shown(app)
        assert "2 lines pasted; 2 rows do not fit." in text
        assert "Row 2: There is no Product 'NOPE'." in text and "Row 4: Quantity:" in text
        await pilot.press("escape", "ctrl+r")
        await until(pilot, lambda: codes(lines) == ["P1"])


async def test_rows_that_do_not_fit_are_copied_by_the_one_way_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with order(tmp_path) as (app, pilot, _lines):
        sent: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", sent.append)
        app.post_message(events.Paste("P2\t12\t0.5\nNOPE\t1\t1\n"))
        await until(pilot, lambda: isinstance(app.screen, PasteReport))
        await pilot.press("c")
        await until(pilot, lambda: sent == ["NOPE\t1\t1"])
        monkeypatch.setattr("screens.generic.to_clipboard.too_long", lambda _text: True)
        await pilot.press("c")
        await until(pilot, lambda: any("terminals take" in each.message for each in app._notifications))
        assert len(sent) == 1


async def test_a_row_of_titles_says_which_column_is_which(tmp_path: Path) -> None:
    async with order(tmp_path) as (app, pilot, lines):
        app.post_message(events.Paste("Unit price\tRemark\tProduct\tQuantity\n0.5\tx\tP2\t7\n"))
        await until(pilot, lambda: codes(lines) == ["P2"])
        assert (lines.lines[0]["quantity"], lines.lines[0]["unit_price"]) == ("7.000000", "0.500000")


async def test_two_thousand_rows_ask_the_server_by_the_hundred(tmp_path: Path) -> None:
    api = sample_api()
    async with order(tmp_path, api) as (app, pilot, lines):
        asked = api.counts["list"]
        app.post_message(events.Paste("".join(f"P{n % 5 + 1}\t{n + 1}\t1\n" for n in range(2000))))
        await until(pilot, lambda: len(lines.lines) == 2000)
        assert api.counts["list"] - asked <= 2
        assert "2,000 lines pasted." in shown(app)


async def test_ten_thousand_lines_pasted_into_a_quantity_are_refused_and_lose_nothing(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        field: Any = app.screen.form.fields["minimum_order"]  # type: ignore[attr-defined]
        field.focus()
        await pilot.press(*"12")
        app.post_message(events.Paste("7\n" * 10_000))
        await until(pilot, lambda: "10,000 lines were pasted and this field takes one." in shown(app))
        assert field.text == "12"
        app.post_message(events.Paste("5\r\n"))
        await until(pilot, lambda: field.text == "125" and not field.error)


async def test_a_text_too_long_to_fit_is_never_pasted_cut(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path) as (app, pilot):
        app.post_message(events.Paste("X" * 50))
        await until(pilot, lambda: "50 characters were pasted and they do not fit." in shown(app))
        assert app.screen.form.fields["code"].text == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("3 box", ("3", "box")),
        ("12*3kg", ("12*3", "kg")),
        ("(4+2)/8 KG", ("(4+2)/8", "KG")),
        ("1.5", ("1.5", "")),
        ("box", ("box", "")),
        ("3 big boxes", ("3 big boxes", "")),
    ],
)
def test_a_quantity_is_parted_from_its_unit(text: str, parts: tuple[str, str]) -> None:
    assert split_unit(text) == parts


async def test_a_unit_typed_behind_the_quantity_goes_into_its_own_field(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P5", "enter", *"2*6 kg", "enter")
        await until(pilot, lambda: len(app.screen.steps.lines.lines) == 1)  # type: ignore[attr-defined]
        (line,) = app.screen.steps.lines.lines  # type: ignore[attr-defined]
        assert (line["quantity"], line["unit"], line["unit_code"]) == ("12.000000", 1, "KG")
        await pilot.press(*"P5", "enter", *"2 pallet", "enter")
        await until(pilot, lambda: "There is no Unit 'PALLET'" in shown(app))
        quantity = app.screen.steps.lines.fields["quantity"]  # type: ignore[attr-defined]
        assert quantity.text == "2 pallet" and quantity.has_focus_within


async def test_tab_takes_a_unit_behind_the_quantity_as_enter_does_and_keys_wait_for_it(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P5", "enter")
        fields = app.screen.steps.lines.fields  # type: ignore[attr-defined]
        await until(pilot, lambda: fields["quantity"].has_focus_within)
        await pilot.press(*"2*6 kg", "tab")
        await until(pilot, lambda: fields["unit"].text == "KG" and fields["quantity"].text == "12")
        assert fields["unit"].value == 1 and not fields["quantity"].has_focus_within
        fields["quantity"].focus()
        fields["quantity"].text = "2 pallet"
        await pilot.press("tab")
        await until(pilot, lambda: "There is no Unit 'PALLET'" in (fields["quantity"].error or ""))
        assert fields["quantity"].text == "2 pallet"
