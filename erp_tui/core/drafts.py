"""What a person typed into forms and wizards and has not sent, safe from a dropped line (promise P9).

A draft is replaced whole and reaches the disk before ``save`` returns. The caller debounces typing;
``save_now`` does not wait for an event loop and may be called from a signal handler.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from erp_tui.core.files import write_atomically
from erp_tui.core.paths import data_folder
from erp_tui.core.scope import Scope

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was left; ``saved_at`` is in UTC, ``title`` names it to the person."""

    form: str
    title: str
    data: dict[str, Any]
    saved_at: datetime


class Drafts:
    """The drafts of one scope, by form: ``purchase-orders/new``, ``purchase-orders/10023``."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._folder = (folder or data_folder() / "drafts") / scope.folder_name
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._written: dict[str, int] = {}

    async def save(self, form: str, data: Mapping[str, Any], title: str = "") -> None:
        """Keep ``data`` as the draft of ``form``. Raises ``OSError`` where the disk refuses, ``TypeError`` for no JSON."""
        content, number = self._encoded(form, data, title), next(self._numbers)
        await asyncio.to_thread(self._write, form, content, number)

    def save_now(self, form: str, data: Mapping[str, Any], title: str = "") -> None:
        """``save`` without an event loop; it wins over a save that is still on its way."""
        self._write(form, self._encoded(form, data, title), next(self._numbers))

    def load(self, form: str) -> Draft | None:
        """The draft of ``form``, or None. One that cannot be read is left where it is, and logged."""
        return _read(self._path(form))

    def delete(self, form: str) -> None:
        """Forget the draft of ``form``; none there is as good. A save on its way does not bring it back."""
        with self._lock:
            self._written[form] = next(self._numbers)
            self._path(form).unlink(missing_ok=True)

    def all(self) -> list[Draft]:
        """Every draft of this scope, the latest first."""
        found = (_read(path) for path in self._folder.glob("*.json"))
        return sorted((draft for draft in found if draft), key=lambda draft: draft.saved_at, reverse=True)

    def _write(self, form: str, content: bytes, number: int) -> None:
        with self._lock:
            if number > self._written.get(form, 0):
                write_atomically(self._path(form), content)
                self._written[form] = number

    def _path(self, form: str) -> Path:
        return self._folder / f"{hashlib.sha256(form.encode()).hexdigest()[:24]}.json"

    @staticmethod
    def _encoded(form: str, data: Mapping[str, Any], title: str) -> bytes:
        saved_at = datetime.now(UTC).isoformat()
        # Encoded at once, so that typing that goes on while the disk is slow cannot change it half-way.
        return json.dumps({"form": form, "title": title, "saved_at": saved_at, "data": data}).encode()


def _read(path: Path) -> Draft | None:
    try:
        raw = json.loads(path.read_bytes())
        return Draft(raw["form"], raw["title"], raw["data"], datetime.fromisoformat(raw["saved_at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the draft %s cannot be read: %s", path, error)
        return None
