"""Takes back what was done to the lines of a document, one change after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

Line = dict[str, Any]

KEPT: Final = 50


class Step(NamedTuple):
    """How the lines were before a change, what the change was in words, and where it was."""

    lines: list[Line]
    said: str
    place: int


class LineHistory:
    """The last changes. Lines are replaced and never altered in place, so that a list of them is a picture."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=KEPT)

    def keep(self, lines: Sequence[Line], said: str, index: int = 0) -> None:
        """To be called before a change; `said` is how it is told when it is taken back."""
        self._steps.append(Step(list(lines), said, index))

    def take_back(self) -> Step | None:
        """The lines before the last change, None where there was none."""
        return self._steps.pop() if self._steps else None

    def clear(self) -> None:
        """Other lines are shown from now on."""
        self._steps.clear()
