"""How far a long piece of work is, on stderr: one line that is written over on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from erp_tui.cli import plain
from erp_tui.core.entry.numbers import format_count
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import one_line
from erp_tui.core.transfer.pace import Pace

BETWEEN_LINES = 10.0
"""Seconds between two plain lines about the same work: a log wants to be read."""
BEFORE_LINES = 2.0
"""Seconds before the first of them: of what is quick, the outcome is enough."""
BETWEEN_FRAMES = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    """Tells of one piece of work after the other. ``end`` leaves the terminal on a line of its own."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._drawn = self._stream.isatty() and not plain.wanted()
        self._what = ""
        self._pace = Pace(clock)
        self._told = 0.0
        self._open = False

    def show(self, what: str, done: int, total: int, unit: str) -> None:
        """``done`` of ``total`` (0: not known) of a work that is called ``what``; ``unit`` names what is counted."""
        now = self._clock()
        fresh = what != self._what
        if fresh:
            self.end()
            self._what = what
            self._pace.begin(done)
            self._told = now + (BEFORE_LINES - BETWEEN_LINES)
        every = BETWEEN_FRAMES if self._drawn else BETWEEN_LINES
        if now - self._told < every:
            return
        self._told = now
        line = one_line(self._line(done, total, unit))
        if self._drawn:
            self._stream.write(f"{_CLEAR}{line}")
            self._open = True
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """The line that is written over is over."""
        if self._open:
            self._stream.write(_CLEAR)
            self._stream.flush()
        self._open = False
        self._what = ""

    def _line(self, done: int, total: int, unit: str) -> str:
        parts = [self._what]
        if total:
            parts.append(
                _("{done} of {total} {unit}").format(
                    done=format_count(done), total=format_count(total), unit=unit
                )
            )
        return " · ".join([*parts, *self._pace.parts(done, total)])
