"""Descriptions kept on disk by their ETag, so that a start costs one conditional request (docs/api.md).

A cache may always be thrown away: a file that cannot be read is a miss, one that cannot be written is
logged and does without.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erp_tui.core.kept.files import write_atomically

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cached:
    """A document and the ETag that it came with."""

    etag: str
    document: dict[str, Any]


class DescriptionCache:
    """Documents by name, apart for each scope (server, person, organization, language)."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, Cached] = {}

    def get(self, scope: tuple[str, ...], name: str) -> Cached | None:
        """The document kept under ``name``, or None."""
        key = self._key(scope, name)
        if key not in self._memory and self._folder is not None:
            try:
                raw = json.loads((self._folder / f"{key}.json").read_bytes())
                self._memory[key] = Cached(raw["etag"], raw["document"])
            except (OSError, ValueError, KeyError, TypeError):
                return None
        return self._memory.get(key)

    def put(self, scope: tuple[str, ...], name: str, cached: Cached) -> None:
        """Keep a document."""
        key = self._key(scope, name)
        self._memory[key] = cached
        if self._folder is None:
            return
        content = json.dumps({"etag": cached.etag, "document": cached.document}).encode()
        try:
            write_atomically(self._folder / f"{key}.json", content, durable=False)
        except OSError as error:
            log.warning("description %s is not cached: %s", name, error)

    @staticmethod
    def _key(scope: tuple[str, ...], name: str) -> str:
        return hashlib.sha256("\0".join((*scope, name)).encode()).hexdigest()[:32]
