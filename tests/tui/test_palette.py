"""The palette: everything there is, by title, word or English name; what cannot be done says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Input

from erp_tui.app import ErpApp
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from screens.records.detail_screen import DetailScreen
from screens.system.find_screen import FindScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.sample import SUPPLIERS, sample_api
from tests.tui.settle import settled

pytestmark = pytest.mark.client


async def searched(app: ErpApp, pilot: Any, text: str) -> str:
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, CommandPalette))
    app.screen.query_one(Input).value = text
    await until(pilot, lambda: app.screen.query_one(CommandList).option_count > 0)
    return shown(app)


async def test_an_action_is_found_by_its_title_and_by_what_it_is_good_for(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await until(pilot, lambda: "S001" in shown(app))
        found = await searched(app, pilot, "filter")
        assert "Filter (F8)" in found


async def test_asked_for_again_over_what_was_opened_from_it_there_is_still_one(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await searched(app, pilot, "filter")
        app.action_outbox()
        await until(pilot, lambda: not isinstance(app.screen, CommandPalette))
        await pilot.press("ctrl+p")
        await settled(pilot)
        assert app._exception is None
        assert sum(isinstance(screen, CommandPalette) for screen in app.screen_stack) == 1


async def test_a_screen_is_found_by_its_word_and_a_new_record_by_its_kind(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        assert "Purchase orders" in await searched(app, pilot, "po")
        await pilot.press("escape")
        assert "New: Supplier" in await searched(app, pilot, "new supplier")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))


async def test_what_the_role_does_not_allow_stays_in_the_list_with_the_reason_and_opens_nothing(
    tmp_path: Path,
) -> None:
    api = sample_api()
    api.resources["suppliers"].description = SUPPLIERS.model_copy(
        update={"may": SUPPLIERS.may.model_copy(update={"create": False})}
    )
    async with running(api, "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: "S001" in shown(app))
        found = await searched(app, pilot, "New (F6)")
        assert "not now: your role does not allow it." in found
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        await until(pilot, lambda: "cannot be done now" in " ".join(shown(app).split()))


async def test_the_english_name_finds_a_screen_in_any_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.commands.palette._", lambda text: {"Jobs": "Tareas"}.get(text, text))
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        assert "Tareas" in await searched(app, pilot, "Jobs")
        await pilot.press("escape")
        assert "Tareas" in await searched(app, pilot, "tarea")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_find_and_the_open_command_line_look_as_kept(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(sample_api(), "find Product", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "Nothing is called exactly" in shown(app))
        assert_looks_as_kept(app, "find")
        await pilot.press("ctrl+g", *"suppliers S01")
        await until(pilot, lambda: "suppliers S012" in shown(app))
        assert_looks_as_kept(app, "command-line")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_history_and_the_choice_of_a_digit_look_as_kept(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(sample_api(), "find Product", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "Nothing is called exactly" in shown(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "On which digit" in shown(app) and "find Product" in shown(app))
        assert_looks_as_kept(app, "favourite")
        await pilot.press("escape", "ctrl+g", *"suppliers S001", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, FindScreen) and "find Product" in shown(app))
        await pilot.press("f9")
        await until(pilot, lambda: ":suppliers S001" in shown(app) and "find Product" in shown(app))
        assert_looks_as_kept(app, "command-history")
