"""What of the table of actions works on a screen, who does it there, and why not where it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from textual.dom import DOMNode
from textual.screen import Screen

from erp_tui.core.actions import ACTIONS, GLOBAL, ActionTable
from erp_tui.core.i18n import _
from erp_tui.trail import FIRST_SCREEN
from screens.base import ErpScreen
from screens.key_help import KeyHelpLine
from widgets.key_bar import KeyLabel

if TYPE_CHECKING:
    from textual.app import App

LEAVING: Final = frozenset({"leave", "back", "go_back"})


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

    def why_not(self, action_id: str, screen: Screen[Any]) -> str:
        """Why an action cannot be taken on a screen just now, as a sentence; empty when it can."""
        if action_id in LEAVING and len(self._app.screen_stack) <= FIRST_SCREEN:
            return _("this is the first screen; quit with Ctrl+Q or :quit.")
        return screen.why_not(action_id) if isinstance(screen, ErpScreen) else ""

    @staticmethod
    def explanation(screen: Screen[Any]) -> str:
        """What the focused widget, those around it and the screen say of themselves, the nearest first."""
        nodes: Iterable[DOMNode] = screen.focused.ancestors_with_self if screen.focused else (screen,)
        texts = (str(getattr(node, "help_text", "") or "") for node in nodes)
        return "\n\n".join(text for text in texts if text)

    def help_lines(self, screen: ErpScreen[Any]) -> Iterator[KeyHelpLine]:
        """Every key of the table that works on a screen."""
        for action in self.table.in_scope(screen.scope):
            if action.shown_key and self.target_of(action.id, screen) is not None:
                yield KeyHelpLine(
                    action.shown_key, action.title, action.help, self.why_not(action.id, screen)
                )

    def key_labels(self, screen: ErpScreen[Any]) -> Iterator[KeyLabel]:
        """The keys that work on a screen, the most useful first."""
        for action in self.table.in_scope(screen.scope):
            works = action.keys and action.id != "help_keys" and self.target_of(action.id, screen)
            if works and not self.why_not(action.id, screen):
                yield KeyLabel(action.shown_key, action.title, f"act('{action.id}')")
