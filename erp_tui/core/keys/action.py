"""What an action is, and the table that holds them: keys, footer, palette, help and tests are drawn from it.

An action belongs to a scope: ``global`` works everywhere, ``rows`` where a widget with rows is focused, the
others on the screens that name them. A key
that some terminals change on its way is refused with the reason, also where a person's own configuration
asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from erp_tui.core.i18n import _
from erp_tui.core.keys.terminal_keys import UnusableKey, check_key, is_printable, key_name

GLOBAL = "global"
ROWS = "rows"
"""The scope of what moves over rows: on every screen, wherever a widget with rows is focused."""

TYPING_SCOPES = frozenset(
    {"form", "wizard", "receiving", "sign_in", "lock", "stock", "import", "find", "scanner"}
)
"""Scopes whose screens take typing or scans: a printable key there is data, never an action."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do.

    ``keys`` are Textual's names, the first one is shown. ``option`` is the number typed beside a row.
    ``permission`` is what the role must hold, ``command`` the word on the command line that does the same, and
    ``aliases`` are other words that people bring along for it.
    ``label`` and ``explanation`` are message ids; ``title`` and ``help`` are their translations.

    Where ``takes`` names an argument (a message id such as ``NAME``), what follows the command word is handed
    to the action, and so is the key that was pressed where ``each_key`` says that the keys differ. A target
    completes its argument by a method ``offer_<id>(text)`` that gives pairs of a value and its title.
    """

    id: str
    label: str
    keys: tuple[str, ...] = ()
    explanation: str = ""
    scope: str = GLOBAL
    option: str = ""
    permission: str | None = None
    command: str | None = None
    aliases: tuple[str, ...] = ()
    takes: str = ""
    each_key: bool = False

    @property
    def title(self) -> str:
        """One or two words, as the key bar shows them."""
        return _(self.label)

    @property
    def help(self) -> str:
        """A sentence for the help and the palette."""
        return _(self.explanation)

    @property
    def commands(self) -> tuple[str, ...]:
        """Every line that does it: the command and its aliases; none where it has no command."""
        return (self.command, *self.aliases) if self.command else ()

    @property
    def shown_key(self) -> str:
        """The first key, else the option number, as a person reads it; empty where there is none."""
        if self.each_key and len(self.keys) > 1:
            return f"{key_name(self.keys[0])}-{key_name(self.keys[-1])}"
        return key_name(self.keys[0]) if self.keys else self.option

    def shown_key_on(self, scope: str) -> str:
        """The key as a person reads it on a screen of a scope, empty where none acts: where text is typed, a key
        that prints is typed."""
        if scope not in TYPING_SCOPES or self.each_key:
            return self.shown_key if self.keys else ""
        return next((key_name(key) for key in self.keys if not is_printable(key)), "")


class ActionTable:
    """Actions, the most useful first. Raises ``UnusableKey`` for a mangled key and for one with two meanings."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions: dict[str, Action] = {}
        for action in actions:
            if action.id in self._actions:
                raise ValueError(f"Two actions are called {action.id!r}.")
            self._actions[action.id] = action
        for action in self._actions.values():
            for key in action.keys:
                check_key(key, typing=action.scope in TYPING_SCOPES)
        for scope in (self.scopes() | {GLOBAL}) - {ROWS}:
            self._refuse_double_keys(scope)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def commands(self) -> list[str]:
        """Every word that does something, aliases included."""
        return [command for action in self for command in action.commands]

    def get(self, id: str) -> Action:
        """The action called ``id``. Raises ``KeyError`` for an unknown one."""
        return self._actions[id]

    def scopes(self) -> set[str]:
        """Every scope that has an action of its own."""
        return {action.scope for action in self}

    def in_scope(self, scope: str) -> tuple[Action, ...]:
        """What works on a screen of ``scope``: its own actions first, then the global ones."""
        own = [action for action in self if action.scope == scope and scope != GLOBAL]
        return (*own, *(action for action in self if action.scope == GLOBAL))

    def working_on(self, scope: str) -> tuple[Action, ...]:
        """What works on a screen of ``scope``, moving over the rows of a focused widget included."""
        return (*self.in_scope(scope), *(action for action in self if action.scope == ROWS))

    def for_key(self, scope: str, key: str) -> Action | None:
        """The action that ``key`` runs on a screen of ``scope``, or None."""
        return next((action for action in self.in_scope(scope) if key in action.keys), None)

    def for_option(self, scope: str, option: str) -> Action | None:
        """The action that a number in the option column stands for, or None."""
        return next((action for action in self.in_scope(scope) if option and action.option == option), None)

    def remapped(self, keys: Mapping[str, str]) -> ActionTable:
        """The table with a person's own keys: action id to keys, separated by commas.

        Raises ``UnusableKey`` for an unknown action, a mangled key and a key with two meanings.
        """
        unknown = [id for id in keys if id not in self._actions]
        if unknown:
            raise UnusableKey(
                _(
                    "The configuration binds a key to {action}, which does not exist; see ? for those that do."
                ).format(action=unknown[0])
            )
        return ActionTable(
            replace(action, keys=tuple(key.strip() for key in keys[action.id].split(",") if key.strip()))
            if action.id in keys
            else action
            for action in self
        )

    def _refuse_double_keys(self, scope: str) -> None:
        taken: dict[str, Action] = {}
        for action in self.working_on(scope):
            for key in action.keys:
                if scope in TYPING_SCOPES and is_printable(key):
                    continue  # Such a screen leaves every key that prints to what is typed.
                if key in taken:
                    raise UnusableKey(
                        _(
                            "The key {key} is bound to both {one} and {other}; give one of them another key."
                        ).format(key=key_name(key), one=taken[key].id, other=action.id)
                    )
                taken[key] = action
