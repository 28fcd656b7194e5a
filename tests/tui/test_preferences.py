"""What a person sets: key maps, keys of their own, density. The refused says why, and the rest holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.app import ErpApp
from erp_tui.core.i18n import use_language
from erp_tui.core.settings import Settings
from screens.home import HomeScreen
from screens.lists.list_screen import ListScreen
from screens.system.key_chooser import KeyChooser
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi

pytestmark = pytest.mark.client


def flat(text: str) -> str:
    return " ".join(text.replace("┃", " ").split())


def told(app: ErpApp) -> str:
    """What the messages at the corner say, however they are folded."""
    return "\n".join(notice.message for notice in app._notifications)


async def test_vim_keys_move_on_a_list_beside_the_arrows(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, settings={"keymap": "vim"}) as (app, pilot):
        table = app.screen.table  # type: ignore[attr-defined]
        await pilot.press("j", "j", "j", "k", "down")
        await until(pilot, lambda: table.cursor == 3)
        await pilot.press("G")
        await until(pilot, lambda: table.cursor == 11)
        await pilot.press("g")
        await until(pilot, lambda: table.cursor == 0)
        await pilot.press("question_mark", *"one row down")
        await until(pilot, lambda: "↓ Down One row down." in flat(shown(app)))


async def test_without_it_the_letters_do_what_they_did(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        table = app.screen.table  # type: ignore[attr-defined]
        await pilot.press("j")
        await settled(pilot)
        assert table.cursor == 0


async def test_vim_keys_move_on_the_first_screen_and_on_a_record(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, settings={"keymap": "vim"}) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, HomeScreen)
        before = screen.menu.highlighted
        await pilot.press("j")
        await until(pilot, lambda: screen.menu.highlighted != before)
        app.open_word("suppliers S002")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("j", "k", "G")
        await settled(pilot)
        assert "does nothing here" not in shown(app)


async def test_where_scans_are_taken_no_letter_of_a_key_map_acts(tmp_path: Path) -> None:
    api = TradeApi()
    async with running(api, "receive 10023", tmp_path, settings={"keymap": "vim"}) as (app, _pilot):
        scope = app.screen.scope  # type: ignore[attr-defined]
        assert scope == "receiving"
        keymap = app._keymap
        assert keymap["row_down"] == "down" and keymap["row_up"] == "up"


async def test_the_key_map_of_the_command_line_holds_at_once_and_is_remembered(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        app.open_word("keymap vim")
        await settled(pilot)
        await pilot.press("j")
        await until(pilot, lambda: app.screen.table.cursor == 1)  # type: ignore[attr-defined]
        assert Settings.load(tmp_path / "config.yaml", {}).get("keymap") == "vim"
        app.open_word("keymap emacs")
        await until(pilot, lambda: "There is no key map emacs" in flat(shown(app)))
        app.open_word("keymap standard")
        await settled(pilot)
        await pilot.press("j")
        await settled(pilot)
        assert app.screen.table.cursor <= 1  # type: ignore[attr-defined]


async def test_ones_own_keys_win_over_a_key_map(tmp_path: Path) -> None:
    own = {"keymap": "vim", "keys": {"row_down": "down,d"}}
    async with running(sample_api(), "suppliers", tmp_path, settings=own) as (app, pilot):
        table = app.screen.table  # type: ignore[attr-defined]
        await pilot.press("d")
        await until(pilot, lambda: table.cursor == 1)
        await pilot.press("k")
        await until(pilot, lambda: table.cursor == 0)


async def test_the_key_bar_shows_the_keys_of_another_map_at_once(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        assert "Ctrl+F Go to" in shown(app)
        app.open_word("keymap vim")
        await until(pilot, lambda: "  f Go to" in shown(app))
        app.open_word("keymap standard")
        await until(pilot, lambda: "Ctrl+F Go to" in shown(app))


async def test_a_mangled_key_is_refused_with_its_reason_and_the_rest_holds(tmp_path: Path) -> None:
    own = {"theme": "light", "keys": {"new": "ctrl+m"}}
    async with running(sample_api(), "", tmp_path, size=(120, 40), settings=own) as (app, pilot):
        await until(pilot, lambda: "same byte for it as for Enter" in told(app))
        assert app.looks.theme == "light"
        app.open_word("suppliers")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert "F6 New" in shown(app)


async def test_compact_leaves_out_air_and_is_remembered(tmp_path: Path) -> None:
    async with running(sample_api(), "help lists", tmp_path) as (app, pilot):
        before = shown(app).count("\n\n")
        app.open_word("density compact")
        await until(pilot, lambda: shown(app).count("\n\n") < before)
        assert Settings.load(tmp_path / "config.yaml", {}).get("density") == "compact"
        app.open_word("density")
        await until(pilot, lambda: app.looks.density == "normal")
        app.open_word("density dense")
        await until(pilot, lambda: "There is no density dense" in flat(shown(app)))


async def test_another_language_is_spoken_at_once_remembered_and_closes_nothing(tmp_path: Path) -> None:
    try:
        async with running(sample_api(), "", tmp_path) as (app, pilot):
            await until(pilot, lambda: "Waiting for me" in shown(app))
            app.open_word("language es")
            await until(pilot, lambda: "Pendiente" in shown(app) and "Waiting for me" not in shown(app))
            assert Settings.load(tmp_path / "config.yaml", {}).get("language") == "es"
            app.open_word("suppliers new")
            await pilot.press(*"ACME")
            app.open_word("language fr")
            await until(pilot, lambda: "Français" in flat(told(app)))
            assert "ACME" in shown(app), "what is open stays, with what was typed"
            await pilot.press("f3")
            await until(pilot, lambda: "En attente de vous" in shown(app) and "Pendiente" not in shown(app))
            app.open_word("language tlh")
            await until(pilot, lambda: "es Español" in flat(told(app)) and "tlh" in flat(told(app)))
    finally:
        use_language("en")


async def test_keys_shows_the_keys(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path) as (app, pilot):
        await pilot.press("colon", *"keys", "enter")
        await until(pilot, lambda: isinstance(app.screen, KeyChooser))


async def test_what_cannot_be_kept_is_said_and_holds_for_now(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        app.open_word("theme light")
        await until(pilot, lambda: "This holds until you leave" in told(app))
        assert app.looks.theme == "light"
