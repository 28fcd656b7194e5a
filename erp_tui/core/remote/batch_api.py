"""One action on many records (docs/api.md, Many records at once)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from erp_tui.core.remote.calls import Calls, segment
from erp_tui.core.remote.models import Answer, Change, Preview

PAGE_RECORDS = 100
"""Records that go in one request: the server takes 500, but others wait to write while it works on them."""


class RecordOutcome(Answer):
    """What became of one record; ``message`` says why it was refused."""

    id: int
    status: Literal["done", "refused"]
    code: str = ""
    message: str = ""


class Outcomes(Answer):
    """What became of each record, in the order in which they were named."""

    action: str = ""
    done: int = 0
    refused: int = 0
    results: list[RecordOutcome] = []


class BatchDone(Answer):
    """What was done to many records; ``change_set`` is what ``audit.undo`` takes."""

    message: str = ""
    result: Outcomes = Outcomes()
    changes: list[Change] = []
    change_set: str | None = None
    warnings: list[str] = []


def outcomes_of(preview: Preview) -> Outcomes:
    """What a dry run says would become of each record."""
    return Outcomes.model_validate(preview.result or {})


class BatchCalls(Calls):
    """The methods for many records. ``body`` is ``{action, records: [{id, version}], values}``."""

    @overload
    async def batch(
        self,
        resource: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: Literal[False] = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> BatchDone: ...

    @overload
    async def batch(
        self,
        resource: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: Literal[True],
        reason: str | None = None,
        description: str | None = None,
    ) -> Preview: ...

    async def batch(
        self,
        resource: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        dry_run: bool = False,
        reason: str | None = None,
        description: str | None = None,
    ) -> BatchDone | Preview:
        """Do one thing to many records, each for itself; what was refused stands in the results."""
        path = f"/{segment(resource)}/bulk/"
        reply = await self._write(
            "POST", path, body, key=key, dry_run=dry_run, reason=reason, description=description
        )
        return self._parsed(Preview, reply) if dry_run else self._parsed(BatchDone, reply)


def records_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """The rows as a batch names them."""
    return [{"id": int(row["id"]), "version": int(row["version"])} for row in rows]
