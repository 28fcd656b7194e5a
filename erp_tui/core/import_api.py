"""The endpoints of import sessions (docs/api.md, "Import sessions")."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

from erp_tui.core.calls import API, Calls, new_key, record_path
from erp_tui.core.models import ImportRows, ImportSession
from erp_tui.core.transport import Call, Repeat

UPLOAD_DEADLINE = 600.0
CHUNK = 256 * 1024


class ImportCalls(Calls):
    """One file on its way into a resource. Validating, applying and undoing are operations."""

    async def upload_import(
        self, into: str, filename: str, content: bytes | Path, *, key: str | None = None
    ) -> ImportSession:
        """A new session for ``content`` (a file is streamed), recognised by the server.

        Raises ``OSError`` where the file cannot be read, ``ApiError`` (413) where it is too large.
        """
        body: Any = content
        headers = {"Content-Type": "application/octet-stream"}
        if isinstance(content, Path):
            headers["Content-Length"] = str((await asyncio.to_thread(content.stat)).st_size)
            body = lambda: _chunks(content)  # noqa: E731
        call = Call(
            "POST",
            f"{API}/imports/",
            query={"into": into, "filename": filename},
            content=body,
            headers=headers,
            key=key or new_key(),
            repeat=Repeat.KEYED,
            deadline=UPLOAD_DEADLINE,
        )
        return self._parsed(ImportSession, await self._transport.send(call))

    async def import_session(self, id: int) -> ImportSession:
        """The session as it stands."""
        return self._parsed(ImportSession, await self._get(record_path("imports", id)))

    async def patch_import(
        self, id: int, changes: Mapping[str, Any], *, version: int, key: str | None = None
    ) -> ImportSession:
        """Change ``dialect``, ``mapping``, ``mode`` or ``on_duplicate``; what was validated is so no longer."""
        reply = await self._write("PATCH", record_path("imports", id), changes, version=version, key=key)
        return self._parsed(ImportSession, reply)

    async def import_rows(
        self, id: int, *, status: str | None = None, after_row: int | None = None, limit: int | None = None
    ) -> ImportRows:
        """Rows of the file as they would be taken in; ``status`` is created, updated, unchanged, warned or refused."""
        query = {"status": status, "after_row": after_row, "limit": limit}
        return self._parsed(ImportRows, await self._get(record_path("imports", id) + "rows/", query))

    async def patch_cells(
        self, id: int, cells: Iterable[tuple[int, int, str]], *, version: int, key: str | None = None
    ) -> ImportSession:
        """Lay corrected values over the file: ``(row, column, value)``, rows as the file counts them."""
        body = {"cells": [{"row": row, "column": column, "value": value} for row, column, value in cells]}
        path = record_path("imports", id) + "cells/"
        return self._parsed(ImportSession, await self._write("PATCH", path, body, version=version, key=key))

    async def rejects(self, id: int) -> bytes:
        """The refused rows as CSV with a last column ``reason``; mended, it can be taken in again."""
        return (await self._get(record_path("imports", id) + "rejects/")).content


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
