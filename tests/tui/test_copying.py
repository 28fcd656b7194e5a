"""A copy of a record is a new one: nothing of its own identity goes along, and nothing is written unasked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from screens.forms.copy_of import copied
from screens.forms.form_screen import FormScreen
from screens.purchasing.order_wizard import OrderWizard
from tests.tui.running import running, shown, until
from tests.tui.sample import SUPPLIERS, sample_api, supplier
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client

TODAY = date(2026, 11, 21)


def test_a_copy_leaves_out_codes_what_the_system_keeps_and_days_that_are_over() -> None:
    values = copied(SUPPLIERS, supplier(1, since="2026-11-20"), TODAY)
    assert not {"id", "version", "code", "since", "_actions"} & values.keys()
    assert values["name"] == "Supplier 1" and values["credit_limit"] == "1000.5000"
    assert copied(SUPPLIERS, supplier(1, since="2026-12-01"), TODAY)["since"] == "2026-12-01"


def test_a_copy_leaves_out_what_the_server_describes_as_belonging_to_one_record() -> None:
    fields = [field.model_copy(update={"copied": field.name != "terms"}) for field in SUPPLIERS.fields]
    values = copied(SUPPLIERS.model_copy(update={"fields": fields}), supplier(1), TODAY)
    assert "terms" in supplier(1) and "terms" not in values
    assert values["name"] == "Supplier 1"


@pytest.mark.parametrize(("word", "key"), [("suppliers", "1"), ("po", "1")])
async def test_an_untouched_copy_is_no_draft_and_what_is_typed_makes_it_one(
    tmp_path: Path, word: str, key: str
) -> None:
    api = sample_api() if word == "suppliers" else TradeApi()
    async with running(api, word, tmp_path) as (app, pilot):
        await pilot.press(key, "enter")
        await until(pilot, lambda: "copied from" in shown(app))
        screen = app.screen
        assert isinstance(screen, FormScreen | OrderWizard) and not screen.is_changed
        await pilot.press("f3")
        await until(pilot, lambda: app.screen is not screen)
        assert app.drafts.all() == []
        await pilot.press(key, "enter")
        await until(pilot, lambda: "copied from" in shown(app))
        await pilot.press("X", "f3")
        await until(pilot, lambda: "copied from" not in shown(app))
        (draft,) = app.drafts.all()
        assert "Supplier 1" in repr(draft.data) or "lines" in repr(draft.data)


async def test_one_in_front_of_a_row_copies_it_into_a_new_form_and_f10_alone_writes(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path) as (app, pilot):
        await pilot.press("1", "enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "copied from S001" in shown(app))
        assert not api.counts["create"]
        await pilot.press(*"S777", "f10")
        await until(pilot, lambda: api.counts["create"])
        sent = api.arguments("create")[0]["data"]
        assert (sent["code"], sent["name"], sent["lead_time"]) == ("S777", "Supplier 1", 1)


async def test_an_order_is_copied_with_its_lines_into_the_wizard(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "po 10023", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Product 2" in shown(app))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, OrderWizard) and "copied from 10023" in shown(app))
        await pilot.press("f10", "f10")
        await until(pilot, lambda: "Nothing is ordered yet" in shown(app))
        (sent,) = api.arguments("create")
        assert sent["dry"] and sent["data"]["supplier"] == 1 and "expected_on" not in sent["data"]
        assert [(line["product"], line["quantity"]) for line in sent["data"]["lines"]] == [
            (1, "5.000000"),
            (2, "3.000000"),
            (5, "7.000000"),
        ]
        assert all("id" not in line for line in sent["data"]["lines"])


async def test_what_the_system_keeps_is_shown_reachable_and_says_why_it_takes_nothing(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers S002", tmp_path) as (app, pilot):
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and app.screen.form)
        fields = app.screen.form.fields  # type: ignore[attr-defined]
        assert fields["name"].has_focus_within, "the cursor begins where one may type"
        assert list(fields)[-2:] == ["code", "currency_code"]
        fields["note"].focus()
        await pilot.press("tab")
        assert fields["code"].has_focus_within
        await pilot.press(*"X")
        await until(pilot, lambda: "It is shown only" in shown(app))
        assert fields["code"].text == "S002" and not app.screen.is_changed
        await pilot.press("up")
        await until(pilot, lambda: "It is shown only" not in shown(app))
