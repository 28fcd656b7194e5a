"""A file that stands under its name only once it is whole: written beside it first, for its owner's eyes alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class PartFile:
    """What has arrived of a file so far."""

    path: Path
    file: IO[bytes]

    async def write(self, piece: bytes) -> None:
        """The next piece. Raises ``OSError``."""
        await asyncio.to_thread(self.file.write, piece)

    async def close(self) -> None:
        """Everything has arrived; on the disk it outlives a crash. Raises ``OSError``."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()

    def take_name(self, path: Path, *, replace: bool = False) -> None:
        """Give the whole file its name. Raises ``FileExistsError`` where there is one that may not be replaced."""
        if replace:
            self.path.replace(path)
            return
        try:
            path.hardlink_to(self.path)
        except FileExistsError:
            raise
        except OSError:
            # A file system without links: a name that is free a moment before is the best there is.
            if path.exists() or path.is_symlink():
                raise FileExistsError(path) from None
            self.path.replace(path)


@contextlib.asynccontextmanager
async def part_beside(path: Path) -> AsyncIterator[PartFile]:
    """An empty part in the folder of ``path``, mode 0600; nothing of it is left behind. Raises ``OSError``."""
    descriptor, name = await asyncio.to_thread(
        tempfile.mkstemp, prefix=f".{path.name}.", suffix=".part", dir=path.parent
    )
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield PartFile(part, file)
    finally:
        part.unlink(missing_ok=True)
