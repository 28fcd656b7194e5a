"""A list into a file on this machine: whole or not at all, never over another one unasked."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from erp_tui.core.errors import AnswerCut, ErpError
from erp_tui.core.i18n import _
from erp_tui.core.remote.export_api import ExportQuery
from erp_tui.core.transfer.part_file import part_beside

if TYPE_CHECKING:
    from erp_tui.core.remote.export_api import ExportCalls

LEAST_ROOM = 1024 * 1024
"""Bytes: on a disk with less, no file is begun."""

Progress = Callable[["Written"], None]


class ExportFailed(ErpError):
    """The file could not be written; the sentence says why and what to do."""


class FileThere(ExportFailed):
    """There is a file of this name already, and nobody has said that it may be replaced."""


@dataclass(frozen=True, slots=True)
class Written:
    """How far a file is, or what became of it: ``rows`` of ``of_rows`` (a workbook's are known at its end)."""

    path: Path
    rows: int
    of_rows: int
    bytes: int
    masked: tuple[str, ...] = ()


async def save_export(
    api: ExportCalls,
    query: ExportQuery,
    path: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write the file. It stands under its name only when every row is in it; cancelled, nothing is left.

    Raises ``FileThere``, ``ExportFailed`` for what the folder or the disk refuses, and what the server refuses.
    """
    path = path.expanduser()
    try:
        await asyncio.to_thread(_check_place, path, replace)
        async with part_beside(path) as part:
            written = await _receive(api, query, path, part.file, progress)
            await part.close()
            if query.format == "xlsx" and not await asyncio.to_thread(zipfile.is_zipfile, part.path):
                raise AnswerCut(api.base_url)
            await asyncio.to_thread(part.take_name, path, replace=replace)
    except FileExistsError as error:
        raise FileThere(_("There is a file {path} already.").format(path=path)) from error
    except OSError as error:
        raise _failed(path, error) from error
    return written


async def write_export(api: ExportCalls, query: ExportQuery, file: IO[bytes]) -> Written:
    """Write the list to an open file, such as a pipe. Raises ``AnswerCut`` where rows are missing at its end."""
    return await _receive(api, query, Path(), file, None)


async def _receive(
    api: ExportCalls, query: ExportQuery, path: Path, file: IO[bytes], progress: Progress | None
) -> Written:
    async with api.export(query) as stream:
        rows, size = RowCounter(query.format), 0
        async for piece in stream.pieces:
            await asyncio.to_thread(file.write, piece)
            size += len(piece)
            rows.take(piece)
            if progress is not None:
                progress(Written(path, rows.count, stream.rows, size))
        await asyncio.to_thread(file.flush)
        if rows.counts and rows.count != stream.rows:
            raise AnswerCut(api.base_url, f"{rows.count} of {stream.rows} rows")
        return Written(path, stream.rows, stream.rows, size, stream.masked)


class RowCounter:
    """Counts the rows of a file as its pieces come by. A workbook does not show its rows."""

    def __init__(self, format: str) -> None:
        self.format = format
        self.counts = format != "xlsx"
        self._lines = 0
        self._in_quotes = False
        self._last = b""

    def take(self, piece: bytes) -> None:
        """The next piece."""
        if self.format != "csv":
            self._lines += piece.count(b"\n") if self.counts else 0
            self._last = (self._last + piece)[-3:]
            return
        for place, part in enumerate(piece.split(b'"')):
            if place:
                self._in_quotes = not self._in_quotes
            if not self._in_quotes:
                self._lines += part.count(b"\n")

    @property
    def count(self) -> int:
        """The rows so far; of a JSON array that is not closed, one less than nothing."""
        if self.format == "json":
            # "[" and the last row have a line of their own, and so has "]".
            return 0 if self._last.endswith(b"[]\n") else self._lines - (2 if self._last == b"\n]\n" else 1)
        return max(0, self._lines - (1 if self.format == "csv" else 0))


def _check_place(path: Path, replace: bool) -> None:
    if path.is_dir():
        raise ExportFailed(_("{path} is a folder. Name a file in it.").format(path=path))
    if path.exists() and not replace:
        raise FileThere(_("There is a file {path} already.").format(path=path))
    if not path.parent.is_dir():
        raise ExportFailed(
            _("There is no folder {folder}. Make it, or choose another place.").format(folder=path.parent)
        )
    if shutil.disk_usage(path.parent).free < LEAST_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _failed(path: Path, error: OSError) -> ExportFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        text = _("There is no room left for {path}; nothing was kept. Make room, or choose another place.")
        return ExportFailed(text.format(path=path))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text = _("You may not write to {folder}. Choose another place.")
        return ExportFailed(text.format(folder=path.parent))
    text = _("{path} could not be written: {reason}. Choose another place.")
    return ExportFailed(text.format(path=path, reason=error.strerror or error))
