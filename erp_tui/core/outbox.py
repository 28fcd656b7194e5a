"""What a person confirmed, sent exactly once whatever happens to the line or to this process (promise P3).

An intent is on the disk with its idempotency key before it is first sent. A crash or a timeout leaves it
there; sending it again with the same key either does it or learns what became of it. Until then its outcome
is not known; it has not failed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from erp_tui.core.calls import new_key
from erp_tui.core.errors import (
    ApiError,
    BadAnswer,
    DeadlineExceeded,
    ErpError,
    OutcomeUnknown,
    ReadOnlyMode,
    ServerUnreachable,
    SignInRequired,
    ThrottledError,
)
from erp_tui.core.files import write_atomically
from erp_tui.core.i18n import _
from erp_tui.core.paths import data_folder
from erp_tui.core.scope import Scope

if TYPE_CHECKING:
    from erp_tui.core.api import Api
    from erp_tui.core.models import JobStarted, OperationResult, Record

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that a person confirmed. ``title`` names it to that person: ``Receive order 10023``.

    ``target`` is a resource for create, update and delete, an operation for operate; ``version`` is that of
    the record, ``description`` the etag of the description that the form was drawn from, ``draft`` the draft
    that has served once this is done. Keep the intent as
    long as its form is open: submitting it again is the same intent, a new one would be a second write. A
    refused one is over; make a new one of the corrected values.
    """

    kind: Literal["create", "update", "delete", "operate"]
    target: str
    body: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    id: int | None = None
    version: int | None = None
    reason: str | None = None
    description: str | None = None
    draft: str = ""
    key: str = field(default_factory=new_key)
    made_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


@dataclass(frozen=True, slots=True)
class Entry:
    """An intent and what is known of it: ``result`` is the answer once settled, ``problem`` the refusal's sentence."""

    intent: Intent
    state: State
    result: Any = None
    problem: str | None = None


class IntentPending(ErpError):
    """The intent was already sent and may not be changed or thrown away before its outcome is known."""

    def sentence(self) -> str:
        """To wait until it is known."""
        return _(
            "This was already sent and its outcome is being checked; wait for it before changing anything."
        )


class Outbox:
    """The intents of one scope on this machine."""

    def __init__(self, api: Api, scope: Scope, folder: Path | None = None) -> None:
        self._api = api
        self._folder = (folder or data_folder() / "outbox") / scope.folder_name
        self._sending: dict[str, asyncio.Lock] = {}

    async def submit(
        self, intent: Intent, *, acknowledge: bool = True
    ) -> Record | OperationResult | JobStarted | None:
        """Send ``intent`` and return the server's answer (None for a deletion).

        Raises ``ApiError`` where it was refused and nothing was done; ``ReadOnlyMode`` where this client only
        looks, and nothing is kept; ``ServerUnreachable`` or
        ``SignInRequired`` where it was not sent: it stays pending, to be submitted again or discarded;
        ``OutcomeUnknown`` where the outcome is not known yet: ``settle`` finds it out; ``IntentPending``
        where the same key was sent with another body. With ``acknowledge`` False the settled intent stays
        listed until ``acknowledge`` is called, so that even a crash before the screen is painted loses
        no answer.
        """
        known = await asyncio.to_thread(self._read, self._path(intent.key))
        if known and known.state is State.SENT and not _same(known.intent, intent):
            raise IntentPending("the intent was sent with other values")
        try:
            result = await self._attempt(Entry(intent, known.state if known else State.PENDING))
        except ReadOnlyMode:
            if known is None:
                self.discard(intent.key)
            raise
        if acknowledge:
            self.acknowledge(intent.key)
        return result

    async def submit_once(self, intent: Intent) -> Record | OperationResult | JobStarted | None:
        """``submit`` for something that no form keeps open: the error that it raises is the person's answer.

        What was refused or never sent is forgotten then; only an unknown outcome stays, to be settled.
        """
        try:
            return await self.submit(intent)
        except ErpError:
            await asyncio.to_thread(self.give_up, intent.key)
            raise

    def give_up(self, key: str) -> bool:
        """Forget an intent of which nothing is open: refused, done, or never sent. False where it was sent."""
        entry = self._read(self._path(key))
        if entry is not None and entry.state is State.SENT:
            return False
        self._forget(key, set(State))
        return True

    async def settle(self, key: str) -> Entry | None:
        """Find out what became of an intent by sending it again with its key; None for an unknown key.

        Returns the entry as it then stands: a state of ``sent`` or ``pending`` means that it is still open.
        """
        entry = await asyncio.to_thread(self._read, self._path(key))
        if entry is None or entry.state in {State.SETTLED, State.REFUSED}:
            return entry
        try:
            await self._attempt(entry)
        except ErpError as error:
            log.info("intent %s: %s", key, error)
        return await asyncio.to_thread(self._read, self._path(key))

    async def settle_all(self, held: Container[str] = ()) -> list[Entry]:
        """``settle`` for every open intent, the oldest first. Returns them and those not acknowledged yet.

        Those ``held`` by an open form, which settles its own, are left out.
        """
        entries = await asyncio.to_thread(self.entries)
        return [
            settled
            for entry in entries
            if entry.intent.key not in held and (settled := await self.settle(entry.intent.key)) is not None
        ]

    def unsettled(self) -> list[Entry]:
        """The intents whose outcome is open, the oldest first."""
        return [entry for entry in self.entries() if entry.state in {State.PENDING, State.SENT}]

    def entries(self) -> list[Entry]:
        """Every intent that was not acknowledged, the oldest first."""
        found = (self._read(path) for path in self._folder.glob("*.json"))
        return sorted((entry for entry in found if entry), key=lambda entry: entry.intent.made_at)

    def acknowledge(self, key: str) -> None:
        """The person has seen what became of it: forget a settled or refused intent. Raises ``IntentPending``."""
        self._forget(key, {State.SETTLED, State.REFUSED})

    def discard(self, key: str) -> None:
        """Give up an intent that was never sent. Raises ``IntentPending`` where it was."""
        self._forget(key, {State.PENDING})

    async def _attempt(self, entry: Entry) -> Record | OperationResult | JobStarted | None:
        lock = self._sending.setdefault(entry.intent.key, asyncio.Lock())
        async with lock:
            return await self._send(entry)

    async def _send(self, entry: Entry) -> Record | OperationResult | JobStarted | None:
        before = entry.state
        await self._write(replace(entry, state=State.SENT))
        try:
            result = await self._call(entry.intent)
        except (ServerUnreachable, DeadlineExceeded, SignInRequired, ThrottledError, ReadOnlyMode):
            await self._write(replace(entry, state=before))
            raise
        except (OutcomeUnknown, BadAnswer):
            raise
        except ApiError as error:
            state = before if error.status == 503 else State.REFUSED
            await self._write(replace(entry, state=state, problem=error.sentence()))
            raise
        await self._write(
            replace(entry, state=State.SETTLED, result=result.model_dump(mode="json") if result else None)
        )
        return result

    async def _call(self, intent: Intent) -> Record | OperationResult | JobStarted | None:
        if intent.kind == "operate":
            return await self._api.operate(
                intent.target,
                intent.body,
                version=intent.version,
                key=intent.key,
                reason=intent.reason,
                description=intent.description,
            )
        if intent.kind == "create":
            return await self._api.create(
                intent.target,
                intent.body,
                key=intent.key,
                reason=intent.reason,
                description=intent.description,
            )
        if intent.id is None or intent.version is None:
            raise ValueError(f"an intent to {intent.kind} needs the record's id and version")
        if intent.kind == "delete":
            await self._api.delete(
                intent.target, intent.id, version=intent.version, key=intent.key, reason=intent.reason
            )
            return None
        return await self._api.update(
            intent.target,
            intent.id,
            intent.body,
            version=intent.version,
            key=intent.key,
            reason=intent.reason,
            description=intent.description,
        )

    def _forget(self, key: str, allowed: set[State]) -> None:
        entry = self._read(self._path(key))
        if entry is None:
            return
        if entry.state not in allowed:
            raise IntentPending(f"intent {key} is {entry.state}")
        self._path(key).unlink(missing_ok=True)
        self._sending.pop(key, None)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    async def _write(self, entry: Entry) -> None:
        content = json.dumps(asdict(entry)).encode()
        await asyncio.to_thread(write_atomically, self._path(entry.intent.key), content)

    @staticmethod
    def _read(path: Path) -> Entry | None:
        try:
            raw = json.loads(path.read_bytes())
            return Entry(Intent(**raw["intent"]), State(raw["state"]), raw["result"], raw["problem"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the intent %s cannot be read: %s", path, error)
            return None


def _same(one: Intent, other: Intent) -> bool:
    return replace(one, made_at="", title="") == replace(other, made_at="", title="")
