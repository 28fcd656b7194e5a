"""The look-up field: exact code and Enter never opens a list; what is typed ahead lands in the next field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.settling import LOOK_UP
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.prompter import Prompter
from widgets.waiting import LOOK_UP_GROUP

pytestmark = [pytest.mark.client, pytest.mark.usefixtures("generic_orders")]


def supplier_of(app: Any) -> Any:
    return app.screen.form.fields["supplier"]


def test_the_key_queue_waits_for_the_workers_of_look_ups() -> None:
    assert LOOK_UP_GROUP == LOOK_UP


async def test_an_exact_code_and_enter_shows_the_name_and_opens_no_list(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003", "enter")
        await settled(pilot)
        assert not isinstance(app.screen, Prompter)
        assert supplier_of(app).value == 3
        assert "Supplier 3" in shown(app)
        assert app.screen.form.fields["ordered_on"].has_focus_within  # type: ignore[attr-defined]
        assert api.arguments("get") == [("suppliers", "code:S003")]


async def test_keys_typed_while_the_server_is_asked_land_in_the_next_field(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S003")
        api.answering.clear()
        app.post_message(key("enter"))
        for character in "+7":
            app.post_message(key(character))
        await pilot.pause(0.05)
        assert supplier_of(app).text == "S003"
        api.answering.set()
        await until(pilot, lambda: app.screen.form.fields["ordered_on"].text == "+7")  # type: ignore[attr-defined]
        assert supplier_of(app).value == 3


async def test_an_unknown_code_stays_with_a_sentence_and_what_was_typed_ahead_is_thrown_away(
    tmp_path: Path,
) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"NOPE")
        api.answering.clear()
        for name in ("enter", "t", "enter"):
            app.post_message(key(name))
        await pilot.pause(0.05)
        api.answering.set()
        await until(pilot, lambda: "There is no Supplier 'NOPE'" in shown(app))
        assert supplier_of(app).text == "NOPE"
        assert supplier_of(app).has_focus_within
        assert app.screen.form.fields["ordered_on"].text == ""  # type: ignore[attr-defined]


async def test_f4_opens_the_list_narrowed_to_what_was_typed_and_enter_chooses(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S00", "f4")
        await until(
            pilot,
            lambda: isinstance(app.screen, Prompter) and "9 rows" not in shown(app) and "S009" in shown(app),
        )
        assert "S010" not in shown(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Prompter))
        assert supplier_of(app).value == 2
        assert "Supplier 2" in shown(app)


async def test_candidates_appear_while_typing_and_an_arrow_picks_one(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "purchase-orders new", tmp_path) as (app, pilot):
        await pilot.press(*"S01")
        await until(pilot, lambda: "S010  Supplier 10" in shown(app))
        await pilot.press("down", "down", "enter")
        await settled(pilot)
        assert supplier_of(app).value == 11


def key(name: str) -> Any:
    from textual import events

    return events.Key(name, name if len(name) == 1 else None)
