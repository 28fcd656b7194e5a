"""How many colours a terminal has, told from its environment before anything is drawn.

`ERP_COLOURS` wins over `NO_COLOR` (https://no-color.org), as its authors ask: what is set for one program is
meant. `TERM` and `COLORTERM` come last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

AUTO: Final = "auto"
DUMB: Final = frozenset({"dumb", "unknown"})
"""Terminals that cannot place a character; a full screen is not for them."""


class Colours(Enum):
    """What the screen is drawn with; the value is what `ERP_COLOURS` and the setting `colours` take."""

    MILLIONS = "true"
    MANY = "256"
    SIXTEEN = "16"
    NONE = "none"


CHOICES: Final = (AUTO, *(colours.value for colours in Colours))


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says of itself that it cannot show a screen."""
    return environment.get("TERM", "").lower() in DUMB


def colours_of(
    environment: Mapping[str, str] = os.environ, described: Callable[[str], int | None] | None = None
) -> Colours:
    """What the terminal of this environment can show.

    `described` gives the number of colours that the system's description of a terminal states, None where it
    knows none; the terminfo database unless given.
    """
    asked = environment.get("ERP_COLOURS", AUTO).lower()
    if asked in {colours.value for colours in Colours}:
        return Colours(asked)
    if environment.get("NO_COLOR"):
        return Colours.NONE
    term = environment.get("TERM", "").lower()
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or term.endswith("-direct"):
        return Colours.MILLIONS
    if "256color" in term or "kitty" in term:
        return Colours.MANY
    count = (described or _described)(term)
    if count is None:
        return Colours.MANY if not term else Colours.SIXTEEN
    if count <= 0:
        return Colours.NONE
    return Colours.SIXTEEN if count < 256 else Colours.MANY


def _described(term: str) -> int | None:
    """How many colours the terminal is described with; None where nothing describes it."""
    try:
        import curses
    except ImportError:  # Windows has none.
        return None
    try:
        curses.setupterm(term or None, 1)
    except curses.error:  # no entry for this terminal
        return None
    return curses.tigetnum("colors")
