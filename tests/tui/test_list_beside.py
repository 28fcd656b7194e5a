"""The record beside the list from 120 columns on: never in the way of the cursor, asked for once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual._compositor import CompositorUpdate

from erp_tui.app import ErpApp
from erp_tui.core.settings import Settings
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.table.paged_table import PagedTable

pytestmark = pytest.mark.client

WIDE = (120, 40)
MOVE = 1_200
"""Bytes of a move with the record beside: two lines of the list and the pane anew."""


async def test_from_120_columns_the_record_stands_beside_the_list(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=WIDE) as (app, pilot):
        await until(pilot, lambda: "Minimum order" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "S002 Supplier 2" in shown(app))


async def test_at_80_columns_nothing_is_asked_for(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("down", "down")
        await settled(pilot)
        assert api.counts["get"] == 0 and "Minimum order" not in shown(app)
        await pilot.press("vertical_line")
        await until(pilot, lambda: "this terminal has 80" in " ".join(shown(app).replace("▌", " ").split()))


async def test_a_key_turns_it_off_and_that_is_remembered(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=WIDE) as (app, pilot):
        await until(pilot, lambda: "Minimum order" in shown(app))
        await pilot.press("vertical_line")
        await until(pilot, lambda: "Minimum order" not in shown(app))
        await until(pilot, lambda: (tmp_path / "config.yaml").exists())
    assert Settings.load(tmp_path / "config.yaml", {}).get("beside") is False


async def test_the_cursor_does_not_wait_for_the_record_and_what_it_left_is_not_drawn(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path, size=WIDE) as (app, pilot):
        await until(pilot, lambda: "Minimum order" in shown(app))
        answered = api.get

        async def slow(resource: str, ref: int | str) -> object:
            await asyncio.sleep(0.3)
            return await answered(resource, ref)

        api.get = slow  # type: ignore[method-assign]
        await pilot.press(*["down"] * 6)
        assert app.screen.table.cursor == 6
        await until(pilot, lambda: "S007 Supplier 7" in shown(app))
        asked = [ref for _resource, ref in api.arguments("get")]
        assert len(asked) <= 4 and asked[-1] == 7, "not one for each row on the way"


async def test_going_back_over_a_row_asks_for_nothing(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path, size=WIDE) as (app, pilot):
        await until(pilot, lambda: "S001 Supplier 1" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "S002 Supplier 2" in shown(app))
        asked = api.counts["get"]
        await pilot.press("up")
        await until(pilot, lambda: "S001 Supplier 1" in shown(app))
        assert api.counts["get"] == asked


@pytest.mark.paints
async def test_a_move_with_the_record_beside_stays_within_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    original = ErpApp._display

    def display(app: ErpApp, screen: object, renderable: object) -> None:
        if isinstance(renderable, CompositorUpdate):
            sent.append(len(app.shown.sent(renderable, app.console).encode()))
        original(app, screen, renderable)  # type: ignore[arg-type]

    monkeypatch.setattr(ErpApp, "_display", display)
    async with running(sample_api(), "suppliers", tmp_path, size=WIDE) as (app, pilot):
        await until(pilot, lambda: "S001 Supplier 1" in shown(app))
        sent.clear()
        await pilot.press("down")
        await until(pilot, lambda: "S002 Supplier 2" in shown(app))
        print(f"{sum(sent)} bytes a move with the record beside")
        assert 0 < sum(sent) <= MOVE


async def test_a_move_is_told_only_where_the_record_stands_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    original = PagedTable._tell_move

    def tell_move(table: PagedTable) -> None:
        if table.tells_moves:
            told.append(table.cursor)
        original(table)

    monkeypatch.setattr(PagedTable, "_tell_move", tell_move)
    async with running(sample_api(), "suppliers", tmp_path, size=(80, 24)) as (app, pilot):
        await pilot.press("down")
        await until(pilot, lambda: app.screen.table.cursor == 1)
        assert told == []
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: "S002 Supplier 2" in shown(app))
        await pilot.press("down")
        await until(pilot, lambda: "S003 Supplier 3" in shown(app))
        assert told[-1] == 2
