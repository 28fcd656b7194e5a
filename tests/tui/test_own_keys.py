"""`:keys` changes a key by pressing it: refused with the reason, kept, in force at once, and given back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.actions import ACTIONS
from erp_tui.core.keys.own_keys import ALWAYS, keys_with, may_have_own
from erp_tui.core.keys.terminal_keys import UnusableKey
from erp_tui.core.settings import Settings
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from screens.system.key_chooser import KeyChooser
from tests.tui.running import running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.dialogs.order_dialog import OrderDialog

pytestmark = pytest.mark.client


def flat(text: str) -> str:
    return " ".join(text.replace("┃", " ").split())


async def choosing(app: Any, pilot: Any, *typed: str) -> KeyChooser:
    """The keys, narrowed to what is typed."""
    await pilot.press("ctrl+g", *"keys", "enter")
    await until(pilot, lambda: isinstance(app.screen, KeyChooser))
    await pilot.press(*typed)
    await settled(pilot)
    return app.screen  # type: ignore[no-any-return]


async def test_a_key_that_is_pressed_takes_the_place_of_the_shown_one_at_once_and_for_good(
    tmp_path: Path,
) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await choosing(app, pilot, *"order by", "enter")
        await until(pilot, lambda: "Press the new key for “Sort” (F7 now)" in flat(shown(app)))
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: "does “Sort” from now on" in flat(shown(app)))
        assert "Yours; F7 as shipped." in flat(shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert "Ctrl+_ Sort" in shown(app), "the key bar shows it"
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: isinstance(app.screen, OrderDialog))
        assert Settings.load(tmp_path / "config.yaml", {}).get("keys") == {"sort": "ctrl+underscore"}


async def test_delete_gives_back_the_key_that_is_shipped(tmp_path: Path) -> None:
    own = Settings(tmp_path / "config.yaml", {"keys": {"sort": "ctrl+k", "new": "ctrl+n,f6"}}, {})
    own.save()
    kept = {"keys": {"sort": "ctrl+k"}}
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40), settings=kept) as (app, pilot):
        await choosing(app, pilot, *"order by", "delete")
        await until(pilot, lambda: "“Sort” has F7 again" in flat(shown(app)))
        await pilot.press("delete")
        await until(pilot, lambda: "has the key that it comes with" in flat(shown(app)))
        await pilot.press("escape", "f7")
        await until(pilot, lambda: isinstance(app.screen, OrderDialog))
        left = Settings.load(tmp_path / "config.yaml", {}).get("keys")
        assert left == {"new": "ctrl+n,f6"}, "what was written there meanwhile stays"


async def test_a_refused_key_is_said_why_and_the_next_one_is_waited_for(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        screen = await choosing(app, pilot, *"order by", "enter")
        for key, why in (
            ("f6", "F6 does “New” already"),
            ("f1", "F1 does “Help” already"),
            ("ctrl+q", "Ctrl+Q does “Quit” already"),
            ("down", "↓ does “Down” already"),
            ("alt+x", "which a slow line tears apart"),
            ("enter", "terminals send Ctrl+M as it"),
            ("ctrl+s", "it stops the output of terminals"),
        ):
            await pilot.press(key)
            await until(pilot, lambda why=why: why in flat(shown(app)))
            assert app.screen is screen and screen.takes_every_key, key
        await pilot.press("escape")
        await until(pilot, lambda: "“Sort” keeps F7" in flat(shown(app)))
        assert not (tmp_path / "config.yaml").exists()
        assert app.offered.table.get("sort").keys == ("f7",)


async def test_an_action_of_another_screen_is_found_and_said_where_it_works(tmp_path: Path) -> None:
    async with running(sample_api(), "", tmp_path, size=(120, 40)) as (app, pilot):
        await choosing(app, pilot, *"book what was counted")
        assert "When goods are received" in flat(shown(app))


async def test_an_action_that_comes_without_a_key_takes_one_and_loses_it_again(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, size=(120, 40)) as (app, pilot):
        await choosing(app, pilot, *"record like the one in this row", "enter")
        await until(pilot, lambda: "Press the key for “Copy” (none now)" in flat(shown(app)))
        await pilot.press("escape")
        await until(pilot, lambda: "“Copy” stays without a key" in flat(shown(app)))
        await pilot.press("delete")
        await until(pilot, lambda: "“Copy” comes without a key, and has none" in flat(shown(app)))
        await pilot.press("enter", "ctrl+underscore")
        await until(pilot, lambda: "does “Copy” from now on" in flat(shown(app)))
        assert "Yours; none as shipped." in flat(shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert "Ctrl+_ Copy" in shown(app), "the key bar shows it"
        await pilot.press("ctrl+underscore")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        assert Settings.load(tmp_path / "config.yaml", {}).get("keys") == {"copy_row": "ctrl+underscore"}
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        await choosing(app, pilot, *"record like the one in this row", "delete")
        await until(pilot, lambda: "“Copy” has no key again" in flat(shown(app)))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert "Ctrl+_" not in shown(app)
        await pilot.press("ctrl+underscore")
        await settled(pilot)
        assert isinstance(app.screen, ListScreen)


async def test_every_action_can_be_done_by_a_key_where_it_works(tmp_path: Path) -> None:
    """A key that is given to it would do nothing otherwise."""
    async with running(sample_api(), "suppliers", tmp_path) as (app, _pilot):
        for action in ACTIONS.in_scope("list"):
            if may_have_own(action) and not action.keys:
                assert app.offered.target_of(action.id, app.screen) is not None, action.id


def test_no_letter_is_taken_where_text_is_typed_but_elsewhere_it_is() -> None:
    for key in ("r", "comma", "number_sign", "space", "é", "backslash"):
        with pytest.raises(UnusableKey, match="printable"):
            keys_with(ACTIONS, "receive", key)
    assert keys_with(ACTIONS, "receive", "insert") == "insert"
    assert keys_with(ACTIONS, "timeline", "t") == "t"


def test_the_other_keys_of_an_action_stay_beside_the_new_one() -> None:
    assert keys_with(ACTIONS, "back", "ctrl+underscore") == "ctrl+underscore,escape"
    assert keys_with(ACTIONS, "filter", "slash") == "slash"


def test_a_key_of_one_screen_is_free_on_another() -> None:
    with pytest.raises(UnusableKey, match="Edit"):
        keys_with(ACTIONS, "timeline", "f6")
    assert keys_with(ACTIONS, "guide_next", "f6") == "f6,f7"


@pytest.mark.parametrize("key", ALWAYS)
def test_what_every_field_needs_is_never_given_away(key: str) -> None:
    with pytest.raises(UnusableKey):
        keys_with(ACTIONS, "sort", key)


def test_every_change_that_is_taken_is_one_that_the_table_takes() -> None:
    for action in ACTIONS:
        if may_have_own(action):
            keys = keys_with(ACTIONS, action.id, "ctrl+underscore")
            assert ACTIONS.remapped({action.id: keys}).get(action.id).keys[0] == "ctrl+underscore"
