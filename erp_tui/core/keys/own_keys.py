"""A person's own key for one action: what it may be, why not, and what then stands in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.keys.action import GLOBAL, ROWS, TYPING_SCOPES, Action, ActionTable
from erp_tui.core.keys.terminal_keys import UnusableKey, check_key, is_printable, key_name

ALWAYS: Final = {
    "enter": marked("every field and every question needs it, and terminals send Ctrl+M as it"),
    "tab": marked("it goes from field to field, and terminals send Ctrl+I as it"),
    "shift+tab": marked("it goes back from field to field"),
    "backspace": marked("it corrects what is typed, and terminals send Ctrl+H as it"),
    "ctrl+c": marked("it stops what takes too long"),
}
"""Keys that mean the same everywhere, whatever the table of actions says."""


def may_have_own(action: Action) -> bool:
    """Whether a person can choose its key, also where it comes without one: not where each of its keys does something
    else."""
    return not action.each_key


def keys_with(table: ActionTable, id: str, key: str) -> str:
    """The keys of an action, separated by commas, once `key` stands in the place of the one that is shown; its
    others stay. Where it has none, `key` is the first.

    Raises `UnusableKey` for a key that terminals mangle, that is needed everywhere or that does something else
    where the action works.
    """
    action = table.get(id)
    if key in ALWAYS:
        raise UnusableKey(
            _("{key} cannot be bound: {reason}.").format(key=key_name(key), reason=_(ALWAYS[key]))
        )
    check_key(key, typing=action.scope in TYPING_SCOPES)
    other = taken_by(table, action, key)
    if other is not None:
        raise UnusableKey(
            _("{key} does “{other}” already. Take another key, or change that one first.").format(
                key=key_name(key), other=other.title
            )
        )
    return ",".join(dict.fromkeys((key, *action.keys[1:])))


def taken_by(table: ActionTable, action: Action, key: str) -> Action | None:
    """Who has this key on a screen where `action` works; None where nobody else has."""
    for scope in _scopes_of(table, action):
        if scope in TYPING_SCOPES and is_printable(key):
            continue  # There it is typed, whatever it does elsewhere.
        for other in table.working_on(scope):
            if other.id != action.id and key in other.keys:
                return other
    return None


def _scopes_of(table: ActionTable, action: Action) -> Iterator[str]:
    if action.scope in {GLOBAL, ROWS}:
        yield from sorted((table.scopes() | {GLOBAL}) - {ROWS})
    else:
        yield action.scope
