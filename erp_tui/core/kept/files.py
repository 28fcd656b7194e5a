"""Files that are whole or not there, and that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def private_folder(folder: Path) -> Path:
    """``folder``, made if it was missing, readable by its owner alone."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return folder


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``content``, mode 0600: a reader or a crash sees the old file or the new one.

    ``durable`` waits until it is on the disk. Raises ``OSError`` and leaves the old file where it fails.
    """
    private_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def readable_by_others(path: Path) -> bool:
    """True where group or others may read the file; never on Windows, which has no such bits."""
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)


@contextlib.contextmanager
def locked(path: Path, *, timeout: float = 10.0) -> Iterator[None]:
    """Hold the lock file at ``path`` against other processes. Raises ``TimeoutError`` after ``timeout`` seconds."""
    private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        give_up = time.monotonic() + timeout
        while not _try_lock(descriptor):
            if time.monotonic() >= give_up:
                raise TimeoutError(f"{path} is held by another process")
            time.sleep(0.02)
        yield
    finally:
        # Closing gives the lock back.
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable, where the system can open folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
