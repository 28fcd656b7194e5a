"""A jump never drops unsaved work: whatever takes typing keeps a draft, however the screen is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from erp_tui.app import ErpApp
from erp_tui.commands.trail import BENEATH, FIRST_SCREEN
from screens.forms.drafting import DraftingScreen
from screens.generic import routes
from screens.home import HomeScreen
from tests.tui.running import running, until
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client

TYPED = "Zebra 77"

PLACES: dict[str, tuple[str, Sequence[str]]] = {
    "a form": ("suppliers new", (*"S900", "enter", *TYPED)),
    "a wizard": ("po new", (*"S001",)),
    "counting": ("receive 10023", (*"P1", "enter", *"3", "enter")),
}
LEAVING: dict[str, Sequence[str]] = {
    "a word": ("ctrl+g", *"jobs", "enter"),
    "F3": ("f3",),
    "the first screen": ("ctrl+g", *"home", "enter"),
    "signing out": ("ctrl+g", *"sign out", "enter"),
}


async def typed(app: ErpApp, pilot: Any, place: str) -> DraftingScreen:
    word, keys = PLACES[place]
    app.open_word(word)
    await until(pilot, lambda: isinstance(app.screen, DraftingScreen) and app.screen.focused is not None)
    screen = app.screen
    assert isinstance(screen, DraftingScreen)
    await pilot.press(*keys)
    await until(pilot, lambda: screen.is_changed)
    return screen


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("leaving", LEAVING)
async def test_leaving_at_once_keeps_what_was_typed(tmp_path: Path, place: str, leaving: str) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        screen = await typed(app, pilot, place)
        drafts, name = app.drafts, screen.draft_name()
        await pilot.press(*LEAVING[leaving])
        await until(pilot, lambda: app.screen is not screen)
        # The screen may live on beneath; what counts is what a crash, or another terminal, would find.
        await until(pilot, lambda: drafts.load(name) is not None)


@pytest.mark.parametrize("place", PLACES)
async def test_back_and_forth_leaves_a_screen_as_it_was(tmp_path: Path, place: str) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        screen = await typed(app, pilot, place)
        before = screen.dump()
        app.action_go_back()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: app.screen is screen)
        assert screen.dump() == before and screen in app.draft_sources


async def test_a_screen_that_is_forgotten_after_many_others_has_its_draft(tmp_path: Path) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        screen = await typed(app, pilot, "a form")
        app.action_go_back()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        for _number in range(11):
            app.open_word("jobs")
            await until(pilot, lambda: not isinstance(app.screen, HomeScreen))
            app.action_go_back()
            await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await until(pilot, lambda: not screen.is_attached)
        draft = app.drafts.load(screen.draft_name())
        assert draft is not None and TYPED in str(draft.data)


async def jump(app: ErpApp, pilot: Any, times: int) -> None:
    for number in range(times):
        before = app.screen
        app.open_word(("suppliers", "jobs", "products")[number % 3])
        await until(pilot, lambda before=before: app.screen is not before)


async def test_of_the_screens_that_jumps_leave_the_latest_are_kept(tmp_path: Path) -> None:
    async with running(TradeApi(), "suppliers", tmp_path) as (app, pilot):
        home, first = app.screen_stack[1], app.screen
        await jump(app, pilot, BENEATH)
        assert first in app.screen_stack
        kept = app.screen_stack[-BENEATH:]
        await jump(app, pilot, 1)
        assert len(app.screen_stack) == FIRST_SCREEN + BENEATH + 1
        await until(pilot, lambda: not first.is_attached)
        assert app.screen_stack[1] is home and app.screen_stack[FIRST_SCREEN:-1] == kept
        for beneath in (*reversed(kept), home):
            await pilot.press("f3")
            await until(pilot, lambda beneath=beneath: app.screen is beneath)


@pytest.mark.parametrize("place", PLACES)
async def test_a_screen_with_unsaved_work_is_found_beneath_any_number_of_jumps(
    tmp_path: Path, place: str
) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        screen = await typed(app, pilot, place)
        before = screen.dump()
        await jump(app, pilot, BENEATH + 3)
        assert len(app.screen_stack) == FIRST_SCREEN + BENEATH + 1
        assert app.screen_stack[FIRST_SCREEN] is screen and screen.is_attached
        while app.screen is not screen:
            top = app.screen
            await pilot.press("f3")
            await until(pilot, lambda top=top: app.screen is not top)
        assert screen.dump() == before


async def test_marked_rows_are_work(tmp_path: Path) -> None:
    async with running(TradeApi(), "suppliers", tmp_path) as (app, pilot):
        screen = app.screen
        await pilot.press("space")
        await jump(app, pilot, BENEATH + 3)
        assert screen in app.screen_stack


async def test_a_record_goes_with_the_list_that_it_was_opened_from(tmp_path: Path) -> None:
    async with running(TradeApi(), "suppliers", tmp_path) as (app, pilot):
        listed = app.screen
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is not listed)
        record = app.screen
        await jump(app, pilot, BENEATH - 1)
        assert listed in app.screen_stack
        await jump(app, pilot, 1)
        assert listed not in app.screen_stack and record not in app.screen_stack
        await until(pilot, lambda: not listed.is_attached and not record.is_attached)


async def test_what_goes_back_led_on_to_is_forgotten_with_where_it_led_on_from(tmp_path: Path) -> None:
    async with running(TradeApi(), "suppliers", tmp_path) as (app, pilot):
        beneath = app.screen
        await jump(app, pilot, 1)
        ahead = app.screen
        app.action_go_back()
        await until(pilot, lambda: app.screen is beneath)
        await jump(app, pilot, BENEATH + 1)
        await until(pilot, lambda: not beneath.is_attached and not ahead.is_attached)


async def test_an_operation_that_is_half_filled_in_is_kept_over_a_jump(tmp_path: Path) -> None:
    from tests.tui.sample import sample_api

    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        record = await api.get("suppliers", 2)
        app.push_screen(routes.operation_screen("partners.block", record))
        await until(pilot, lambda: isinstance(app.screen, DraftingScreen) and app.screen.focused is not None)
        screen = app.screen
        assert isinstance(screen, DraftingScreen)
        await pilot.press(*TYPED, "ctrl+g", *"jobs", "enter")
        await until(pilot, lambda: app.screen is not screen and app.drafts.load(screen.draft_name()))
        draft = app.drafts.load(screen.draft_name())
        assert draft is not None and TYPED in str(draft.data)


async def test_the_file_of_an_import_is_kept_over_a_jump(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("code,name\nA,B\n")
    async with running(TradeApi(), "import products", tmp_path) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DraftingScreen) and app.screen.focused is not None)
        screen = app.screen
        assert isinstance(screen, DraftingScreen)
        await pilot.press(*str(file))
        await until(pilot, lambda: screen.is_changed)
        await pilot.press("ctrl+g", *"jobs", "enter")
        await until(pilot, lambda: app.screen is not screen and app.drafts.load(screen.draft_name()))
