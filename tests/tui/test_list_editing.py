"""Values changed in the list itself, saved with the version that was read, one row after another."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.errors import FieldError, InvalidError
from screens.lists.list_screen import ListScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.stale_dialog import StaleDialog

pytestmark = pytest.mark.client


async def test_f2_changes_a_value_enter_saves_it_and_goes_down_a_row(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2", *"First", "enter", *"Second", "enter", "escape")
        await settled(pilot)
        assert [row["name"] for row in api.resources["suppliers"].rows[:3]] == [
            "First",
            "Second",
            "Supplier 3",
        ]
        assert [call["version"] for call in api.arguments("update")] == [1, 1]
        assert "First" in shown(app) and app.screen.table.cursor == 2
        assert app.screen.editor is None and app.screen.table.has_focus


async def test_the_code_is_not_what_the_first_key_changes(tmp_path: Path) -> None:
    api = sample_api()
    products = api.resources["products"]
    products.description = products.description.model_copy(update={"key": "code"})
    code, name = products.rows[0]["code"], products.rows[0]["name"]
    async with running(api, "products", tmp_path) as (app, pilot):
        await pilot.press("f2", *"Renamed", "enter", "escape")
        await settled(pilot)
        assert (products.rows[0]["code"], products.rows[0]["name"]) == (code, "Renamed")
        await pilot.press("up", "f2", "shift+tab")
        await until(pilot, lambda: app.screen.editor is not None and app.screen.editor.field.text == code)
        assert name != "Renamed"


async def test_tab_goes_to_the_next_column_that_can_be_changed_and_keeps_what_was_typed(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (_app, pilot):
        await pilot.press("f2", *"Other", "tab", *"12*3", "enter")
        await until(pilot, lambda: api.counts["update"] == 2)
        row = api.resources["suppliers"].rows[0]
        assert (row["name"], row["credit_limit"], row["version"]) == ("Other", "36.0000", 3)
        await pilot.press("escape")
        await settled(pilot)


async def test_a_value_wider_than_its_cell_shows_its_beginning(tmp_path: Path) -> None:
    api = sample_api()
    api.resources["suppliers"].rows[0]["name"] = "Top sirloin butt, boneless · Choice"
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: app.screen.editor is not None)
        assert "S001   Top sirloin" in shown(app)


async def test_escape_changes_nothing_and_an_untouched_value_is_not_sent(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2", "x", "escape")
        await settled(pilot)
        await pilot.press("f2", "enter", "escape")
        await settled(pilot)
        assert api.counts["update"] == 0 and isinstance(app.screen, ListScreen)


async def test_what_the_server_refuses_stands_under_the_cell_with_the_typing_kept(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        errors = (FieldError("name", "duplicate", "Another supplier has this name."),)
        api.fail["update"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=errors)]
        await pilot.press("f2", *"Twice", "enter")
        await until(pilot, lambda: "Another supplier has this name." in shown(app))
        assert app.screen.editor.field.text == "Twice"
        assert app.screen.table.cursor == 0


async def test_a_value_that_cannot_be_read_is_not_sent(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2", "tab", *"much", "enter")
        await settled(pilot)
        assert api.counts["update"] == 0
        assert app.screen.editor is not None and app.screen.editor.has_class("-wrong")


async def test_somebody_elses_change_is_shown_beside_mine(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: app.screen.editor is not None)
        api.resources["suppliers"].rows[0].update(name="Theirs", version=2)
        await pilot.press(*"Mine", "enter")
        await until(pilot, lambda: isinstance(app.screen, StaleDialog))
        assert "Theirs" in shown(app) and "Mine" in shown(app)
        await pilot.press("m", "f10")
        await until(pilot, lambda: isinstance(app.screen, ListScreen) and app.screen.editor is None)
        assert api.resources["suppliers"].rows[0]["name"] == "Mine"
        assert api.arguments("update")[-1]["version"] == 2


async def test_a_record_that_may_not_be_changed_says_why(tmp_path: Path) -> None:
    api = sample_api()
    api.resources["suppliers"].rows[0]["_actions"] = {
        "update": {"enabled": False, "reason": "It is blocked by an audit."}
    }
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: "It is blocked by an audit." in shown(app))
        assert app.screen.editor is None


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_cell_looks_as_it_did(size: tuple[int, int], tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=size) as (app, pilot):
        await pilot.press("down", "down", "f2", "tab", *"much", "enter")
        await settled(pilot)
        assert_looks_as_kept(app, "list-editing")
