"""On the trainer a gun is tried and set: what it sends is shown byte by byte, and nothing else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erp_tui.core.scanning.burst import Stroke
from erp_tui.core.scanning.layouts import TEST_TEXT, as_typed_on
from erp_tui.core.scanning.training import Sample
from screens.inventory.stock_screen import StockScreen
from screens.scanning.trainer_screen import ScannerScreen
from tests.tui.guns import scan
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import Running, running, settled, shown, until
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client

CODES = ("4006381333931", "96385074", "036000291452")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.scanning.trainer_screen.OVER_AFTER", 0.02)


async def tried(running: Running, code: str) -> ScannerScreen:
    app, pilot = running
    screen = app.screen
    assert isinstance(screen, ScannerScreen)
    before = screen.samples
    await scan(app, pilot, code)
    await until(pilot, lambda: screen.samples is not before and "asking" not in shown(app))
    return screen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_three_scans_set_the_gun_and_f10_keeps_it(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(TradeApi(), "scanner", tmp_path, size=size) as (app, pilot):
        assert TEST_TEXT in shown(app)
        for code in CODES:
            await tried((app, pilot), f"\x02{code}\t")
        assert "<STX>036000291452<TAB>" in shown(app)
        await pilot.press("f10")
        await until(pilot, lambda: "✓ Saved" in shown(app))
        kept = yaml.safe_load((tmp_path / "config.yaml").read_text())["scanner"]
        assert kept == {"prefix": "<STX>", "terminator": "TAB"}
        assert app.keys.scanner.prefix == "<STX>"
        await pilot.press("f3")
        await scan(app, pilot, "\x024006381333931\t")
        await until(pilot, lambda: isinstance(app.screen, StockScreen) and "Stock of P2" in shown(app))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_gs1_code_is_taken_apart_and_told_where_it_would_go(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(TradeApi(), "scanner", tmp_path, size=size) as (app, pilot):
        screen = await tried((app, pilot), "]C1010400638133393117280131310300250010LOT-9\x1d21S1\r")
        parts = (
            "<GS>21S1<CR>",
            "GS1-128",
            "(17) USE BY",
            "280131",
            "(3103) NET WEIGHT (kg)",
            "product: P2",
        )
        await until(pilot, lambda: all(part in shown(app) for part in parts))
        # How fast this machine read is no part of the picture.
        strokes = screen.samples[-1].strokes
        screen.samples = [Sample(tuple(Stroke(each.character, n * 0.004) for n, each in enumerate(strokes)))]
        screen._draw()
        await settled(pilot)
        assert_looks_as_kept(app, "scanner")


async def test_what_is_dangerous_is_warned_of(tmp_path: Path) -> None:
    async with running(TradeApi(), "scanner", tmp_path) as (app, pilot):
        await tried((app, pilot), as_typed_on("German"))
        said = " ".join(shown(app).split())
        assert "Nothing ends a code" in said and "expects a German one" in said


async def test_no_character_that_is_tried_is_a_key_and_f_keys_still_are(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "scanner", tmp_path) as (app, pilot):
        screen = await tried((app, pilot), "]:/?[@15\x04\n\r")
        assert app.screen is screen
        await pilot.press("f6")
        await until(pilot, lambda: screen.samples == [] and "Scan anything" in shown(app))
        assert not api.counts["operate"] and not api.counts["create"]
