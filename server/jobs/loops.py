"""A thread that does rounds: at once when woken, else at every poll, and never dies of an error."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import close_old_connections, connections

log = structlog.get_logger(__name__)

Round = Callable[[], bool]


class Loop:
    """Calls `round_` until it says that there is nothing left, then waits to be woken or for `poll` seconds."""

    def __init__(self, name: str, round_: Round, *, poll: float) -> None:
        self._round = round_
        self._poll = poll
        self._wake = threading.Event()
        self._stopping = threading.Event()
        # Not waited for at exit: a handler that hangs must not keep the process alive after its time to drain.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Do a round now. Safe from any thread and from a signal handler."""
        self._wake.set()

    def stop(self) -> None:
        """Start no further round."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Whether the thread has ended within `timeout` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                if not self._one_round():
                    self._wake.wait(self._poll)
        finally:
            connections.close_all()

    def _one_round(self) -> bool:
        close_old_connections()
        try:
            return self._round()
        except Exception as error:
            log.exception("round_failed", loop=self._thread.name, error=str(error))
            return False
        finally:
            close_old_connections()
