"""A person at the keyboard: what is typed, counted key by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.pty.terminal import Terminal

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "f3": "\x1bOR",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f10": "\x1b[21~",
    "ctrl+g": "\x07",
    "ctrl+q": "\x11",
}


class Typist:
    """Types without waiting for the screen; `tasks` counts the keys of each task."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.tasks: Counter[str] = Counter()
        self._task = ""

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """What is typed in the block is counted for this task."""
        self._task = name
        yield
        self._task = ""

    def type(self, *parts: str) -> None:
        """Keys by their names, anything else letter by letter, all in one burst."""
        self.terminal.send("".join(KEYS.get(part, part) for part in parts))
        if self._task:
            self.tasks[self._task] += sum(1 if part in KEYS else len(part) for part in parts)

    def go(self, word: str) -> None:
        """Opens a screen by its word."""
        self.type("ctrl+g", word, "enter")
