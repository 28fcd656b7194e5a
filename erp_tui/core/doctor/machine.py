"""What is known of the terminal and the machine, gathered once: the checks only judge it, and tests make it up."""

from __future__ import annotations

import locale
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answers:
    """What the terminal said when it was asked (`asking`); None where it was not asked, or did not answer.

    `attributes` are those of DA1, `name` that of XTVERSION, `cells` the width of each text that was drawn.
    """

    asked: bool = False
    attributes: tuple[int, ...] | None = None
    name: str | None = None
    cells: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Machine:
    """The surroundings of this process."""

    environment: Mapping[str, str]
    is_terminal: bool
    columns: int
    lines: int
    encoding: str
    answers: Answers = Answers()

    @classmethod
    def here(cls, answers: Answers | None = None) -> Machine:
        """This machine as it is now."""
        size = shutil.get_terminal_size((0, 0))
        return cls(
            environment=dict(os.environ),
            is_terminal=bool(sys.__stdout__ and sys.__stdout__.isatty()),
            columns=size.columns,
            lines=size.lines,
            encoding=locale.getencoding(),
            answers=answers or Answers(),
        )
