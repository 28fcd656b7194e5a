"""Stock with its ledger, jobs that are watched only while they are seen, and what waits on the first screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from screens.home import HomeScreen
from screens.inventory.stock_screen import StockScreen
from screens.jobs.jobs_screen import JobsScreen
from screens.lists.list_screen import ListScreen
from screens.purchasing.receiving_screen import ReceivingScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_stock_shows_balances_minimum_and_moves_of_what_is_scanned(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    api = TradeApi()
    async with running(api, "stock P1", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "Below the minimum by 9 KG." in shown(app) and "L[1]" in shown(app))
        assert_looks_as_kept(app, "stock")
        await pilot.press(*"4006381333931", "enter")
        await until(pilot, lambda: "Stock of P2 Product 2" in shown(app))
        filters = [call["filter"] for call in api.arguments("list") if call["resource"] == "stock-moves"]
        assert filters == ["product=id:1", "product=id:2"]


async def test_a_product_that_there_is_not_says_so_and_leaves_the_one_before(tmp_path: Path) -> None:
    async with running(TradeApi(), "stock P1", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Stock of P1" in shown(app))
        await pilot.press(*"NOPE", "enter")
        await until(pilot, lambda: "Nothing is called 'NOPE'" in shown(app))
        assert isinstance(app.screen, StockScreen) and "Stock of P1" in shown(app)


async def test_jobs_are_read_again_while_they_are_seen_and_not_while_they_are_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.jobs.jobs_screen.WHILE_WORKING", 0.05)
    api = TradeApi()
    async with running(api, "jobs", tmp_path) as (app, pilot):
        await until(pilot, lambda: "1 waiting or running" in shown(app))
        api.resources["jobs"].rows[0]["current"] = 9
        await until(pilot, lambda: " 9 " in shown(app))
        screen = app.screen
        assert isinstance(screen, JobsScreen)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not screen)
        assert screen._timer is None and not screen._looking
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and screen._looking)
        api.resources["jobs"].rows[0]["current"] = 10
        await until(pilot, lambda: re.search(r"10 +10\b", shown(app)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_home_shows_what_waits_and_enter_goes_there(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(TradeApi(), "home", tmp_path, size=size) as (app, pilot):
        await until(pilot, lambda: "Orders to receive  1" in shown(app))
        assert "10023 Prairie [/x]" in shown(app) and "late" in shown(app)
        screen = app.screen
        assert isinstance(screen, HomeScreen)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReceivingScreen))
        await pilot.press("f3")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert "filter: receivable" in shown(app)


async def test_home_shows_what_others_did_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.home.SETTLING", 0.01)
    api = TradeApi()
    async with running(api, "home", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Orders to receive  1" in shown(app) and api.counts["changes"])
        api.resources["purchase-orders"].rows.clear()
        api.tell_change("purchase-orders", 7)
        app.life.poller.wake()
        await until(pilot, lambda: "Orders to receive  none" in shown(app))


async def test_a_function_key_that_means_nothing_here_says_so(tmp_path: Path) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        await pilot.press("f10")
        await until(pilot, lambda: "F10 does nothing here. Press ? for the keys that work." in shown(app))


async def test_home_offers_nothing_that_the_role_does_not_allow(tmp_path: Path) -> None:
    api = TradeApi()
    del api.operations["purchasing.receive"]
    async with running(api, "home", tmp_path, size=(80, 50)) as (app, pilot):
        await until(pilot, lambda: "Stock below minimum" in shown(app))
        assert "Orders to receive" not in shown(app) and "Receive goods" not in shown(app)
