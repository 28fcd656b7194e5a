"""How a commit in one process wakes the worker in another, without polling.

Embedded: one datagram to a loopback port of the parent process. PostgreSQL: LISTEN and NOTIFY. A separate process on
SQLite: `watching`. All are hints: a lost one costs a poll interval, a forged one nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from .datagrams import LOOPBACK

log = structlog.get_logger(__name__)

CHANNEL = "erp_work"


def wake_workers() -> None:
    """Tell every worker that can be reached that something was committed."""
    if settings.WAKE_PORT:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(settings.WAKE_TOKEN.encode(), (LOOPBACK, settings.WAKE_PORT))
        except OSError as error:
            log.warning("wake_failed", error=str(error))
    if connection.vendor == "postgresql":
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
        except DatabaseError as error:
            # The work is committed: the caller must not be told that it failed.
            log.warning("wake_failed", error=str(error))


class NotificationListener:
    """Listens on PostgreSQL, on a connection of its own: a pooled one would lose its LISTEN."""

    RETRY_SECONDS = 5.0

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def start(self, on_wake: Callable[[], None]) -> None:
        """Call `on_wake` at each notification from now on, in a thread of its own."""
        threading.Thread(target=self._listen, args=(on_wake,), name="erp-listen", daemon=True).start()

    def close(self) -> None:
        self._stopping.set()

    def _listen(self, on_wake: Callable[[], None]) -> None:
        import psycopg

        while not self._stopping.is_set():
            try:
                with psycopg.connect(**connection.get_connection_params(), autocommit=True) as listening:
                    listening.execute(f"LISTEN {CHANNEL}")
                    on_wake()  # what was committed before the LISTEN
                    while not self._stopping.is_set():
                        for _notification in listening.notifies(timeout=1.0):
                            on_wake()
            except psycopg.Error as error:
                log.warning("listen_failed", error=str(error))
                self._stopping.wait(self.RETRY_SECONDS)
