"""A file of the server onto this machine: piece by piece, whole or not at all, never over another one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.remote.transport import Pieces
from erp_tui.core.transfer.part_file import part_beside

Progress = Callable[[int], None]
"""Told how many bytes there are so far."""


class DamagedDownload(ErpError):
    """What arrived is not what the server has; nothing of it was kept."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def sentence(self) -> str:
        """That it is to be saved again."""
        return _("{name} did not arrive whole. Save it again.").format(name=self.name)


async def save_download(
    answer: AbstractAsyncContextManager[Pieces],
    free: Callable[[], Path],
    *,
    sha256: str = "",
    progress: Progress | None = None,
) -> Path:
    """Where the file is now; ``free`` names a path that is not taken and is asked again where it has become so.

    No more than a piece of it is ever in memory. Raises ``DamagedDownload`` where the content has another checksum
    than ``sha256``, ``OSError`` for what the folder or the disk refuses, ``AnswerCut`` and what the server refuses.
    """
    path = await asyncio.to_thread(free)
    digest, size = hashlib.sha256(), 0
    async with part_beside(path) as part:
        async with answer as pieces:
            async for piece in pieces.body:
                await part.write(piece)
                digest.update(piece)
                size += len(piece)
                if progress is not None:
                    progress(size)
        await part.close()
        if sha256 and digest.hexdigest() != sha256:
            raise DamagedDownload(path.name)
        while True:
            try:
                await asyncio.to_thread(part.take_name, path)
            except FileExistsError:
                path = await asyncio.to_thread(free)
            else:
                return path
