"""No process outlives the one that it belongs to, however that one ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import threading
import time
from collections.abc import Callable


def end_with_parent(grace_seconds: float) -> None:
    """In a child made by multiprocessing: when the parent is gone, drain, and leave after `grace_seconds`.

    The parent holds one end of a pipe; the system closes it even after kill -9, so nothing is polled.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        _watch(parent.join, grace_seconds)


def end_with_input(grace_seconds: float) -> None:
    """In a process that a program started for itself: the same when that program is gone.

    It holds the other end of our standard input open. Where that is no pipe nothing is watched.
    """
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        _watch(_read_to_the_end, grace_seconds)


def _read_to_the_end() -> None:
    while os.read(0, 4096):
        continue


def _watch(gone: Callable[[], object], grace_seconds: float) -> None:
    def watch() -> None:
        gone()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="erp-parent", daemon=True).start()
