"""Back and forth between screens: what `[` left stays as it was, cursor and filter, until `]` or forgotten.

Beneath the screen on top lie those that it was reached through. A word jumps from any of them to any other, so there
would be no end of them: past `BENEATH` the oldest are closed, always a whole way from one jump to the next, since a
record leans on the list that it was opened from. Where work is held, nothing is closed.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakSet

from textual.screen import Screen

from screens.base import ErpScreen

if TYPE_CHECKING:
    from textual.app import App

FIRST_SCREEN: Final = 2
"""The height of the stack with the first screen on top: Textual's own blank screen lies beneath it."""

KEPT: Final = 10
"""Screens that are kept for going forth; each holds its rows."""


BENEATH: Final = 20
"""Screens between the first one and the one on top that are kept for going back."""


class Left(NamedTuple):
    """A screen that was left by going back, and the one beneath it, from which it is reached again."""

    beneath: Screen[Any]
    screen: Screen[Any]
    name: str


class Trail:
    """The screens left by going back, and how many lie beneath."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._jumps: WeakSet[Screen[Any]] = WeakSet()
        self._left: deque[Left] = deque()
        self._number = 0

    def jumped(self, screen: Screen[Any]) -> None:
        """To be called when a word has opened a screen over whatever was on top."""
        self._jumps.add(screen)
        while len(self._app.screen_stack) - FIRST_SCREEN - 1 > BENEATH:
            way = next((way for way in self._ways() if all(map(self._may_go, way))), None)
            if way is None:
                return
            for each in reversed(way):
                self._close(each)

    def _ways(self) -> list[list[Screen[Any]]]:
        """From one jump to the next, the oldest first, without the one to the screen on top."""
        stack = self._app.screen_stack
        jumps = [place for place in range(FIRST_SCREEN, len(stack)) if stack[place] in self._jumps]
        return [stack[start:end] for start, end in pairwise([FIRST_SCREEN, *jumps]) if start < end]

    def _may_go(self, screen: Screen[Any]) -> bool:
        """Whether nothing is lost with it: no work on it, none of its own going on, nobody who waits for its answer."""
        waited_for = any(each.callback is not None for each in screen._result_callbacks)
        working = any(
            not worker.is_finished and screen in worker.node.ancestors_with_self
            for worker in self._app.workers
        )
        return isinstance(screen, ErpScreen) and not (screen.holds_work or waited_for or working)

    def _close(self, screen: Screen[Any]) -> None:
        """Takes a screen out from beneath others, for which Textual has no way of its own."""
        self._app._screen_stack.remove(screen)
        screen._pop_result_callback()
        for left in [left for left in self._left if left.beneath is screen]:
            self._left.remove(left)
            self._drop(left)
        screen.remove()

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
