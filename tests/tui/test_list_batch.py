"""Many rows of a list at once: one preview, one confirmation, what was refused stays marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.lists.batch_screen import BatchScreen
from screens.lists.list_screen import ListScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.sample import million_api, sample_api
from tests.tui.settle import settled
from widgets.dialogs.action_menu import ActionMenu
from widgets.dialogs.batch_dialog import BatchDialog

pytestmark = pytest.mark.client


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)


async def test_what_is_refused_is_told_beforehand_and_stays_marked_with_its_reason(tmp_path: Path) -> None:
    api = sample_api()
    api.refusals[2] = "Orders refer to it."
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("space", "space", "space", "up", "4", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        assert "2 records will be done." in shown(app)
        assert "S002 Supplier 2  Orders refer to it." in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: "✓ 2 records are done." in shown(app))
        assert "1 record is refused and stays marked" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen) and "10 rows" in shown(app))
        assert list(app.screen.table.marked) == [2]
        assert "1 marked" in shown(app)


async def test_where_nothing_can_be_done_it_cannot_be_confirmed(tmp_path: Path) -> None:
    api = sample_api()
    api.refusals[1] = "Orders refer to it."
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("4", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        assert "None of it can be done." in shown(app) and "F10 does it" not in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: "Nothing of it can be done" in shown(app))
        assert [call["dry"] for call in api.arguments("batch")] == [True]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))


async def test_one_field_is_changed_over_the_marked_rows(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("space", "space", "f10")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        assert "With the 2 marked rows" in shown(app) and "Change Lead time to …" in shown(app)
        menu = app.screen
        place = next(i for i, item in enumerate(menu.items) if item.name == "field:lead_time")
        await pilot.press(*["down"] * place, "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen) and app.screen.form is not None)
        await pilot.press("9", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        assert "Lead time: 1 → 9" in shown(app) and "Lead time: 2 → 9" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert [row["lead_time"] for row in api.resources["suppliers"].rows[:3]] == [9, 9, 3]
        assert api.arguments("batch")[-1]["values"] == {"lead_time": 9}


async def test_rows_that_hold_the_value_already_are_told_from_those_that_change(tmp_path: Path) -> None:
    api = sample_api()
    honest = api._batched
    api._batched = lambda resource, id, body, dry: honest(resource, 1, body, dry)  # type: ignore[method-assign]
    async with running(api, "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("space", "space", "space", "f10")
        await until(pilot, lambda: isinstance(app.screen, ActionMenu))
        menu = app.screen
        place = next(i for i, item in enumerate(menu.items) if item.name == "field:lead_time")
        await pilot.press(*["down"] * place, "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen) and app.screen.form is not None)
        await pilot.press("9", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        assert "3 records will be done. 2 of them have this value already." in shown(app)


async def test_an_operation_on_marked_rows_asks_for_its_parameters_once(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("space", "space", "up", "3", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen) and app.screen.form is not None)
        await pilot.press(*"late", "f10")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        done = api.arguments("batch")[-1]
        assert (done["action"], done["values"]) == ("partners.block", {"reason": "late"})
        assert [each["id"] for each in done["records"]] == [1, 2]


async def test_more_than_a_request_takes_goes_in_pages_behind_one_question(tmp_path: Path) -> None:
    api = sample_api(1_200)
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("asterisk")
        await until(pilot, lambda: "1,200 marked" in shown(app))
        await pilot.press("4", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        assert "1,200 records will be done." in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, ListScreen) and not api.resources["suppliers"].rows)
        sent = [call for call in api.arguments("batch") if not call["dry"]]
        assert [len(call["records"]) for call in sent] == [100] * 12
        assert len({call["key"] for call in sent}) == 12


async def test_too_many_to_be_marked_is_refused_with_the_number_and_a_way_on(tmp_path: Path) -> None:
    async with running(million_api(), "products", tmp_path) as (app, pilot):
        await pilot.press("asterisk")
        await until(pilot, lambda: "1,000,000 rows match" in " ".join(shown(app).split()))
        assert not app.screen.table.marked


async def test_marks_outlive_sorting_paging_and_reading_again(tmp_path: Path) -> None:
    async with running(sample_api(300), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table
        await pilot.press("space", "end")
        await until(pilot, lambda: table.current_row is not None)
        await pilot.press("space", "f7", "enter")
        await until(pilot, lambda: "Code ▼" in shown(app))
        await pilot.press("f5")
        await settled(pilot)
        assert set(table.marked) == {1, 300} and "2 marked" in shown(app)
        await pilot.press("minus")
        await settled(pilot)
        assert not table.marked and "marked" not in shown(app)


async def test_a_range_is_marked_with_a_key_that_every_terminal_sends(tmp_path: Path) -> None:
    async with running(sample_api(300), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table
        await pilot.press("space", "end")
        await until(pilot, lambda: table.current_row is not None)
        await pilot.press("full_stop")
        await until(pilot, lambda: len(table.marked) == 300)
        assert "300 marked" in shown(app)


async def test_shift_and_an_arrow_mark_on_and_back(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table
        await pilot.press("down", "shift+down", "shift+down", "shift+down", "shift+up")
        await settled(pilot)
        assert sorted(table.marked) == [2, 3, 4]


async def test_a_number_that_is_not_offered_stays_and_says_which_are(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table
        await pilot.press("9")
        await until(pilot, lambda: "9 is no option here" in " ".join(shown(app).split()))
        assert table.entered == {1: "9"}
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, ListScreen) and table.entered == {1: "9"}
        await pilot.press("backspace", "5", "enter")
        await until(pilot, lambda: getattr(app.screen, "ref", None) == 1)


async def test_a_code_read_over_a_list_positions_it_and_runs_no_option(tmp_path: Path) -> None:
    api = sample_api(60)
    for row in api.resources["suppliers"].rows:
        row["code"] = f"{4000 + row['id']}"
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        for digit in "4042":  # as a gun that is slow, or a hand that is fast
            await pilot.press(digit)
            await settled(pilot)
        await pilot.press("enter")
        table = app.screen.table
        await until(pilot, lambda: table.cursor == 41)
        assert isinstance(app.screen, ListScreen) and not table.entered
        assert api.counts["batch"] == 0


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_preview_and_the_result_look_as_they_did(size: tuple[int, int], tmp_path: Path) -> None:
    api = sample_api()
    api.refusals[2] = "Orders refer to it."
    async with running(api, "suppliers", tmp_path, size=size) as (app, pilot):
        await pilot.press("space", "space", "up", "4", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchDialog))
        await until(pilot, lambda: not app.status.waiting)
        assert_looks_as_kept(app, "batch-preview")
        await pilot.press("f10")
        await until(pilot, lambda: "is refused and stays marked" in shown(app))
        await until(pilot, lambda: not app.status.waiting)
        assert_looks_as_kept(app, "batch-result")
