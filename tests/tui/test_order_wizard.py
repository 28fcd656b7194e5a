"""The order wizard: few keys, nothing lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.errors import FieldError, InvalidError, OutcomeUnknown
from screens.purchasing.order_wizard import OrderWizard
from screens.purchasing.receiving_screen import ReceivingScreen
from screens.records.detail_screen import DetailScreen
from tests.tui.looks import SIZES, assert_looks_as_kept
from tests.tui.running import running, shown, until
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client

TWO_LINES = (*"P1", "enter", *"120", "enter", *"P2", "enter", *"3", "enter", "enter")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_line_takes_its_code_its_quantity_and_one_key_each(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path, size=size) as (app, pilot):
        await pilot.press(*"S001", "f10", *TWO_LINES)
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        assert_looks_as_kept(app, "order-review")
        await pilot.press("f10")
        await until(pilot, lambda: "Order 10024 is created as a draft." in shown(app))
        rehearsed, made = api.arguments("create")
        assert rehearsed["dry"] and not made["dry"] and made["key"]
        assert made["data"]["supplier"] == 1
        assert [(line["product"], line["quantity"]) for line in made["data"]["lines"]] == [
            (1, "120.000000"),
            (2, "3.000000"),
        ]
        prices = [line["unit_price"] for line in made["data"]["lines"]]
        assert prices == ["1.000000", "2.500000"], "of 100 and more the first one is cheaper"
        await pilot.press("enter")
        await until(pilot, lambda: "purchasing.confirm is done." in shown(app))
        assert api.arguments("operate")[-1]["params"] == {"order": 8}
        assert app.drafts.all() == []


async def test_after_confirming_enter_goes_on_to_receiving(tmp_path: Path) -> None:
    async with running(TradeApi(), "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *TWO_LINES)
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "created as a draft" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Receive it now" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReceivingScreen))


async def test_a_refused_line_is_opened_with_its_sentence_and_everything_typed_stays(tmp_path: Path) -> None:
    api = TradeApi()
    error = FieldError("lines[1].quantity", "not_positive", "P2 is sold by the dozen.")
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10")
        api.fail["create"] = [InvalidError(422, "invalid", "Invalid", "Invalid", errors=(error,))]
        await pilot.press(*TWO_LINES)
        await until(pilot, lambda: "P2 is sold by the dozen." in shown(app))
        screen = app.screen
        assert isinstance(screen, OrderWizard) and screen.steps is not None
        assert screen.steps.frame.index == 1
        assert [line["product"] for line in screen.steps.lines.lines] == [1, 2]
        assert screen.steps.lines.fields["quantity"].has_focus_within


async def test_a_mended_line_goes_on_to_the_next_refused_one_and_no_message_hides_the_form(
    tmp_path: Path,
) -> None:
    api = TradeApi()
    errors = tuple(FieldError(f"lines[{n}].unit_price", "required", f"No price of P{n + 1}.") for n in (0, 1))
    refusal = InvalidError(422, "invalid", "Invalid", "No price of P1. No price of P2.", errors=errors)
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10")
        api.fail["create"] = [refusal]
        await pilot.press(*TWO_LINES)
        await until(pilot, lambda: "✗ No price of P1.\n" in shown(app))
        assert not app._notifications, "the form says it, and a message would cover the form"
        screen = app.screen
        assert isinstance(screen, OrderWizard) and screen.steps is not None
        lines = screen.steps.lines
        assert lines.fields["unit_price"].has_focus_within
        await pilot.press(*"7", "enter")
        await until(pilot, lambda: "✗ No price of P2.\n" in shown(app))
        assert lines.editing == 1 and lines.fields["unit_price"].has_focus_within
        assert refusal.sentence() in shown(app)
        await pilot.press(*"8", "enter")
        await until(pilot, lambda: lines.editing is None)
        assert lines.fields["product"].has_focus_within
        # What is mended is not complained of any more.
        await until(pilot, lambda: "No price of" not in shown(app))


async def test_f1_explains_the_field_and_f4_is_offered_where_it_looks_up(tmp_path: Path) -> None:
    async with running(TradeApi(), "po new", tmp_path, size=(80, 40)) as (app, pilot):
        await until(pilot, lambda: "F4 Look up" in shown(app))
        await pilot.press("tab")
        await until(pilot, lambda: "F4 Look up" not in shown(app))
        await pilot.press("f1")
        await until(pilot, lambda: "Expected on" in shown(app) and "t is today" in shown(app))


async def test_a_supplier_that_there_is_not_keeps_the_cursor_and_throws_typed_ahead_keys_away(
    tmp_path: Path,
) -> None:
    async with running(TradeApi(), "po new", tmp_path) as (app, pilot):
        await pilot.press(*"NOPE", "f10")
        await until(pilot, lambda: "There is no Supplier 'NOPE'" in shown(app))
        screen = app.screen
        assert isinstance(screen, OrderWizard) and screen.steps is not None
        assert screen.steps.frame.index == 0 and screen.steps.head.fields["supplier"].has_focus_within


async def test_what_was_typed_is_offered_again_and_esc_never_loses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_tui.terminal.guard.REACTION", 0.0)
    async with running(TradeApi(), "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *"P1", "enter", *"4", "enter", *"P2", "escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, OrderWizard))
        await until(pilot, lambda: len(app.drafts.all()) == 1)
    async with running(TradeApi(), "po new", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, OrderWizard))
        assert len(app.drafts.all()) == 1, "Esc decides nothing"
    async with running(TradeApi(), "po new", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Go on with what you typed here before?" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, OrderWizard) and app.screen.is_changed)
        screen = app.screen
        assert isinstance(screen, OrderWizard) and screen.steps is not None
        assert [line["quantity"] for line in screen.steps.lines.lines] == ["4.000000"]
        assert screen.steps.head.fields["supplier"].text == "S001"
        assert screen.steps.lines.fields["product"].text == "P2"


async def test_an_order_without_an_answer_is_being_checked_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.forms.sending.CHECK_AGAIN_AFTER", (2.0,))
    api = TradeApi()
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *TWO_LINES)
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        api.fail["create"] = [OutcomeUnknown("lost")]
        await pilot.press("f10")
        await until(pilot, lambda: "not known yet, checking" in shown(app))
        await pilot.press("f10", "f10")
        await until(pilot, lambda: "Order 10024 is created as a draft." in shown(app))
        keys = {call["key"] for call in api.arguments("create") if not call["dry"]}
        assert len(keys) == 1 and keys != {None}


async def test_an_order_can_be_opened_from_the_success_panel(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "po new", tmp_path) as (app, pilot):
        await pilot.press(*"S001", "f10", *TWO_LINES)
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        await pilot.press("f10")
        await until(pilot, lambda: "created as a draft" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
