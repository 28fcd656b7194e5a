"""What of the table of actions works on a screen, who does it there, and why not where it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode
from textual.screen import Screen

from erp_tui.core.actions import ACTIONS, GLOBAL, ActionTable
from screens.base import ErpScreen
from screens.key_help import KeyHelpLine
from widgets.key_bar import KeyLabel

if TYPE_CHECKING:
    from textual.app import App


class OfferedActions:
    """The table, with a person's own keys in `table`, seen from the screen on top of an app."""

    def __init__(self, app: App[Any], table: ActionTable = ACTIONS) -> None:
        self._app = app
        self.table = table

    @staticmethod
    def scope_of(screen: Screen[Any]) -> str:
        """The group of the table that works on a screen."""
        return screen.scope if isinstance(screen, ErpScreen) else GLOBAL

    def target_of(self, action_id: str, screen: Screen[Any]) -> DOMNode | None:
        """Who does an action: the focused widget or one around it, the screen, the app. Textual's own widgets
        have actions of the same names, `submit` among them, that mean something else."""
        focused = screen.focused
        nodes: Iterable[DOMNode] = focused.ancestors_with_self if focused else (screen, self._app)
        for node in nodes:
            method = getattr(node, f"action_{action_id}", None)
            if method is not None and (node is self._app or not method.__module__.startswith("textual.")):
                return node
        return None

    def help_lines(self, screen: ErpScreen[Any]) -> Iterator[KeyHelpLine]:
        """Every key of the table that works on a screen."""
        for action in self.table.in_scope(screen.scope):
            if action.shown_key and self.target_of(action.id, screen) is not None:
                yield KeyHelpLine(action.shown_key, action.title, action.help, screen.why_not(action.id))

    def key_labels(self, screen: ErpScreen[Any]) -> Iterator[KeyLabel]:
        """The keys that work on a screen, the most useful first."""
        for action in self.table.in_scope(screen.scope):
            works = action.keys and action.id != "help_keys" and self.target_of(action.id, screen)
            if works and not screen.why_not(action.id):
                yield KeyLabel(action.shown_key, action.title, f"act('{action.id}')")
