"""How the outbox tells the journal what becomes of each write."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from erp_tui.core.kept.journal import Journal, Line, Outcome, line_of

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent


class Keeper:
    """Writes the line of an intent as it goes on."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def sent(self, intent: Intent) -> None:
        """It is about to be sent."""
        await self._write(line_of(intent))

    async def done(self, intent: Intent, result: Any, change_set: str | None) -> None:
        """The server did it and said ``result``; ``change_set`` is what takes it back."""
        message = str(getattr(result, "message", "") or "")
        record = result.data.get("id") if hasattr(result, "data") else None
        await self._write(
            replace(
                line_of(intent),
                outcome=Outcome.DONE,
                change_set=change_set or getattr(result, "change_set", None),
                job=getattr(result, "job", None),
                message=message,
                record=record if isinstance(record, int) else intent.id,
            )
        )
        taken_back = intent.body.get("change_set") if line_of(intent).is_undo else None
        if isinstance(taken_back, str):
            await asyncio.to_thread(self.journal.mark_undone, taken_back)

    async def refused(self, intent: Intent, sentence: str) -> None:
        """The server refused it."""
        await self._write(replace(line_of(intent), outcome=Outcome.REFUSED, problem=sentence))

    async def not_sent(self, intent: Intent, sentence: str) -> None:
        """It did not reach the server."""
        await self._write(replace(line_of(intent), outcome=Outcome.NOT_SENT, problem=sentence))

    async def never_meant(self, intent: Intent) -> None:
        """This client only looks: nothing was to be written."""
        await asyncio.to_thread(self.journal.forget, intent.key)

    async def _write(self, line: Line) -> None:
        await asyncio.to_thread(self.journal.write, line)
