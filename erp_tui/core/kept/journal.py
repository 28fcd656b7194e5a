"""What this client did: every write of a person in an organization, kept on this machine across restarts.

One small file a write, replaced whole, readable by its owner alone, and the oldest make room for new ones. A
secret is never written; see ``masking``.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.masking import has_mask, masked
from erp_tui.core.kept.paths import data_folder

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

MOST_LINES = 500
SPARE_LINES = 50
LONGEST_BODY = 64 * 1024
UNDO = "audit.undo"


class Outcome(StrEnum):
    """What is known of a write."""

    OPEN = "open"
    """Sent, and not known yet what became of it."""
    DONE = "done"
    REFUSED = "refused"
    """The server refused it; nothing was done."""
    NOT_SENT = "not_sent"
    """It never reached the server."""


@dataclass(frozen=True, slots=True)
class Line:
    """One write. ``body`` is None where it was too large to keep; ``change_set`` is what takes the write back,
    ``undone`` whether that was done here, ``problem`` why it was refused, ``message`` what the server said."""

    key: str
    kind: str
    target: str
    at: str
    title: str = ""
    id: int | None = None
    reason: str | None = None
    body: Mapping[str, Any] | None = field(default_factory=dict)
    outcome: Outcome = Outcome.OPEN
    problem: str = ""
    message: str = ""
    change_set: str | None = None
    job: int | None = None
    record: int | None = None
    undone: bool = False

    @property
    def is_undo(self) -> bool:
        """Whether this write took another one back."""
        return self.kind == "operate" and self.target == UNDO

    @property
    def holds_secret(self) -> bool:
        """Whether something of it was not kept because it is secret."""
        return has_mask(self.body)


def line_of(intent: Intent) -> Line:
    """The line of an intent that is about to be sent."""
    body = masked(intent.body, intent.secrets)
    if len(json.dumps(body, default=str)) > LONGEST_BODY:
        body = None
    return Line(
        key=intent.key,
        kind=intent.kind,
        target=intent.target,
        at=intent.made_at,
        title=intent.title,
        id=intent.id,
        reason=intent.reason,
        body=body,
    )


class Journal:
    """The lines of one person in one organization on one server."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._folder = (folder or data_folder() / "log") / scope.folder_name

    def write(self, line: Line) -> None:
        """Keep a line in place of the one with its key. A log that cannot be written stops no work."""
        try:
            content = json.dumps(asdict(line), default=str).encode()
            write_atomically(self._path(line.key), content, durable=False)
            self._make_room()
        except OSError as error:
            log.warning("the log of writes cannot be kept: %s", error)

    def line(self, key: str) -> Line | None:
        """The line of a key."""
        return self._read(self._path(key))

    def forget(self, key: str) -> None:
        """Take a line away: nothing of it was to be sent at all."""
        self._path(key).unlink(missing_ok=True)

    def lines(self) -> list[Line]:
        """All lines, the newest first."""
        found = (self._read(path) for path in self._folder.glob("*.json"))
        return sorted((line for line in found if line), key=lambda line: line.at, reverse=True)

    def mark_undone(self, change_set: str) -> None:
        """A change set was taken back: its line is no more what an undo would take."""
        for line in self.lines():
            if line.change_set == change_set:
                self.write(replace(line, undone=True))

    def undoable(self) -> list[Line]:
        """What an undo may still take back, the last first: no undo itself, and nothing taken back already."""
        return [
            line
            for line in self.lines()
            if line.outcome is Outcome.DONE and not line.undone and not line.is_undo
        ]

    def _path(self, key: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', key)}.json"

    def _make_room(self) -> None:
        """Once a few more lines than wanted are there, so that not every write reads the folder's times."""
        paths = list(self._folder.glob("*.json"))
        if len(paths) > MOST_LINES + SPARE_LINES:
            for path in sorted(paths, key=lambda path: path.stat().st_mtime)[: len(paths) - MOST_LINES]:
                path.unlink(missing_ok=True)

    @staticmethod
    def _read(path: Path) -> Line | None:
        try:
            raw = json.loads(path.read_bytes())
            return Line(**{**raw, "outcome": Outcome(raw["outcome"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the line %s of the log cannot be read: %s", path, error)
            return None
