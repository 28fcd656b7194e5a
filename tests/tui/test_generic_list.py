"""The generic list: any resource, from its description."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.lists.list_screen import ListScreen
from tests.tui.running import running, shown, until
from tests.tui.sample import million_api, sample_api
from tests.tui.settle import settled

pytestmark = pytest.mark.client


async def test_a_list_shows_the_columns_of_its_description_and_the_count(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, _pilot):
        text = shown(app)
        print(text)
        assert "Suppliers" in text.splitlines()[0]
        assert "S001" in text and "1,000.50" in text and "Net 30" in text
        assert "12 rows" in text


async def test_the_first_page_costs_one_request(tmp_path: Path) -> None:
    api = million_api()
    async with running(api, "", tmp_path) as (app, pilot):
        before = api.counts["list"]
        app.open_word("products")
        await until(pilot, lambda: "SKU-0000001" in shown(app))
        assert api.counts["list"] == before + 1


async def test_the_last_row_of_a_million_is_reached_with_three_fetches_at_most(tmp_path: Path) -> None:
    api = million_api()
    async with running(api, "products", tmp_path) as (app, pilot):
        await pilot.press("end")
        table = app.screen.table  # type: ignore[attr-defined]
        await until(pilot, lambda: table.current_row is not None and table.cursor == 999_999)
        assert table.current_row["code"] == "SKU-0999999"
        assert api.counts["list"] <= 3
        assert "SKU-0999999" in shown(app)


async def test_scrolling_far_holds_a_bounded_number_of_rows(tmp_path: Path) -> None:
    api = million_api()
    async with running(api, "products", tmp_path) as (app, pilot):
        table = app.screen.table  # type: ignore[attr-defined]
        for number in range(0, 12_000, 90):
            table.position_to(number)
            await until(pilot, lambda: table.current_row is not None)
        assert table.cursor > 11_000
        assert table.window.held_rows <= table.window.held_pages * table.window.page_rows
        await pilot.press("home")
        await until(pilot, lambda: table.current_row is not None)
        assert table.current_row["code"] == "SKU-0000000"


async def test_options_typed_beside_rows_run_in_order_on_enter(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("5", "down", "5", "enter")
        await settled(pilot)
        assert app.screen.ref == 1  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: getattr(app.screen, "ref", None) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))


async def test_deleting_asks_once_for_all_marked_rows_and_says_which(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("space", "space", "up", "4", "enter")
        await until(pilot, lambda: "Delete: Suppliers, 2 records?" in shown(app))
        assert "S001" in shown(app) and "2 records will be done." in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: "10 rows" in shown(app))
        assert [call["dry"] for call in api.arguments("batch")] == [True, False]


async def test_f8_filters_and_escape_takes_the_filter_back(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"S007", "enter")
        await until(pilot, lambda: "1 row" in shown(app) and "S007" in shown(app))
        assert api.arguments("list")[-1]["q"] == "S007"
        await pilot.press("escape")
        await until(pilot, lambda: "12 rows" in shown(app))


async def test_a_field_comparison_is_a_filter_and_not_a_search(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f8", *"code=S003", "enter")
        await until(pilot, lambda: "1 row" in shown(app))
        assert api.arguments("list")[-1]["filter"] == "code=S003"
        assert api.arguments("list")[-1]["q"] is None


async def test_typing_on_the_list_positions_it(tmp_path: Path) -> None:
    api = sample_api(60)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press(*"S042")
        await settled(pilot)
        await pilot.press("enter")
        table = app.screen.table  # type: ignore[attr-defined]
        await until(pilot, lambda: table.cursor == 41)
        assert table.current_row["code"] == "S042"


async def test_f7_changes_the_order_and_the_header_says_so(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        assert "Code ▲" in shown(app)
        await pilot.press("f7", "enter")
        await until(pilot, lambda: "Code ▼" in shown(app))
        assert api.arguments("list")[-1]["ordering"] == "-code"


async def test_an_error_is_a_sentence_with_a_way_on_and_f5_tries_again(tmp_path: Path) -> None:
    from erp_tui.core.errors import ServerUnreachable

    api = sample_api()
    async with running(api, "", tmp_path) as (app, pilot):
        api.fail["list"] = [ServerUnreachable("http://erp")]
        app.open_word("suppliers")
        await until(pilot, lambda: "does not answer" in shown(app))
        assert "F5 tries again" in shown(app)
        await pilot.press("f5")
        await until(pilot, lambda: "S001" in shown(app))
        assert "does not answer" not in shown(app)


async def test_hostile_names_change_nothing_but_their_own_letters(tmp_path: Path) -> None:
    hostile = "PN [/foo] [@click=app.quit]x[/] \x1b[31m\x1b]8;;http://x\x07 \u202eab"
    api = sample_api(3)
    api.resources["suppliers"].rows[1]["name"] = hostile
    async with running(api, "suppliers", tmp_path, size=(160, 40)) as (app, pilot):
        text = shown(app)
        assert "\x1b" not in text and "\u202e" not in text
        assert "PN [/foo] [@click=app.quit]x[/]" in text and "␛[31m" in text
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Supplier S002" in shown(app))
        assert "PN [/foo] [@click=app.quit]x[/]" in shown(app)


async def test_an_empty_list_says_what_to_do(tmp_path: Path) -> None:
    async with running(sample_api(0), "suppliers", tmp_path) as (app, _pilot):
        assert "F6 enters the first one" in shown(app)


async def test_f1_on_a_list_says_what_may_be_typed_there(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 50)) as (app, pilot):
        await until(pilot, lambda: "12 rows" in shown(app))
        await pilot.press("f1")
        await until(pilot, lambda: "A number typed in front of a row says what to do with it" in shown(app))
        assert "Typing goes to the first row that begins so" in shown(app)
