"""The commands entered before: they survive the run, apart for each server, person and organization.

Several terminals of one person share the file; each changes it as it finds it, so none loses the others' lines.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from erp_tui.core.kept.files import locked, write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

KEPT = 500
"""Commands that are kept; the same one counts once, at its latest place."""

LONGEST = 1_000
"""Characters of a line that is kept: a paste into the command line is no command."""

_PATIENCE = 0.5
"""Seconds that another terminal may hold the file."""

_SECRET = re.compile(
    r"\b(pass(word|phrase|wd)?|secret|token|pin|totp|otp|api[-_ ]?key|authorization|bearer)\b\s*[=: ]\s*\S",
    re.IGNORECASE,
)


class History:
    """The commands of one scope, in ``lines``, the latest last."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._path = (folder or data_folder() / "history") / f"{scope.folder_name}.json"
        self.lines = self._read([])

    def add(self, line: str) -> None:
        """Keep a command; one that seems to hold a secret is not kept at all."""
        line = line.strip()
        if line and len(line) <= LONGEST and line.isprintable() and not holds_a_secret(line):
            self._change(lambda lines: latest_last([*lines, line]))

    def forget(self, line: str) -> None:
        """Take a command out of the history."""
        self._change(lambda lines: [kept for kept in lines if kept != line])

    def _change(self, change: Callable[[list[str]], list[str]]) -> None:
        """Changes the file, or where the disk refuses what this run knows: no command fails for its history."""
        try:
            with locked(self._path.with_suffix(".lock"), timeout=_PATIENCE):
                self.lines = change(self._read(self.lines))
                write_atomically(self._path, json.dumps(self.lines).encode(), durable=False)
        except (OSError, TimeoutError) as error:
            self.lines = change(self.lines)
            log.warning("the command history %s is not written: %s", self._path, error)

    def _read(self, otherwise: list[str]) -> list[str]:
        try:
            lines = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            log.warning("the command history %s cannot be read: %s", self._path, error)
            return otherwise
        if not isinstance(lines, list):
            return otherwise
        return latest_last(line for line in lines if isinstance(line, str) and line.isprintable())


def holds_a_secret(line: str) -> bool:
    """Whether a command line names something secret and a value for it."""
    return _SECRET.search(line) is not None


def latest_last(lines: Iterable[str]) -> list[str]:
    """Each line once, at its latest place; at most ``KEPT``."""
    once = list(dict.fromkeys(reversed(list(lines))))
    return once[:KEPT][::-1]
