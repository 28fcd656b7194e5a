"""Receiving by scan: the right line, nothing booked twice, nothing counted lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import FieldError, InvalidError, OutcomeUnknown, StaleError
from erp_tui.core.remote.models import Preview
from screens.purchasing.receiving_screen import ReceivingScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, settled, shown, until
from tests.tui.trade import TradeApi
from widgets.dialogs.preview_dialog import PreviewDialog

pytestmark = pytest.mark.client

GTIN_OF_P2 = "4006381333931"


def sent(api: TradeApi) -> list[dict[str, Any]]:
    """What was booked, without rehearsals."""
    return [call for call in api.arguments("operate") if not call["dry"]]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_codes_barcodes_lots_and_rejects_end_on_their_lines(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path, size=size) as (app, pilot):
        await pilot.press(*"p1", "enter", *"3", "tab", *"1", "enter", *"torn", "enter")
        await pilot.press(*GTIN_OF_P2, "enter", "enter", *"P5", "enter", "enter", *"LOT-9", "enter")
        await until(pilot, lambda: "lot LOT-9" in shown(app))
        assert_looks_as_kept(app, "receiving")
        await pilot.press("f10")
        await until(pilot, lambda: "Receipt R-1 is posted." in shown(app))
        assert "1 line is still open." in shown(app)
        (booked,) = sent(api)
        assert booked["params"] == {
            "order": 7,
            "lines": [
                {"line": 71, "accepted": "3.000000", "rejected": "1.000000", "reason": "torn"},
                {"line": 72, "accepted": "3.000000"},
                {"line": 73, "accepted": "7.000000", "lot": "LOT-9"},
            ],
        }
        assert app.drafts.all() == []


async def test_f4_lists_products_for_a_scan_alone_and_says_where_there_is_no_list(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"p1", "enter", *"3", "tab", "f4")
        await until(pilot, lambda: "There is no list of values for Rejected." in shown(app))
        assert isinstance(app.screen, ReceivingScreen), (
            "a list of products would lose the count that is begun"
        )


async def test_everything_open_takes_one_key_but_for_what_is_tracked_by_lot(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press("f7")
        await until(pilot, lambda: "The rest is accepted but for P5" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "is posted" in shown(app))
        assert [line["line"] for line in sent(api)[0]["params"]["lines"]] == [71, 72]


async def test_a_scan_in_place_of_a_quantity_takes_what_is_open_and_goes_on(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *GTIN_OF_P2, "enter", "enter", "f10")
        await until(pilot, lambda: "is posted" in shown(app))
        assert [(line["line"], line["accepted"]) for line in sent(api)[0]["params"]["lines"]] == [
            (71, "5.000000"),
            (72, "3.000000"),
        ]


async def test_goods_put_in_two_places_are_booked_on_each(tmp_path: Path) -> None:
    api = TradeApi()
    to_location = ["tab"] * 5
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *"2", *to_location, *"COOLER", "enter")
        await until(pilot, lambda: "2 of 5 KG accepted, at COOLER." in shown(app))
        await pilot.press(*"P1", "enter", *"1", "enter", "f10")
        await until(pilot, lambda: "is posted" in shown(app))
        assert sent(api)[0]["params"]["lines"] == [
            {"line": 71, "accepted": "2.000000", "location": "COOLER"},
            {"line": 71, "accepted": "1.000000"},
        ]


async def test_a_place_that_there_is_not_keeps_the_line_from_being_counted(tmp_path: Path) -> None:
    async with running(TradeApi(), "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *"2", *["tab"] * 5, *"NOPE", "enter")
        await until(pilot, lambda: "'NOPE'" in shown(app))
        screen = app.screen
        assert isinstance(screen, ReceivingScreen) and screen.entry is not None
        assert screen.count.arrivals == [] and screen.entry.fields["location"].has_focus_within


async def test_the_same_scan_again_is_added(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *"2", "enter", *"P1", "enter", *"1", "enter", "f10")
        await until(pilot, lambda: "is posted" in shown(app))
        assert sent(api)[0]["params"]["lines"] == [{"line": 71, "accepted": "3.000000"}]


async def test_more_than_ordered_is_shown_before_it_is_booked_and_a_refusal_keeps_the_count(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    api.previews["purchasing.receive"] = Preview(warnings=["Line 1, P1: 9 received of 5 ordered."])
    refusal = FieldError("lines[0].accepted", "too_large", "Line 1, P1: accept less.")
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *"9", "enter", "f10")
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog))
        assert "9 received of 5 ordered" in shown(app) and sent(api) == []
        api.fail["operate"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=(refusal,))]
        await pilot.press("f10")
        await until(pilot, lambda: "Line 1, P1: accept less." in shown(app))
        assert "1 ✗" in shown(app)
        screen = app.screen
        assert isinstance(screen, ReceivingScreen)
        assert [arrival.accepted for arrival in screen.count.arrivals] == ["9.000000"]


async def test_goods_that_were_not_ordered_are_refused_and_what_was_typed_for_them_is_thrown_away(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P4", "enter")
        await until(pilot, lambda: "P4 Product 4 was not ordered with 10023." in shown(app))
        screen = app.screen
        assert isinstance(screen, ReceivingScreen) and screen.entry is not None
        assert screen.entry.fields["scan"].has_focus_within and screen.entry.fields["scan"].is_empty


async def test_a_receipt_without_an_answer_is_being_checked_and_booked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.forms.sending.CHECK_AGAIN_AFTER", (2.0,))
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", "enter")
        api.fail["operate"] = [OutcomeUnknown("lost")]
        await pilot.press("f10")
        await until(pilot, lambda: "not known yet, checking" in shown(app))
        assert "failed" not in shown(app).lower()
        await pilot.press("f10")
        await until(pilot, lambda: "Receipt R-1 is posted." in shown(app))
        assert len({call["key"] for call in sent(api)}) == 1
        assert api.order["lines"][0]["received"] == "5.000000"


async def test_an_order_that_somebody_changed_is_read_again_and_the_count_kept(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", "enter")
        api.order["version"] = 4
        api.fail["operate"] = [StaleError(412, "stale", "Stale", "The record was changed.")]
        await pilot.press("f10")
        await until(pilot, lambda: "What you counted is kept" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "is posted" in shown(app))


async def test_what_was_counted_is_offered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with running(TradeApi(), "receive 10023", tmp_path) as (app, pilot):
        await pilot.press(*"P1", "enter", *"2", "enter", *"P2", "f3")
        await until(pilot, lambda: len(app.drafts.all()) == 1)
    async with running(TradeApi(), "receive 10023", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ReceivingScreen) and app.screen.is_changed)
        screen = app.screen
        assert isinstance(screen, ReceivingScreen) and screen.entry is not None
        assert [(each.line, each.accepted) for each in screen.count.arrivals] == [(71, "2.000000")]
        assert screen.entry.fields["scan"].text == "P2"


async def test_no_order_of_that_number_says_so_and_takes_the_next(tmp_path: Path) -> None:
    async with running(TradeApi(), "receive", tmp_path) as (app, pilot):
        await pilot.press(*"99999", "enter")
        await until(pilot, lambda: "There is no order '99999'." in shown(app))
        screen = app.screen
        assert isinstance(screen, ReceivingScreen)
        screen.bar.number.value = ""
        await pilot.press(*"10023", "enter")
        await until(pilot, lambda: "10023 is open." in shown(app))
        await settled(pilot)
        assert screen.entry is not None and screen.entry.fields["scan"].has_focus_within
