"""A scan is one thing wherever it arrives: no action key, no dialog's answer, no half of a code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.terminal.guard import REACTION
from erp_tui.terminal.settling import now
from screens.home import HomeScreen
from screens.inventory.stock_screen import StockScreen
from screens.lists.list_screen import ListScreen
from screens.purchasing.receiving_screen import ReceivingScreen
from screens.records.detail_screen import DetailScreen
from screens.scanning.choice_dialog import ScanChoice
from tests.tui.guns import keys_of, scan
from tests.tui.running import running, settled, shown, until
from tests.tui.trade import TradeApi
from widgets.dialogs.confirm_dialog import ConfirmDialog

pytestmark = pytest.mark.client

GTIN_OF_P2 = "4006381333931"
OF_P2 = (
    f"{GTIN_OF_P2}\r", f"]E0{GTIN_OF_P2}\n", f"]C10{GTIN_OF_P2}"[:3] + f"010{GTIN_OF_P2}10A\x1d21S\t",
    f"(01)0{GTIN_OF_P2}(10)A\x04", f"https://example.com/01/{GTIN_OF_P2}\r",
)  # fmt: skip


@pytest.mark.parametrize("code", OF_P2)
@pytest.mark.parametrize("word", ["home", "products", "purchase-orders"])
async def test_a_scan_on_any_list_opens_what_it_is_and_presses_no_key(
    tmp_path: Path, word: str, code: str
) -> None:
    api = TradeApi()
    async with running(api, word, tmp_path) as (app, pilot):
        await scan(app, pilot, code)
        await until(pilot, lambda: isinstance(app.screen, StockScreen))
        await until(pilot, lambda: "Stock of P2" in shown(app))
        assert not api.counts["delete"] and not api.counts["operate"]
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen | ListScreen))
        table = getattr(app.screen, "table", None)
        assert table is None or not table.entered, "no digit of the code was an option"


@pytest.mark.parametrize(
    ("code", "screen"),
    [("COOLER", StockScreen), ("10023", ReceivingScreen), ("MA-4", DetailScreen)],
)
async def test_each_kind_opens_its_own_screen(tmp_path: Path, code: str, screen: type[Any]) -> None:
    api = TradeApi()
    api.resources["purchase-orders"].rows.append(  # type: ignore[attr-defined]
        {**api.order, "id": 9, "number": "MA-4", "code": "MA-4", "state": "received"}
    )
    async with running(api, "home", tmp_path) as (app, pilot):
        await scan(app, pilot, f"{code}\r")
        await until(pilot, lambda: isinstance(app.screen, screen))


async def test_where_a_code_stands_for_two_things_the_person_chooses(tmp_path: Path) -> None:
    api = TradeApi()
    api.resources["products"].rows[0]["code"] = "COOLER"
    async with running(api, "home", tmp_path) as (app, pilot):
        await scan(app, pilot, "COOLER\r")
        await until(pilot, lambda: isinstance(app.screen, ScanChoice))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "What lies at" in shown(app))


async def test_what_nobody_knows_is_said_and_nothing_moves(tmp_path: Path) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        screen = app.screen
        for code in ("9999999\r", "]C10104006381333932\r"):
            await scan(app, pilot, code)
            await settled(pilot)
            assert app.screen is screen
        said = " ".join(notice.message for notice in app._notifications)
        assert "Nothing here is called 9999999" in said and "wrong check digit" in said


async def test_a_list_goes_to_a_text_that_is_no_code(tmp_path: Path) -> None:
    """Also where a line that lags delivers what a person typed all at once."""
    api = TradeApi()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await scan(app, pilot, "Prairie\r")
        await until(pilot, lambda: any("Prairie" in str(each) for each in api.arguments("list")))
        assert isinstance(app.screen, ListScreen) and not app._notifications


async def test_a_scan_answers_no_question(tmp_path: Path) -> None:
    api = TradeApi()
    api.resources["purchase-orders"].rows.append({**api.order, "id": 9, "number": "10024", "code": "10024"})  # type: ignore[attr-defined]
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        receiving = app.screen
        assert isinstance(receiving, ReceivingScreen)
        await pilot.press(*"P1", "enter", "enter")
        await scan(app, pilot, "]C010024\r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await scan(app, pilot, "yes-1\r")
        await scan(app, pilot, f"]E0{GTIN_OF_P2}\r")
        assert isinstance(app.screen, ConfirmDialog)
        assert any("not taken" in notice.message for notice in app._notifications)
        await pilot.press("n")
        await settled(pilot)
        assert receiving.number == "10023" and len(receiving.count.arrivals) == 1


async def test_a_scan_beneath_a_dialog_that_appeared_by_itself_is_kept_whole(tmp_path: Path) -> None:
    async with running(TradeApi(), "receive 10023", tmp_path) as (app, pilot):
        receiving = app.screen
        assert isinstance(receiving, ReceivingScreen)
        answers: list[Any] = []
        app.interrupt(ConfirmDialog("Delete?"), answers.append)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        for key in keys_of(f"]E0{GTIN_OF_P2}\r", at=now() + 2 * REACTION, pause=0.001):
            app.post_message(key)
        await until(pilot, lambda: app.keys.waiting == 17)
        assert answers == []
        for key in keys_of("n", at=now() + 4 * REACTION):
            app.post_message(key)
        await until(pilot, lambda: answers == [False])
        await until(pilot, lambda: receiving.entry is not None and receiving.entry.has_entry)


async def test_a_scan_into_the_command_line_is_text(tmp_path: Path) -> None:
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        await pilot.press("ctrl+g", *"stock ")
        await scan(app, pilot, f"]E0{GTIN_OF_P2}\r")
        await until(pilot, lambda: isinstance(app.screen, StockScreen) and "Stock of P2" in shown(app))


async def test_keys_of_a_person_stay_keys(tmp_path: Path) -> None:
    """Typed blind over a line that lags, all in one packet: the word of a screen, and an option beside a row."""
    async with running(TradeApi(), "home", tmp_path) as (app, pilot):
        await scan(app, pilot, ":po\r")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        await scan(app, pilot, "5\r")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


@pytest.mark.parametrize(("tones", "rings"), [("bad", 1), ("none", 0)])
async def test_keys_that_are_thrown_away_ring_only_where_tones_are_wanted(
    tmp_path: Path, tones: str, rings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bells: list[str] = []
    async with running(TradeApi(), "home", tmp_path, settings={"scanner": {"tones": tones}}) as (app, _pilot):
        monkeypatch.setattr(app, "bell", lambda: bells.append("bell"))
        app.keys.flush("There is no such code.", shown=True)
        assert len(bells) == rings


@pytest.mark.parametrize("tones", ["bell", "bad", "none"])
async def test_a_tone_is_a_bell_or_two_and_never_a_flood(tmp_path: Path, tones: str) -> None:
    bells: list[str] = []
    async with running(TradeApi(), "home", tmp_path, settings={"scanner": {"tones": tones}}) as (app, _pilot):
        app.tones._bell = lambda: bells.append("bell")
        app.tones._later = lambda _seconds, ring: ring()
        app.tones.good()
        assert len(bells) == (1 if tones == "bell" else 0)
        for _again in range(50):
            app.tones.bad()
        assert len(bells) <= 3
        app.tones._silent_until = 0.0
        bells.clear()
        app.tones.bad()
        assert len(bells) == (0 if tones == "none" else 2)
