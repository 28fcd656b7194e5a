"""How fast a long piece of work goes, and how long it will take: said once it is known well enough to say."""

from __future__ import annotations

import time
from collections.abc import Callable

from erp_tui.core.entry.numbers import format_count
from erp_tui.core.i18n import _

LEAST_TIME = 1.0
"""Seconds before a rate says anything."""


class Pace:
    """Measures one piece of work from the first step that it is told of."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._first = 0

    def begin(self, done: int = 0) -> None:
        """Measures anew from here."""
        self._began, self._first = self._clock(), done

    def parts(self, done: int, total: int) -> list[str]:
        """`120 a second` and `45 s left` where they are known; ``total`` is 0 where it is not."""
        if self._began is None:
            self.begin(done)
            return []
        passed = self._clock() - self._began
        if passed < LEAST_TIME or done <= self._first:
            return []
        rate = (done - self._first) / passed
        said = [_("{rate} a second").format(rate=format_count(round(rate)))]
        if total > done:
            said.append(_("{time} left").format(time=duration((total - done) / rate)))
        return said


def duration(seconds: float) -> str:
    """``45 s``, ``3 min 20 s`` or ``1 h 5 min``."""
    whole = max(1, round(seconds))
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)
