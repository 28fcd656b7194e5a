"""The endpoints of import sessions (docs/api.md, "Import sessions")."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from erp_tui.core.remote.calls import API, Calls, new_key, record_path, resource_path
from erp_tui.core.remote.file_body import file_body
from erp_tui.core.remote.import_models import FedSession, ImportRows, ImportSession, ImportValues
from erp_tui.core.remote.transport import Call, Pieces, Repeat

UPLOAD_DEADLINE = 600.0


class ImportCalls(Calls):
    """One file on its way into a resource. Validating, applying and undoing are operations."""

    async def upload_import(
        self,
        into: str,
        filename: str,
        content: bytes | Path,
        *,
        key: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ImportSession:
        """A new session for ``content`` (a file is streamed), recognised by the server.

        ``progress`` hears how many bytes of a file are sent. Raises ``OSError`` where the file cannot be read or
        is changed meanwhile, ``ApiError`` (413) where it is too large.
        """
        body: Any = content
        headers = {"Content-Type": "application/octet-stream"}
        if isinstance(content, Path):
            size = (await asyncio.to_thread(content.stat)).st_size
            headers["Content-Length"] = str(size)
            body = lambda: file_body(content, size, progress)  # noqa: E731
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
        """Change ``dialect``, ``mapping``, ``mode``, ``on_duplicate`` or ``match_on``; what was validated is so no longer."""
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

    async def fix_alike(
        self, id: int, column: int, old: str, new: str, *, version: int, key: str | None = None
    ) -> ImportSession:
        """Let every cell of a column that reads ``old`` read ``new``."""
        body = {"column": column, "from": old, "to": new}
        path = record_path("imports", id) + "cells/"
        return self._parsed(ImportSession, await self._write("PATCH", path, body, version=version, key=key))

    async def import_preview(self, id: int) -> ImportRows:
        """What the first rows would do, at once and whatever the size of the file."""
        return self._parsed(ImportRows, await self._get(record_path("imports", id) + "preview/"))

    async def import_values(self, id: int) -> ImportValues:
        """The texts that the last validation could not resolve, each once, and what was said of others before."""
        return self._parsed(ImportValues, await self._get(record_path("imports", id) + "values/"))

    async def settle_values(
        self, id: int, values: Sequence[Mapping[str, Any]], *, version: int, key: str | None = None
    ) -> ImportSession:
        """Say what texts mean: ``field``, ``text`` and one of ``use``, ``create``, ``skip``, ``clear`` each."""
        path = record_path("imports", id) + "values/"
        body = {"values": [dict(value) for value in values]}
        return self._parsed(ImportSession, await self._write("PATCH", path, body, version=version, key=key))

    async def mapping_document(self, id: int, format: str = "yaml") -> bytes:
        """The mapping as a document for any file with these columns, as ``yaml`` or ``json``."""
        return (await self._get(record_path("imports", id) + "mapping/", {"format": format})).content

    async def forget_mapping(self, id: int, *, version: int, key: str | None = None) -> ImportSession:
        """Forget what is remembered for this layout of columns; the session is mapped anew."""
        path = record_path("imports", id) + "mapping/"
        return self._parsed(ImportSession, await self._write("DELETE", path, None, version=version, key=key))

    async def put_mapping(
        self, id: int, document: bytes, content_type: str, *, version: int, key: str | None = None
    ) -> ImportSession:
        """Replace the mapping by a document, as ``application/json`` or ``application/yaml``."""
        call = Call(
            "PUT",
            f"{API}{record_path('imports', id)}mapping/",
            content=document,
            headers={"Content-Type": content_type, "If-Match": f'"{version}"'},
            key=key or new_key(),
            repeat=Repeat.KEYED,
        )
        return self._parsed(ImportSession, await self._transport.send(call))

    @contextlib.asynccontextmanager
    async def rejects(self, id: int, format: str | None = None) -> AsyncIterator[Pieces]:
        """The refused rows with their reasons, as CSV unless told, to be read inside; mended, they can be taken in.

        Raises ``AnswerCut`` while it is read.
        """
        path = f"{API}{record_path('imports', id)}rejects/"
        async with self._transport.stream(Call("GET", path, query={"format": format})) as answer:
            yield answer

    async def feed_rejects(self, id: int, path: Path, *, version: int, key: str | None = None) -> FedSession:
        """Give a mended file of rejects back to the session that it came from; the file is streamed.

        Raises ``OSError`` where it cannot be read, or is changed meanwhile.
        """
        size = (await asyncio.to_thread(path.stat)).st_size
        call = Call(
            "POST",
            f"{API}{record_path('imports', id)}rejects/",
            query={"filename": path.name},
            content=lambda: file_body(path, size),
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "If-Match": f'"{version}"',
            },
            key=key or new_key(),
            repeat=Repeat.KEYED,
            deadline=UPLOAD_DEADLINE,
        )
        return self._parsed(FedSession, await self._transport.send(call))

    async def template(self, resource: str, format: str) -> bytes:
        """A file to be filled in and taken into a resource: ``csv`` or ``xlsx``, in the person's language."""
        return (await self._get(f"{resource_path(resource)}template/", {"format": format})).content
