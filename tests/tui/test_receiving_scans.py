"""Receiving with a gun: one GS1 scan counts a line, nothing counts twice by accident, and a code goes where it means."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.scanning.check_digits import with_check_digit
from erp_tui.core.scanning.gs1 import made_of
from screens.purchasing.receiving_screen import ReceivingScreen
from tests.tui.guns import scan
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import Running, running, settled, shown, until
from tests.tui.trade import TradeApi
from widgets.dialogs.confirm_dialog import ConfirmDialog

pytestmark = pytest.mark.client

BEEF, CASES = with_check_digit("0401234567890"), with_check_digit("0401234567891")
LATER = date.today() + timedelta(days=90)
KG = {"id": 1, "code": "KG", "decimals": 6, "is_weight": True, "factor": "1", "kg": "1"}


def deliveries() -> TradeApi:
    """P5 is beef by weight and lot, P1 comes in cases of two kilograms; COOLER is a place, A-7 a lot of P5."""
    api = TradeApi()
    about = {"units": [KG], "counts": "1", "tracks_lots": False, "unit": 1}
    products = api.resources["products"].rows
    products[4]["scan"] = {**about, "tracks_lots": True}
    products[0]["scan"] = about
    barcodes = api.resources["barcodes"].rows
    barcodes.append({"id": 2, "version": 1, "code": BEEF, "product": 5})  # type: ignore[attr-defined]
    barcodes.append({"id": 3, "version": 1, "code": CASES, "product": 1, "scan": {"counts": "2"}})  # type: ignore[attr-defined]
    other = {**api.order, "id": 8, "number": "10024", "code": "10024", "lines": []}
    api.resources["purchase-orders"].rows.append(other)  # type: ignore[attr-defined]
    return api


def gs1(*pairs: tuple[str, str], aim: str = "]C1", ending: str = "\r") -> str:
    return aim + made_of(pairs).encode() + ending


def beef(lot: str = "L-1", grams: int = 2500, serial: str = "") -> str:
    pairs = [("01", BEEF), ("17", f"{LATER:%y%m%d}"), ("3103", f"{grams:06}"), ("10", lot)]
    return gs1(*pairs, *([("21", serial)] if serial else []))


def receiving(running: Running) -> ReceivingScreen:
    screen = running[0].screen
    assert isinstance(screen, ReceivingScreen) and screen.entry is not None
    return screen


def counted(screen: ReceivingScreen) -> list[tuple[int, str, str, str]]:
    """Line, quantity, lot and place of what is counted."""
    return [
        (each.line, f"{Decimal(each.accepted).normalize():f}", each.lot, each.location)
        for each in screen.count.arrivals
    ]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_one_gs1_scan_counts_item_lot_expiry_and_weight(tmp_path: Path, size: tuple[int, int]) -> None:
    api = deliveries()
    async with running(api, "receive 10023", tmp_path, size=size) as (app, pilot):
        await scan(app, pilot, beef("LOT-9"))
        await until(pilot, lambda: "2.5 of 7 KG accepted, lot LOT-9" in shown(app))
        screen = receiving((app, pilot))
        assert counted(screen) == [(73, "2.5", "LOT-9", "")]
        assert screen.count.arrivals[0].expiry_date == LATER.isoformat()
        assert screen.confirmation.large == "✓ P5 2.5 KG"
        assert_looks_as_kept(app, "receiving-scan")


@pytest.mark.parametrize("ending", ["\r", "\n", "\t", "\x04", "\r\n"])
@pytest.mark.parametrize("where", ["scan", "accepted", "lines", "note-then-scan"])
async def test_a_marked_scan_is_taken_wherever_the_cursor_is_and_however_it_ends(
    tmp_path: Path, ending: str, where: str
) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        if where == "accepted":
            await scan(app, pilot, "P2\r")
        elif where == "lines":
            screen.table.focus()
        await settled(pilot)
        await scan(app, pilot, gs1(("01", BEEF), ("3103", "002500"), ("10", "A"), ending=ending))
        await until(pilot, lambda: (73, "2.5", "A", "") in counted(screen))
        assert len(counted(screen)) == (2 if where == "accepted" else 1)
        assert screen.entry is not None and screen.entry.fields["scan"].has_focus_within


async def test_a_code_in_the_delivery_note_is_the_note(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        screen.bar.note.focus()
        await settled(pilot)
        await scan(app, pilot, "]C0DN-4711\r")
        assert screen.bar.note.value == "DN-4711" and counted(screen) == []


async def test_packs_and_pieces_are_counted_in_the_unit_of_the_line(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, gs1(("01", CASES), ("37", "2")))
        await until(pilot, lambda: counted(screen) == [(71, "4", "", "")])


async def test_without_a_quantity_in_the_code_enter_takes_what_is_open(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, gs1(("01", BEEF), ("10", "B-1")))
        assert counted(screen) == []
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(73, "7", "B-1", "")])


async def test_a_weight_without_the_lot_that_is_needed_waits_for_the_lot(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, gs1(("01", BEEF), ("3103", "002500")))
        assert counted(screen) == []
        await scan(app, pilot, gs1(("10", "C-1")))
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(73, "2.5", "C-1", "")])


async def test_goods_past_their_date_are_not_counted_by_a_scan_alone(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, gs1(("01", BEEF), ("17", "200131"), ("3103", "002500"), ("10", "OLD")))
        assert "was good until" in shown(app) and counted(screen) == []
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(73, "2.5", "OLD", "")])


# Twice


async def test_what_there_is_once_is_counted_once_even_from_a_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, beef(serial="S-1"))
        await scan(app, pilot, beef(serial="S-1"))
        assert "is counted already" in shown(app)
        await scan(app, pilot, beef(serial="S-2"))
        await until(pilot, lambda: counted(screen) == [(73, "5", "L-1", "")])
        assert set(screen.dump()["counted"].values()) == {73} and len(screen.dump()["counted"]) == 2


async def test_what_is_uncounted_may_be_scanned_again(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, beef(serial="S-1"))
        screen.table.focus()
        await settled(pilot)
        await pilot.press("delete")
        assert counted(screen) == []
        await scan(app, pilot, beef(serial="S-1"))
        await until(pilot, lambda: counted(screen) == [(73, "2.5", "L-1", "")])


async def test_a_double_shot_is_counted_once_and_said(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, "]E04006381333931\r]E04006381333931\r")
        await until(pilot, lambda: "read twice at once" in shown(app))
        assert screen.entry is not None and screen.entry.fields["accepted"].has_focus_within
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(72, "3", "", "")])


async def test_a_double_shot_is_asked_about_where_that_is_set(tmp_path: Path) -> None:
    own = {"scanner": {"repeat": "ask"}}
    async with running(deliveries(), "receive 10023", tmp_path, settings=own) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, gs1(("01", BEEF), ("3103", "001000"), ("10", "A")) * 2)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: counted(screen) == [(73, "2", "A", "")])


async def test_the_same_code_later_is_counted_again(tmp_path: Path) -> None:
    own = {"scanner": {"repeat_ms": 0}}
    async with running(deliveries(), "receive 10023", tmp_path, settings=own) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, beef("A", 1000) * 3)
        await until(pilot, lambda: counted(screen) == [(73, "3", "A", "")])


# Where a code leads


@pytest.mark.parametrize("code", ["]C0COOLER\r", "COOLER\r"])
async def test_a_place_that_is_scanned_holds_until_it_is_scanned_again(tmp_path: Path, code: str) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, code)
        await until(pilot, lambda: screen.place == "COOLER" and "Place COOLER" in shown(app))
        await scan(app, pilot, beef("A", 1000))
        await scan(app, pilot, beef("B", 1000))
        await pilot.press(*"P1", "enter", *"2", "enter")
        await until(pilot, lambda: [each[3] for each in counted(screen)] == ["COOLER"] * 3)


async def test_a_place_scanned_over_a_quantity_is_where_that_line_goes(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await pilot.press(*"P1", "enter", *"COOLER", "enter")
        await until(pilot, lambda: screen.place == "COOLER")
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(71, "5", "", "COOLER")])


async def test_another_orders_number_asks_and_keeps_what_is_counted(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, beef())
        await scan(app, pilot, "]C010024\r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert screen.number == "10023" and len(counted(screen)) == 1
        await scan(app, pilot, "10024\r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: screen.number == "10024")
        assert [draft.form for draft in app.drafts.all()] == ["receive/10023"]


async def test_an_order_is_opened_by_its_scan_and_goods_before_it_are_refused(tmp_path: Path) -> None:
    async with running(deliveries(), "receive", tmp_path) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ReceivingScreen)
        await scan(app, pilot, beef())
        await until(pilot, lambda: "cannot be counted yet" in shown(app))
        await scan(app, pilot, "]C010023\r")
        await until(pilot, lambda: screen.number == "10023" and "10023 is open" in shown(app))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("]C0NOPE\r", "no known barcode"),
        ("]C10104006381333932\r", "(01) GTIN 04006381333932 has a wrong check digit"),
        ("]C0P4\r", "P4 Product 4 was not ordered with 10023"),
    ],
)
async def test_what_cannot_be_counted_is_said_large_and_loses_nothing(
    tmp_path: Path, code: str, said: str
) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        screen = receiving((app, pilot))
        await scan(app, pilot, "P1\r")
        await pilot.press("backspace", *"2")
        await scan(app, pilot, code)
        await until(pilot, lambda: said in shown(app).replace("\n  ", " "))
        assert screen.confirmation.large.startswith("✗")
        assert screen.entry is not None and screen.entry.fields["accepted"].text.startswith("2")
        await pilot.press("enter")
        await until(pilot, lambda: counted(screen) == [(71, "2", "", "")])


async def test_f4_looks_for_goods_whose_label_cannot_be_read(tmp_path: Path) -> None:
    async with running(deliveries(), "receive 10023", tmp_path) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: app.screen is not receiving_of(app))
        await until(pilot, lambda: "Product 2" in shown(app))
        await pilot.press("down", "enter")
        await until(
            pilot, lambda: app.screen is receiving_of(app) and "P2 Product 2: 3 KG open" in shown(app)
        )


def receiving_of(app: Any) -> ReceivingScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, ReceivingScreen))
