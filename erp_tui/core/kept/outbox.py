"""What a person confirmed, sent exactly once whatever happens to the line or to this process (promise P3).

An intent is on the disk with its idempotency key before it is first sent. A crash or a timeout leaves it
there; sending it again with the same key either does it or learns what became of it. Until then its outcome
is not known; it has not failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
from erp_tui.core.i18n import _
from erp_tui.core.kept.intents import Entry, Intent, IntentFiles, NotKept, State
from erp_tui.core.kept.journal import Journal
from erp_tui.core.kept.keeping import Keeper
from erp_tui.core.kept.pasted import Pasted
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope
from erp_tui.core.kept.uploads import Uploads
from erp_tui.core.remote.tokens import must_speak_for_the_same

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.batch_api import BatchDone
    from erp_tui.core.remote.models import JobStarted, OperationResult, Record

__all__ = ["Entry", "Intent", "IntentPending", "NotKept", "Outbox", "State"]

log = logging.getLogger(__name__)


class IntentPending(ErpError):
    """The intent was already sent and may not be changed or thrown away before its outcome is known."""

    def sentence(self) -> str:
        """To wait until it is known."""
        return _(
            "This was already sent and its outcome is being checked; wait for it before changing anything."
        )


class Outbox:
    """The intents of one scope on this machine; `journal` is the log of what became of them, `uploads` are the files
    that are on their way, `pasted` the tables that were pasted to be sent."""

    def __init__(self, api: Api, scope: Scope, folder: Path | None = None) -> None:
        self._api = api
        self.journal = Journal(scope, folder / "log" if folder else None)
        self.uploads = Uploads(scope, folder / "uploads" if folder else None)
        self.pasted = Pasted(scope, folder / "pasted" if folder else None)
        self._keeper = Keeper(self.journal)
        self._files = IntentFiles((folder or data_folder() / "outbox") / scope.folder_name)
        self._tokens = api.tokens
        self._sending: dict[str, asyncio.Lock] = {}

    async def submit(
        self, intent: Intent, *, acknowledge: bool = True
    ) -> Record | OperationResult | JobStarted | BatchDone | None:
        """Send ``intent`` and return the server's answer (None for a deletion).

        Raises ``ApiError`` where it was refused and nothing was done; ``ReadOnlyMode`` where this client only
        looks, and nothing is kept; ``ServerUnreachable`` or
        ``SignInRequired`` where it was not sent: it stays pending, to be submitted again or discarded;
        ``NotKept`` where the disk refuses it, and nothing is sent; ``OutcomeUnknown`` where the outcome is not known yet: ``settle`` finds it out; ``IntentPending``
        where the same key was sent with another body. With ``acknowledge`` False the settled intent stays
        listed until ``acknowledge`` is called, so that even a crash before the screen is painted loses
        no answer.
        """
        known = await asyncio.to_thread(self._files.read, intent.key)
        same = known is not None and known.intent.is_as(
            intent.without_secrets() if known.withheld else intent
        )
        if known and known.state is State.SENT and not same:
            raise IntentPending("the intent was sent with other values")
        try:
            result = await self._attempt(Entry(intent, known.state if known else State.PENDING))
        except ReadOnlyMode:
            if known is None:
                self.discard(intent.key)
            raise
        if acknowledge:
            self._drop(intent.key)
        return result

    async def submit_once(self, intent: Intent) -> Record | OperationResult | JobStarted | BatchDone | None:
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
        entry = self._files.read(key)
        if entry is not None and entry.state is State.SENT:
            return False
        self._drop(key)
        return True

    async def settle(self, key: str) -> Entry | None:
        """Find out what became of an intent by sending it again with its key; None for an unknown key.

        Returns the entry as it then stands: a state of ``sent`` or ``pending`` means that it is still open,
        ``lapsed`` that nobody can find it out any more.
        """
        entry = await asyncio.to_thread(self._files.read, key)
        if entry is None or entry.state not in {State.PENDING, State.SENT}:
            return entry
        if entry.withheld:
            return await self._lapse(entry) if entry.is_given_up else entry
        try:
            await self._attempt(entry)
        except ErpError as error:
            log.info("intent %s: %s", key, error)
        return await asyncio.to_thread(self._files.read, key)

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
        return self._files.all()

    def acknowledge(self, key: str) -> None:
        """The person has seen what became of it: forget an intent that is over. Raises ``IntentPending``."""
        self._forget(key, {State.SETTLED, State.REFUSED, State.LAPSED})

    def discard(self, key: str) -> None:
        """Give up an intent that was never sent. Raises ``IntentPending`` where it was."""
        self._forget(key, {State.PENDING})

    async def _attempt(self, entry: Entry) -> Record | OperationResult | JobStarted | BatchDone | None:
        lock = self._sending.setdefault(entry.intent.key, asyncio.Lock())
        async with lock:
            return await self._send(entry)

    async def _send(self, entry: Entry) -> Record | OperationResult | JobStarted | BatchDone | None:
        before = entry.state
        intent = entry.intent
        try:
            await self._files.write(replace(entry, state=State.SENT))
        except OSError as error:
            raise NotKept(error) from error
        await self._keeper.sent(intent)
        try:
            must_speak_for_the_same(self._tokens, self._api.tokens)
            result = await self._call(intent)
        except (ServerUnreachable, DeadlineExceeded, SignInRequired, ThrottledError) as error:
            await self._write(replace(entry, state=before))
            if before is State.PENDING:
                await self._keeper.not_sent(intent, error.sentence())
            raise
        except ReadOnlyMode:
            await self._write(replace(entry, state=before))
            await self._keeper.never_meant(intent)
            raise
        except (OutcomeUnknown, BadAnswer):
            raise
        except ApiError as error:
            state = before if error.status == 503 else State.REFUSED
            await self._write(replace(entry, state=state, problem=error.sentence()))
            if state is State.REFUSED:
                await self._keeper.refused(intent, error.sentence())
            elif state is State.PENDING:
                await self._keeper.not_sent(intent, error.sentence())
            raise
        await self._write(
            replace(entry, state=State.SETTLED, result=result.model_dump(mode="json") if result else None)
        )
        await self._keeper.done(intent, result, self._api.change_set_of(intent.key))
        return result

    async def _call(self, intent: Intent) -> Record | OperationResult | JobStarted | BatchDone | None:
        if intent.kind == "operate":
            return await self._api.operate(
                intent.target,
                intent.body,
                version=intent.version,
                key=intent.key,
                reason=intent.reason,
                description=intent.description,
            )
        if intent.kind == "batch":
            return await self._api.batch(
                intent.target,
                intent.body,
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

    async def _lapse(self, entry: Entry) -> Entry:
        """What becomes of an intent whose secret is known to nobody any more: only its person can go on."""
        problem = (
            _(
                "It is not known whether this was done: it held a secret, which is not kept on this machine. Look "
                "whether it was done, and if not, do it again."
            )
            if entry.state is State.SENT
            else _("This was not sent: it held a secret, which is not kept on this machine. Do it again.")
        )
        lapsed = replace(entry, state=State.LAPSED, problem=problem)
        await self._write(lapsed)
        return lapsed

    async def _write(self, entry: Entry) -> None:
        """Keep what is known now. Where the disk refuses, the entry stays as it was, and is settled by its key."""
        try:
            await self._files.write(entry)
        except OSError as error:
            log.warning("the intent %s cannot be kept as %s: %s", entry.intent.key, entry.state, error)

    def _forget(self, key: str, allowed: set[State]) -> None:
        entry = self._files.read(key)
        if entry is not None and entry.state not in allowed:
            raise IntentPending(f"intent {key} is {entry.state}")
        self._drop(key)

    def _drop(self, key: str) -> None:
        self._files.forget(key)
        self._sending.pop(key, None)
