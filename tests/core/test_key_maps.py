"""Keys: what is shipped has no conflicts, the sheet is current, and what it says of keys of one's own is true."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erp_tui.core.actions import ACTIONS
from erp_tui.core.keys import key_maps
from erp_tui.core.keys.action import GLOBAL, ROWS, TYPING_SCOPES, ActionTable
from erp_tui.core.keys.key_sheet import key_sheet
from erp_tui.core.keys.own_keys import may_have_own
from erp_tui.core.keys.terminal_keys import UnusableKey, check_key, is_printable, refused_keys

pytestmark = pytest.mark.client

SHEET = Path(__file__).resolve().parents[2] / "docs" / "keys.md"


def table_of(name: str) -> ActionTable:
    return ACTIONS.remapped(dict(key_maps.load(name).keys))


@pytest.mark.parametrize("name", key_maps.names())
def test_no_key_of_a_shipped_map_has_two_meanings_on_any_screen(name: str) -> None:
    table = table_of(name)
    for scope in table.scopes() | {GLOBAL}:
        keys = [key for action in table.working_on(scope) for key in action.keys]
        if scope in TYPING_SCOPES:
            keys = [key for key in keys if not is_printable(key)]
        if scope != ROWS:
            assert len(keys) == len(set(keys)), scope


@pytest.mark.parametrize("name", key_maps.names())
def test_no_shipped_map_binds_a_key_that_terminals_mangle_or_takes_the_last_key_of_an_action(
    name: str,
) -> None:
    for action in table_of(name):
        for key in action.keys:
            check_key(key, typing=action.scope in TYPING_SCOPES)
    assert all(table_of(name).get(action.id).keys for action in ACTIONS if action.keys)


def test_vim_moves_by_its_letters_and_still_by_the_arrows() -> None:
    table = table_of("vim")
    assert {table.get(id).keys[1] for id in ("row_down", "row_up", "columns_left", "columns_right")} == set(
        "jkhl"
    )
    assert table.get("first_row").keys == ("home", "g") and table.get("last_row").keys == ("end", "G")
    assert "down" in table.get("row_down").keys


def test_a_key_with_two_meanings_where_rows_are_shown_is_refused_with_both() -> None:
    with pytest.raises(UnusableKey, match="row_down"):
        ACTIONS.remapped({"row_down": "down,f6"})


def test_an_unknown_key_map_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(key_maps.UnknownKeyMap, match="standard, laptop, vim"):
        key_maps.load("emacs")


def test_the_committed_sheet_of_keys_is_the_one_of_the_table() -> None:
    assert SHEET.read_text(encoding="utf-8") == key_sheet(), "make keys"


def test_the_sheet_names_every_action_that_may_have_a_key_and_every_reason_of_a_refusal() -> None:
    sheet = key_sheet()
    assert all(f"`{action.id}`" in sheet for action in ACTIONS if may_have_own(action))
    assert all(reason in sheet for _key, reason in refused_keys())


def test_the_keys_of_ones_own_that_the_sheet_shows_are_taken() -> None:
    lines = [line[4:] for line in key_sheet().splitlines() if line.startswith("    ")]
    shown = yaml.safe_load("\n".join(lines))["keys"]
    assert shown and ACTIONS.remapped(shown)
