"""From record to record inside a detail: the order of the list, across its pages, its cursor alongside."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.lists.list_screen import ListScreen
from screens.records.detail_screen import DetailScreen
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.reading_dialog import ReadingDialog

pytestmark = pytest.mark.client


async def test_the_next_record_is_the_next_row_of_the_list_whose_cursor_goes_along(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table
        await pilot.press("f7", "enter")
        await until(pilot, lambda: "Code ▼" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Supplier S012" in shown(app))
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: "Supplier S010" in shown(app))
        assert "suppliers S010" in shown(app).splitlines()[0], "its own word"
        await pilot.press("less_than_sign")
        await until(pilot, lambda: "Supplier S011" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert table.current_row["code"] == "S011"


async def test_it_goes_over_the_end_of_a_page_and_stops_at_the_last_record(tmp_path: Path) -> None:
    async with running(sample_api(101), "suppliers", tmp_path) as (app, pilot):
        app.screen.table.position_to(99)
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Supplier S100" in shown(app))
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "Supplier S101" in shown(app))
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "This is the last record of the list." in " ".join(shown(app).split()))
        assert "Supplier S101" in shown(app)


async def test_the_open_part_stays_open_while_walking(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "Supplier S001" in shown(app))
        await pilot.press("2")
        await until(pilot, lambda: "10023" in shown(app))
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "Supplier S002" in shown(app))
        assert api.arguments("list")[-1]["filter"] == "supplier=id:2"
        assert app.screen.tabs.open_index == 1


async def test_a_record_opened_by_its_word_says_that_it_has_no_neighbours(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers S003", tmp_path) as (app, pilot):
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "it was not opened from a list" in " ".join(shown(app).split()))
        assert "Supplier S003" in shown(app)


async def test_enter_on_a_field_shows_its_value_in_full_with_its_line_ends(tmp_path: Path) -> None:
    api = sample_api()
    text = "\n".join(f"line {number} [@click=app.quit]\x1b[31m" for number in range(40))
    api.resources["suppliers"].rows[0]["note"] = text
    async with running(api, "suppliers S001", tmp_path) as (app, pilot):
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReadingDialog))
        assert "line 0 [@click=app.quit]" in shown(app) and "\x1b" not in shown(app)
        await pilot.press("end")
        await until(pilot, lambda: "line 39" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


async def test_enter_on_a_line_of_a_document_shows_all_that_it_holds(tmp_path: Path) -> None:
    async with running(sample_api(), "po id:1", tmp_path) as (app, pilot):
        app.screen.lines.focus()
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReadingDialog))
        assert "Product: P2 Product 2" in shown(app) and "Unit price: 1.25" in shown(app)
