"""The writes that a person confirmed, each in a file of its own until its outcome is known and seen.

No secret is written (promise P17). What was left out lives in this process alone: while it runs, nothing differs;
once it has ended, the intent can be sent no more, and the person is told so.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.files import write_atomically
from erp_tui.core.kept.masking import has_mask, masked
from erp_tui.core.remote.calls import new_key

log = logging.getLogger(__name__)

ANSWERED_WITHIN = timedelta(minutes=2)
"""For so long another process of this person may still be waiting for the answer to what it alone can send."""


class State(StrEnum):
    """What is known of an intent."""

    PENDING = "pending"
    """On the disk; nothing of it has reached the server."""
    SENT = "sent"
    """Sent; no answer yet."""
    SETTLED = "settled"
    """Done; the answer is known."""
    REFUSED = "refused"
    """The server refused it; nothing was done."""
    LAPSED = "lapsed"
    """It holds a secret, and the program that knew it has ended: nobody can send it again to learn its outcome."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that a person confirmed. ``title`` names it to that person: ``Receive order 10023``.

    ``target`` is a resource for create, update, delete and batch, an operation for operate; ``version`` is that of
    the record, ``description`` the etag of the description that the form was drawn from, ``draft`` the draft
    that has served once this is done, ``secrets`` the members of the body that are described as secret. Keep the
    intent as long as its form is open: submitting it again is the same intent, a new one would be a second write.
    A refused one is over; make a new one of the corrected values.
    """

    kind: Literal["create", "update", "delete", "operate", "batch"]
    target: str
    body: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    id: int | None = None
    version: int | None = None
    reason: str | None = None
    description: str | None = None
    draft: str = ""
    secrets: tuple[str, ...] = ()
    key: str = field(default_factory=new_key)
    made_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def without_secrets(self) -> Intent:
        """As it is written."""
        return replace(self, body=masked(self.body, self.secrets))

    def is_as(self, other: Intent) -> bool:
        """Whether both would send the same."""
        return replace(self, made_at="", title="") == replace(other, made_at="", title="")


@dataclass(frozen=True, slots=True)
class Entry:
    """An intent and what is known of it: ``result`` is the answer once settled, ``problem`` the refusal's sentence.

    ``withheld`` says that a secret of it is missing, so that it cannot be sent.
    """

    intent: Intent
    state: State
    result: Any = None
    problem: str | None = None
    withheld: bool = False

    @property
    def is_given_up(self) -> bool:
        """Whether no process can still be waiting for the outcome of an intent whose secret is missing."""
        made_at = datetime.fromisoformat(self.intent.made_at)
        return self.withheld and datetime.now(UTC) - made_at > ANSWERED_WITHIN


class NotKept(ErpError):
    """The disk refuses to keep an intent, so it is not sent: its outcome could be lost."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))

    def sentence(self) -> str:
        """Why, and what to do."""
        return _(
            "Not sent: it cannot be kept on this machine first ({reason}). Make room or correct the permissions "
            "of the data folder, then send it again."
        ).format(reason=self)


class IntentFiles:
    """The files of one scope."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: dict[str, Entry] = {}

    async def write(self, entry: Entry) -> None:
        """Keep an entry in place of the one with its key, without its secrets. Raises ``OSError``."""
        intent, result = entry.intent.without_secrets(), masked(entry.result)
        kept = replace(entry, intent=intent, result=result, withheld=has_mask([intent.body, result]))
        if kept.withheld and not entry.withheld:
            self._whole[entry.intent.key] = entry
        content = json.dumps(asdict(kept)).encode()
        await asyncio.to_thread(write_atomically, self._path(entry.intent.key), content)

    def read(self, key: str) -> Entry | None:
        """The entry of a key, whole where this process knows its secrets; None where there is none."""
        return self._read(self._path(key))

    def all(self) -> list[Entry]:
        """Every entry, the oldest first."""
        found = (self._read(path) for path in self._folder.glob("*.json"))
        return sorted((entry for entry in found if entry), key=lambda entry: entry.intent.made_at)

    def forget(self, key: str) -> None:
        """Take the entry of a key away; none there is as good."""
        self._path(key).unlink(missing_ok=True)
        self._whole.pop(key, None)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _read(self, path: Path) -> Entry | None:
        try:
            raw = json.loads(path.read_bytes())
            intent = Intent(**{**raw["intent"], "secrets": tuple(raw["intent"].get("secrets", ()))})
            entry = Entry(
                intent, State(raw["state"]), raw["result"], raw["problem"], raw.get("withheld", False)
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the intent %s cannot be read: %s", path, error)
            return None
        return self._whole.get(intent.key, entry) if entry.withheld else entry
