"""How a scan sounds: one bell for good, two for bad, and never a flood of them over a slow line."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

BETWEEN: Final = 0.18
"""Seconds between the two bells of the bad tone: closer together, terminals make one of them."""

QUIET: Final = 0.3
"""Seconds after a tone in which no other is sounded: a gun held on a bad code shall not ring for a minute."""


class Tones:
    """`bell` sounds the terminal's bell once, `later` calls back after so many seconds."""

    def __init__(
        self,
        bell: Callable[[], None],
        later: Callable[[float, Callable[[], None]], object],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._bell = bell
        self._later = later
        self._clock = clock
        self._silent_until = 0.0
        self.which = "bell"
        """`bell` for both tones, `bad` for the bad one alone, `none` for neither."""

    def good(self) -> None:
        """What was scanned was taken."""
        if self.which == "bell" and self._may_sound():
            self._bell()

    def bad(self) -> None:
        """What was scanned was not taken."""
        if self.which != "none" and self._may_sound():
            self._bell()
            self._later(BETWEEN, self._bell)

    def _may_sound(self) -> bool:
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + QUIET
        return True
