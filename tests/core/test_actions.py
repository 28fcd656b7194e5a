"""The table of actions: one meaning a key, and none on a key that terminals mangle."""

from __future__ import annotations

import pytest

from erp_tui.core.actions import ACTIONS
from erp_tui.core.keys.action import GLOBAL, TYPING_SCOPES, Action, ActionTable
from erp_tui.core.keys.terminal_keys import UnusableKey, check_key, key_name

MANGLED = [
    "ctrl+h",
    "ctrl+i",
    "ctrl+j",
    "ctrl+m",
    "ctrl+left_square_bracket",
    "alt+x",
    "alt+X",
    "f13",
    "f24",
    "shift+f14",
    "ctrl+shift+a",
]


@pytest.mark.parametrize("key", MANGLED)
def test_a_key_that_terminals_mangle_is_refused_with_the_reason(key: str) -> None:
    with pytest.raises(UnusableKey) as caught:
        ActionTable([Action("x", "X", (key,))])
    assert key_name(key) in caught.value.sentence()
    assert ":" in caught.value.sentence()


@pytest.mark.parametrize("key", ["f1", "f12", "ctrl+g", "escape", "colon", "shift+f4", "alt+left"])
def test_a_key_that_arrives_whole_is_taken(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("scope", sorted(TYPING_SCOPES))
@pytest.mark.parametrize("key", ["a", "4", "slash", "space", "question_mark"])
def test_no_printable_key_acts_where_text_is_typed_or_scanned(scope: str, key: str) -> None:
    with pytest.raises(UnusableKey):
        check_key(key, typing=scope in TYPING_SCOPES)


def test_the_table_itself_gives_no_typing_screen_a_printable_action() -> None:
    for action in ACTIONS:
        for key in action.keys:
            check_key(key, typing=action.scope in TYPING_SCOPES)


@pytest.mark.parametrize(
    ("scope", "key", "id"),
    [
        ("list", "f1", "help"),
        ("list", "f3", "leave"),
        ("form", "f4", "prompt"),
        ("list", "f5", "refresh"),
        ("list", "f6", "new"),
        ("list", "f8", "filter"),
        ("list", "slash", "filter"),
        ("home", "f9", "history"),
        ("form", "f10", "submit"),
        ("form", "f12", "back"),
        ("form", "escape", "back"),
        ("home", "ctrl+g", "command_line"),
        ("home", "colon", "command_line"),
        ("home", "ctrl+p", "command_palette"),
        ("list", "question_mark", "help_keys"),
        ("list", "space", "mark"),
    ],
)
def test_keys_mean_what_the_5250_discipline_says(scope: str, key: str, id: str) -> None:
    action = ACTIONS.for_key(scope, key)
    assert action is not None
    assert action.id == id


def test_options_of_a_row_are_2_4_and_5() -> None:
    found = {option: ACTIONS.for_option("list", option) for option in ("2", "4", "5", "9", "")}
    assert {option: action and action.id for option, action in found.items()} == {
        "2": "change",
        "4": "delete",
        "5": "display",
        "9": None,
        "": None,
    }


def test_a_key_has_one_meaning_on_a_screen() -> None:
    with pytest.raises(UnusableKey, match="both"):
        ActionTable([Action("a", "A", ("f6",), scope="list"), Action("b", "B", ("f6",), scope=GLOBAL)])
    ActionTable([Action("a", "A", ("f6",), scope="list"), Action("b", "B", ("f6",), scope="detail")])


def test_a_person_may_move_keys_but_not_onto_mangled_or_taken_ones() -> None:
    moved = ACTIONS.remapped({"refresh": "ctrl+r, f5"})
    assert moved.get("refresh").keys == ("ctrl+r", "f5")
    assert ACTIONS.get("refresh").keys == ("f5",)
    for keys in ({"refresh": "ctrl+h"}, {"refresh": "f1"}, {"unknown": "f5"}):
        with pytest.raises(UnusableKey):
            ACTIONS.remapped(keys)


def test_every_action_says_what_it_does_in_a_short_title_and_a_sentence() -> None:
    for action in ACTIONS:
        assert 0 < len(action.title) <= 10, action.id
        assert action.help.endswith("."), action.id


def test_two_actions_of_one_id_are_refused_and_neither_is_dropped_unseen() -> None:
    with pytest.raises(ValueError, match="twice"):
        ActionTable([Action("twice", "One"), Action("twice", "Other")])
