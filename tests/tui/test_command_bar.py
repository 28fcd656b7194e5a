"""The command line: Enter takes what was typed and nothing else, candidates come beside it and never in its way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input

from erp_tui.app import ErpApp
from erp_tui.core.errors import ServerUnreachable
from screens.home import HomeScreen
from screens.lists.list_screen import ListScreen
from screens.records.detail_screen import DetailScreen
from screens.system.command_history import CommandHistory
from screens.system.find_screen import FindScreen
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.frame.command_bar import CommandBar

pytestmark = pytest.mark.client


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgets.frame.command_bar.ASK_AFTER", 0.0)


def bar(app: ErpApp) -> CommandBar:
    return app.screen.query_one(CommandBar)


def line(app: ErpApp) -> str:
    return bar(app).query_one(Input).value


def lines(app: ErpApp) -> list[str]:
    return [each.line for each in bar(app).candidates]


def burst(app: ErpApp, *keys: str) -> None:
    """Keys that all arrive in one read, as from a fast hand or a scanner."""
    names = {":": "colon", " ": "space"}
    for key in keys:
        character = key if len(key) == 1 else None
        event = Key(names.get(key, key), character)
        event.set_sender(app)
        app.post_message(event)


async def test_what_is_typed_blind_is_what_is_opened(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        burst(app, ":", *"po 10023", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert app.screen.shown_word() == "purchase-orders 10023"


async def test_a_slow_server_neither_holds_a_key_nor_changes_the_line(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        await pilot.press("colon")
        api.answering.clear()
        await pilot.press(*"suppliers S00")
        assert app.keys.idle and line(app) == "suppliers S00"
        await pilot.press("1")
        assert line(app) == "suppliers S001"
        api.answering.set()
        await until(pilot, lambda: "suppliers S001" in lines(app))
        assert line(app) == "suppliers S001"


async def test_words_complete_by_their_beginning_their_title_and_another_word_for_them(
    tmp_path: Path,
) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("colon", *"supp")
        await until(pilot, lambda: "suppliers" in lines(app))
        assert "Suppliers" in shown(app)
        await pilot.press("tab")
        await settled(pilot)
        assert line(app) == "suppliers "


async def test_after_a_word_come_its_verbs_and_the_records_of_the_server(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        await pilot.press("colon", *"suppliers S01")
        await until(pilot, lambda: lines(app) == ["suppliers S010", "suppliers S011", "suppliers S012"])
        assert "Supplier 10" in shown(app)
        await pilot.press("down", "down")
        await settled(pilot)
        assert line(app) == "suppliers S011"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert app.screen.shown_word() == "suppliers S011"


async def test_going_past_the_candidates_gives_back_what_was_typed(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("colon", *"suppliers S01")
        await until(pilot, lambda: len(lines(app)) == 3)
        await pilot.press("up")
        await settled(pilot)
        assert line(app) == "suppliers S012"
        await pilot.press("down")
        await settled(pilot)
        assert line(app) == "suppliers S01"


async def test_tab_in_one_burst_with_the_word_takes_what_is_known_at_once(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        burst(app, ":", *"suppl", "tab", *"S001", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert app.screen.shown_word() == "suppliers S001"


async def test_records_are_asked_for_once_and_then_remembered(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        for _time in range(2):
            await pilot.press("colon", *"suppliers S01")
            await until(pilot, lambda: len(lines(app)) == 3)
            await pilot.press("escape")
            await settled(pilot)
        asked = [call for call in api.arguments("list") if call.get("q") == "S01"]
        begun = [call for call in api.arguments("list") if 'code>="S01"' in (call.get("filter") or "")]
        assert len(asked) == len(begun) == 1 and asked[0]["limit"] <= 10 and asked[0]["count"] == "none"


async def test_a_server_that_is_away_leaves_the_words(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "home", tmp_path) as (app, pilot):
        api.fail["describe_resource"] = [ServerUnreachable("http://127.0.0.1:1")] * 20
        await pilot.press("colon", *"suppliers n")
        await settled(pilot)
        assert lines(app) == ["suppliers new"]


async def test_a_word_that_there_is_not_stays_to_be_corrected_and_eats_no_key_behind_it(
    tmp_path: Path,
) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        burst(app, ":", *"suplliers", "enter", "4", "enter")
        await until(pilot, lambda: "Did you mean" in shown(app))
        assert line(app) == "suplliers" and isinstance(app.screen, ListScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert not bar(app).has_class("-open")


async def test_on_an_empty_line_the_arrows_walk_the_history_that_survived(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        for word in ("suppliers", "products"):
            await pilot.press("colon", *word, "enter")
            await until(pilot, lambda: isinstance(app.screen, ListScreen))
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("colon", "up", "up")
        await settled(pilot)
        assert line(app) == "suppliers"
        await pilot.press("down", "down")
        await settled(pilot)
        assert line(app) == ""


async def test_f9_narrows_by_typing_and_tab_takes_a_command_to_be_changed(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        for word in ("suppliers", "products", "po 10023"):
            await pilot.press("colon", *word, "enter", "f3")
            await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        burst(app, "f9", *"po", "tab")
        await until(pilot, lambda: bar(app).has_class("-open"))
        assert line(app) == "po 10023"
        await pilot.press("escape", "f9", "delete", "escape")
        await until(pilot, lambda: not isinstance(app.screen, CommandHistory))
        assert app.history is not None and app.history.lines == ["suppliers", "products"]


async def test_an_action_of_the_screen_is_a_word_only_where_it_works(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("colon", *"profil")
        await until(pilot, lambda: "profile" in lines(app))
        await pilot.press("tab")
        await until(pilot, lambda: "profile test" in lines(app))


# Favourites


async def test_a_digit_on_the_first_screen_opens_its_favourite(tmp_path: Path) -> None:
    settings = {"favourites": {"7": "suppliers S002"}}
    async with running(sample_api(), "home", tmp_path, settings=settings) as (app, pilot):
        await until(pilot, lambda: "7 suppliers S002" in shown(app))
        await pilot.press("7")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


async def test_a_screen_is_kept_on_a_digit_by_key_or_command(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers S003", tmp_path) as (app, pilot):
        await until(pilot, lambda: "S003" in app.screen.shown_word())
        burst(app, "ctrl+t", "9")
        await until(
            pilot, lambda: "9 on the first screen opens suppliers S003" in " ".join(shown(app).split())
        )
        await pilot.press("colon", *"favourite 8 po 10023", "enter")
        await settled(pilot)
        assert app.favourites is not None
        assert app.favourites.all()[9] == "suppliers S003" and app.favourites.all()[8] == "po 10023"
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen) and "8 po 10023" in shown(app))


async def test_a_word_that_opens_nothing_is_no_favourite(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        await pilot.press("colon", *"favourite 8 nonsense", "enter")
        await until(pilot, lambda: "There is no screen" in shown(app))
        assert app.favourites is not None and app.favourites.all()[8] != "nonsense"


# What is this?


async def test_find_opens_the_only_exact_hit_at_once_and_esc_goes_back(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        burst(app, ":", *"find S004", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert "is exactly the Code of one record" in " ".join(shown(app).split())
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_find_groups_what_comes_near_and_enter_opens_it(tmp_path: Path) -> None:
    async with running(sample_api(), "find Product", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Nothing is called exactly" in shown(app))
        assert "Products" in shown(app) and "P1" in shown(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert app.screen.resource == "products"


async def test_what_is_scanned_while_the_hits_are_shown_is_a_new_question(tmp_path: Path) -> None:
    async with running(sample_api(), "find Product", tmp_path) as (app, pilot):
        await until(pilot, lambda: "Nothing is called exactly" in shown(app))
        burst(app, *"S005", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        assert app.screen.shown_word() == "suppliers S005"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))


async def test_nothing_found_says_so_and_keys_behind_it_are_thrown_away(tmp_path: Path) -> None:
    async with running(sample_api(), "home", tmp_path) as (app, pilot):
        burst(app, ":", *"find nowhere", "enter", "1")
        await until(pilot, lambda: "Nothing that you may see" in shown(app))
        assert isinstance(app.screen, FindScreen)


async def test_a_search_that_fails_says_why_and_f5_asks_again(tmp_path: Path) -> None:
    api = sample_api()
    api.fail["find"] = [ServerUnreachable("http://127.0.0.1:1")]
    async with running(api, "find S004", tmp_path) as (app, pilot):
        await until(pilot, lambda: "does not answer" in shown(app))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))


async def test_hostile_text_in_candidates_and_hits_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    api = sample_api()
    row: dict[str, Any] = api.resources["suppliers"].rows[0]
    row["name"] = "PN [/foo] [red]x\x1b[2J"
    async with running(api, "find PN", tmp_path) as (app, pilot):
        await until(pilot, lambda: "PN [/foo] [red]x␛[2J" in shown(app))
        await pilot.press("ctrl+g", *"suppliers S001")
        await until(pilot, lambda: "PN [/foo] [red]x␛[2J" in shown(app))
        await asyncio.sleep(0)
