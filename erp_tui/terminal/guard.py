"""A dialog that appears by itself takes no key that was typed before a person can have seen it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from textual.events import Event
from textual.screen import Screen

REACTION: Final = 0.25
"""Seconds: nobody sees a dialog and presses a key for it in less, and no run of keys pauses for longer while
a scanner or a fast typist is at it."""


@dataclass(slots=True)
class Guard:
    """Stands before one dialog. Keys that were not meant for it are kept for the screen beneath."""

    dialog: Screen[Any]
    beneath: Screen[Any]
    painted_at: float | None = None
    seen: bool = False
    kept: deque[Event] = field(default_factory=deque)

    def would_admit(self, event: Event, previous_read: float) -> bool:
        """Whether this event could be an answer to the dialog, given when the one before it was read."""
        if self.seen or self.painted_at is None:
            return self.seen
        return event.time - max(self.painted_at, previous_read) >= REACTION

    def admits(self, event: Event, previous_read: float) -> bool:
        """Whether the dialog may have this event, given when the one before it was read (monotonic seconds).

        The first key that comes a reaction time after both the painting and the key before it is an answer to
        the dialog, and so is all that follows. Whatever came earlier is kept.
        """
        self.seen = self.would_admit(event, previous_read)
        if not self.seen:
            self.kept.append(event)
        return self.seen
