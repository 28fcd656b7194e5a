"""A file as the body of a request: whole and as it was when it was begun, or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

from erp_tui.core.i18n import _

CHUNK = 256 * 1024


class FileChanged(OSError):
    """Somebody writes the file while it is sent: what would arrive is neither the old file nor the new one."""

    def __init__(self, path: Path) -> None:
        reason = _("it was changed while it was being sent; send it again once it is written to its end")
        super().__init__(errno.EBUSY, reason, str(path))

    def __str__(self) -> str:
        return str(self.strerror)


async def file_body(
    path: Path, size: int, progress: Callable[[int], None] | None = None
) -> AsyncIterator[bytes]:
    """The content of a file of ``size`` bytes, piece by piece; ``progress`` hears how many are sent.

    Its end is held back until it is seen that nobody has changed the file meanwhile, so that the server never has a
    body that is mixed. Raises ``FileChanged``, and ``OSError`` where it cannot be read.
    """
    with await asyncio.to_thread(path.open, "rb") as file:
        before = _state(file)
        sent, held = 0, b""
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            if sent + len(held) + len(chunk) > size:
                raise FileChanged(path)
            if held:
                yield held
                sent += len(held)
                if progress is not None:
                    progress(sent)
            held = chunk
        if sent + len(held) != size or _state(file) != before:
            raise FileChanged(path)
        if held:
            yield held
            if progress is not None:
                progress(size)


def _state(file: BinaryIO) -> tuple[int, int]:
    facts = os.fstat(file.fileno())
    return facts.st_size, facts.st_mtime_ns
