"""A person at the keyboard: what is typed, counted key by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.pty.terminal import Terminal

QUIET = 0.15
KEYS = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f10": "\x1b[21~",
    "ctrl+g": "\x07",
    "ctrl+l": "\x0c",
    "ctrl+p": "\x10",
    "ctrl+q": "\x11",
    "ctrl+x": "\x18",
}


class Typist:
    """Types without waiting for the screen; `tasks` counts the keys of each task, `bytes` what they painted."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.tasks: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self._task = ""

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """What is typed in the block is counted for this task, and all that is painted until the screen is quiet."""
        self._settle()
        before = len(self.terminal.raw)
        self._task = name
        yield
        self._task = ""
        self._settle()
        self.bytes[name] += len(self.terminal.raw) - before

    def _settle(self) -> None:
        """An idle screen sends nothing, so what comes late belongs to what was done before."""
        self.terminal.wait_until(lambda: self.terminal.read(QUIET) == 0, "quiet terminal")

    def type(self, *parts: str) -> None:
        """Keys by their names, anything else letter by letter, all in one burst."""
        self.terminal.send("".join(KEYS.get(part, part) for part in parts))
        if self._task:
            self.tasks[self._task] += sum(1 if part in KEYS else len(part) for part in parts)

    def scan(self, code: str) -> None:
        """What a gun sends, terminator included, in one burst: one pull of its trigger, counted as one key."""
        self.terminal.send(code)
        if self._task:
            self.tasks[self._task] += 1

    def go(self, word: str) -> None:
        """Opens a screen by its word."""
        self.type("ctrl+g", word, "enter")
