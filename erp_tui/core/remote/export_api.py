"""The endpoint of lists as files (docs/api.md, Resources)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from erp_tui.core.remote.calls import API, Calls, segment
from erp_tui.core.remote.transport import Call

FIRST_BYTE_DEADLINE = 900.0
"""Seconds: a workbook is made as a whole before any of it is sent."""


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """What a file is made of: exactly what a list shows, or every field where ``fields`` is empty.

    With ``lines`` a document has a row for each of its lines, its head in each.
    """

    resource: str
    format: str = "csv"
    q: str = ""
    filter: str = ""
    ordering: str = ""
    fields: Sequence[str] = ()
    by_name: bool = False
    lines: bool = False


@dataclass(frozen=True, slots=True)
class ExportStream:
    """A file on its way: how many rows make it whole, which columns are masked, and its pieces."""

    rows: int
    masked: tuple[str, ...] = ()
    pieces: AsyncIterator[bytes] = field(repr=False, kw_only=True)


class ExportCalls(Calls):
    """Lists as files."""

    @contextlib.asynccontextmanager
    async def export(self, query: ExportQuery) -> AsyncIterator[ExportStream]:
        """The file, to be read inside. Raises ``ForbiddenError``, ``ApiError`` (422) for what cannot be exported,
        and, while it is read, ``AnswerCut``."""
        asked: dict[str, str | int | None] = {
            "format": query.format,
            "headers": "names" if query.by_name else None,
            "lines": "yes" if query.lines else None,
            "q": query.q or None,
            "filter": query.filter or None,
            "ordering": query.ordering or None,
            "fields": ",".join(query.fields) or None,
        }
        path = f"{API}/{segment(query.resource)}/export/"
        async with self._transport.stream(
            Call("GET", path, query=asked, deadline=FIRST_BYTE_DEADLINE)
        ) as answer:
            masked = answer.headers.get("x-export-masked", "")
            yield ExportStream(
                int(answer.headers.get("x-export-rows", "0")),
                tuple(name for name in masked.split(",") if name),
                pieces=answer.body,
            )
