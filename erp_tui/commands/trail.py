"""Back and forth between screens: what `[` left stays as it was, cursor and filter, until `]` or forgotten."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.screen import Screen

if TYPE_CHECKING:
    from textual.app import App

FIRST_SCREEN: Final = 2
"""The height of the stack with the first screen on top: Textual's own blank screen lies beneath it."""

KEPT: Final = 10
"""Screens that are kept for going forth; each holds its rows."""


class Left(NamedTuple):
    """A screen that was left by going back, and the one beneath it, from which it is reached again."""

    beneath: Screen[Any]
    screen: Screen[Any]
    name: str


class Trail:
    """The screens left by going back."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._left: deque[Left] = deque()
        self._number = 0

    def back(self) -> bool:
        """Takes the top screen off and keeps it. False for the first screen."""
        if len(self._app.screen_stack) <= FIRST_SCREEN:
            return False
        top, beneath = self._app.screen_stack[-1], self._app.screen_stack[-2]
        self._number += 1
        # Textual removes a screen that is popped unless it is installed under a name.
        name = f"left-{self._number}"
        self._app.install_screen(top, name)
        self._app.pop_screen()
        self._left.append(Left(beneath, top, name))
        while len(self._left) > KEPT:
            self._drop(self._left.popleft())
        return True

    def forth(self) -> bool:
        """Shows the screen that was left last from the one on top. False where there is none."""
        found = self._ahead()
        if found is None:
            return False
        self._left.remove(found)
        self._app.uninstall_screen(found.name)
        self._app.push_screen(found.screen)
        return True

    @property
    def leads_on(self) -> bool:
        """Whether a screen was left from the one on top."""
        return self._ahead() is not None

    def _ahead(self) -> Left | None:
        top = self._app.screen_stack[-1]
        return next((left for left in reversed(self._left) if left.beneath is top), None)

    async def close_all(self) -> None:
        """Down to the first screen; what lies above, or was left, belongs to somebody who signed out."""
        while self._left:
            self._drop(self._left.popleft())
        while len(self._app.screen_stack) > FIRST_SCREEN:
            await self._app.pop_screen()

    def _drop(self, left: Left) -> None:
        # What was typed there in the last moment is on its way to the disk only as long as the screen lives.
        save = getattr(left.screen, "save_draft", None)
        if save is not None:
            save()
        self._app.uninstall_screen(left.name)
        left.screen.remove()
