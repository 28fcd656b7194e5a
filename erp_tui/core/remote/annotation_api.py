"""The endpoints of notes and attachments (docs/api.md, "Notes and attachments").

A note is written as any record is: ``create``, ``update`` and ``delete`` of the resource that ``hanging`` names.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from erp_tui.core.remote.annotations import Attachment, Attachments, Note, Notes
from erp_tui.core.remote.calls import API, Calls, new_key, record_path, resource_path
from erp_tui.core.remote.file_body import file_body
from erp_tui.core.remote.transport import Call, Pieces, Repeat

UPLOAD_DEADLINE = 600.0


def hanging(resource: str, record: int, kind: Literal["notes", "attachments"]) -> str:
    """What hangs on a record, as the resource that writes go to."""
    return f"{resource}/{record}/{kind}"


class AnnotationCalls(Calls):
    """What people add to a record without changing it."""

    async def notes(self, resource: str, record: int, after: str | None = None) -> Notes:
        """A page of the notes of a record, the pinned first, then the newest."""
        path = resource_path(hanging(resource, record, "notes"))
        return self._parsed(Notes, await self._get(path, {"after": after}))

    async def note(self, resource: str, record: int, id: int) -> Note:
        """One note. Raises ``NotFoundError``."""
        return self._parsed(Note, await self._get(record_path(hanging(resource, record, "notes"), id)))

    async def attachments(self, resource: str, record: int, after: str | None = None) -> Attachments:
        """A page of the files of a record, the newest first."""
        path = resource_path(hanging(resource, record, "attachments"))
        return self._parsed(Attachments, await self._get(path, {"after": after}))

    async def attachment(self, resource: str, record: int, id: int) -> Attachment:
        """What is known of one file. Raises ``NotFoundError``."""
        return self._parsed(
            Attachment, await self._get(record_path(hanging(resource, record, "attachments"), id))
        )

    async def attach(
        self, resource: str, record: int, file: Path, *, name: str | None = None, key: str | None = None
    ) -> Attachment:
        """Hang a file on a record; it is streamed, and known there by its own name unless told another.

        The same key again attaches it once. Raises ``OSError`` where the file cannot be read or is changed
        meanwhile, ``ApiError`` (413) where it is too large.
        """
        size = (await asyncio.to_thread(file.stat)).st_size
        call = Call(
            "POST",
            API + resource_path(hanging(resource, record, "attachments")),
            query={"filename": name or file.name},
            content=lambda: file_body(file, size),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
            key=key or new_key(),
            repeat=Repeat.KEYED,
            deadline=UPLOAD_DEADLINE,
        )
        reply = await self._transport.send(call)
        self._hear_change_set(key, reply)
        return self._parsed(Attachment, reply)

    @contextlib.asynccontextmanager
    async def attached(self, resource: str, record: int, id: int) -> AsyncIterator[Pieces]:
        """The content of a file, to be read inside. Raises ``NotFoundError``, and, while it is read, ``AnswerCut``."""
        path = record_path(hanging(resource, record, "attachments"), id) + "content/"
        async with self._transport.stream(Call("GET", API + path)) as answer:
            yield answer
