"""How a worker in a process of its own learns on SQLite, which can tell nobody, that something was committed.

`PRAGMA data_version` gives another number as soon as any other connection has committed. Asking takes no lock and a few
microseconds, so that it is asked often. A hint like the others (`wake`): what it misses costs a poll interval.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection

log = structlog.get_logger(__name__)


class CommitWatcher:
    """Asks in a thread of its own, on a connection that stays open: a new one would begin to count anew."""

    EVERY_SECONDS = 0.2
    RETRY_SECONDS = 5.0

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def start(self, on_wake: Callable[[], None]) -> None:
        """Call `on_wake` after commits of others from now on; several that come together are one."""
        threading.Thread(target=self._watch, args=(on_wake,), name="erp-watch", daemon=True).start()

    def close(self) -> None:
        """Ask no more. Safe from a signal handler."""
        self._stopping.set()

    def _watch(self, on_wake: Callable[[], None]) -> None:
        before = None
        while not self._stopping.is_set():
            try:
                now = self._version()
            except DatabaseError as error:
                log.warning("watch_failed", error=str(error))
                connection.close()
                before = None
                self._stopping.wait(self.RETRY_SECONDS)
                continue
            if now != before:
                # The first time too: for what was committed before it.
                before = now
                on_wake()
            self._stopping.wait(self.EVERY_SECONDS)
        connection.close()

    @staticmethod
    def _version() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return int(cursor.fetchone()[0])
