"""What of the table of actions works on a screen, who does it there, and why not where it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from textual.dom import DOMNode
from textual.screen import Screen

from erp_tui.commands.trail import FIRST_SCREEN
from erp_tui.core.actions import ACTIONS
from erp_tui.core.i18n import _
from erp_tui.core.keys.action import GLOBAL, ROWS, ActionTable
from screens.base import ErpScreen
from widgets.frame.key_bar import KeyLabel

if TYPE_CHECKING:
    from textual.app import App

    from screens.system.key_help import KeyHelpLine

ON_TOUR: Final = frozenset({"tour_next", "tour_end"})
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
            if action_id in getattr(node, "ROW_ACTIONS", ()):
                return node
            method = getattr(node, f"action_{action_id}", None)
            if method is not None and (node is self._app or not method.__module__.startswith("textual.")):
                return node
        return None

    def _on_tour(self) -> bool:
        tour = getattr(self._app, "tour", None)
        return tour is not None and tour.running

    def _leads_on(self) -> bool:
        trail = getattr(self._app, "trail", None)
        return trail is not None and trail.leads_on

    def why_not(self, action_id: str, screen: Screen[Any]) -> str:
        """Why an action cannot be taken on a screen just now, as a sentence; empty when it can."""
        if action_id in LEAVING and len(self._app.screen_stack) <= FIRST_SCREEN:
            return _("this is the first screen; quit with Ctrl+Q or :quit.")
        if action_id == "go_forward" and not self._leads_on():
            return _("no screen was left from here by going back.")
        if action_id in ON_TOUR and not self._on_tour():
            return _("no tour is going on; :tour begins it.")
        return screen.why_not(action_id) if isinstance(screen, ErpScreen) else ""

    @staticmethod
    def explanation(screen: Screen[Any]) -> str:
        """What the focused widget, those around it and the screen say of themselves, the nearest first."""
        nodes: Iterable[DOMNode] = screen.focused.ancestors_with_self if screen.focused else (screen,)
        texts = (str(getattr(node, "help_text", "") or "") for node in nodes)
        return "\n\n".join(_(text) for text in texts if text)

    def help_lines(self, screen: ErpScreen[Any]) -> Iterator[KeyHelpLine]:
        """Every key of the table that works on a screen."""
        from screens.system.key_help import KeyHelpLine

        for action in self.table.working_on(screen.scope):
            key = action.shown_key_on(screen.scope) or action.option
            if key and self.target_of(action.id, screen) is not None:
                reason = self.why_not(action.id, screen)
                # A key that moves is no use once the help is closed; it is only told of.
                does = "" if action.scope == ROWS else action.id
                yield KeyHelpLine(key, action.title, action.help, reason, does)

    def key_labels(self, screen: ErpScreen[Any]) -> Iterator[KeyLabel]:
        """The keys that work on a screen, the most useful first."""
        for action in self.table.in_scope(screen.scope):
            key = action.shown_key_on(screen.scope)
            works = key and action.id != "help_keys" and self.target_of(action.id, screen)
            if works and not self.why_not(action.id, screen):
                title = screen.key_title(action.id) or action.title
                yield KeyLabel(key, title, f"act('{action.id}')")
