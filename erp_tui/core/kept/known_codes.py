"""Codes and names that a person used lately, so that an exact code settles without waiting for the server.

Only a convenience: whoever takes an answer from here asks the server behind it, and a record that changed is
forgotten at once. A file that cannot be read is empty, one that cannot be written is logged and done without.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope

log = logging.getLogger(__name__)

KEPT: Final = 300
"""Records of one resource; the ones not used for longest go first."""

LONGEST_VALUE: Final = 200

Entry = dict[str, Any]
"""What is known of a record: `id`, `name`, and the plain values of its row."""


class KnownCodes:
    """The codes of one scope, by resource. `watch` is called once for each resource, when it is first used."""

    def __init__(
        self, scope: Scope, folder: Path | None = None, watch: Callable[[str], None] = lambda _resource: None
    ) -> None:
        self._folder = (folder or data_folder() / "codes") / scope.folder_name
        self._watch = watch
        self._lock = threading.Lock()
        self._known: dict[str, OrderedDict[str, Entry]] = {}
        self.searched: dict[str, str] = {}
        """What was searched for last in the list of a resource, for as long as the client runs."""

    def get(self, resource: str, code: str) -> Entry | None:
        """What is known under exactly this code."""
        return self._of(resource).get(code)

    def like(self, resource: str, text: str, limit: int) -> list[tuple[str, Entry]]:
        """Codes that begin so and names that hold it, the ones used last first."""
        wanted = text.casefold()
        found = (
            (code, entry)
            for code, entry in reversed(self._of(resource).items())
            if code.casefold().startswith(wanted) or wanted in str(entry.get("name") or "").casefold()
        )
        return [pair for _number, pair in zip(range(limit), found, strict=False)]

    def remember(self, resource: str, code: str, entry: Mapping[str, Any]) -> None:
        """Keeps what the server answered. Writes to the disk only where that was not known."""
        plain = {name: value for name, value in entry.items() if _is_plain(value)}
        with self._lock:
            known = self._of(resource)
            is_new = known.get(code) != plain
            known[code] = plain
            known.move_to_end(code)
            while len(known) > KEPT:
                known.popitem(last=False)
            if is_new:
                self._write(resource)

    def forget(self, resource: str, records: Iterable[int | None]) -> None:
        """These records changed; None among them means any."""
        changed = set(records)
        with self._lock:
            known = self._of(resource)
            gone = [code for code, entry in known.items() if None in changed or entry.get("id") in changed]
            for code in gone:
                del known[code]
            if gone:
                self._write(resource)

    def _of(self, resource: str) -> OrderedDict[str, Entry]:
        if resource not in self._known:
            self._known[resource] = self._read(resource)
            self._watch(resource)
        return self._known[resource]

    def _path(self, resource: str) -> Path:
        return self._folder / f"{resource.replace('/', '_')}.json"

    def _read(self, resource: str) -> OrderedDict[str, Entry]:
        try:
            raw = json.loads(self._path(resource).read_bytes())
            return OrderedDict((str(code), dict(entry)) for code, entry in raw[-KEPT:])
        except FileNotFoundError:
            return OrderedDict()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the codes of %s cannot be read: %s", resource, error)
            return OrderedDict()

    def _write(self, resource: str) -> None:
        content = json.dumps(list(self._known[resource].items())).encode()
        try:
            write_atomically(self._path(resource), content, durable=False)
        except OSError as error:
            log.warning("the codes of %s are not kept: %s", resource, error)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | None) or (isinstance(value, str) and len(value) <= LONGEST_VALUE)
