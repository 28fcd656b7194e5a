"""Whether the server hears us, learned from every call that ends and every one that does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from erp_tui.core.errors import ErpError, ServerFault, ServerUnreachable
from widgets.frame.status_line import Connection

SLOW: Final = 0.8
"""Seconds after which an answer counts as slow."""

AWAY_CODES: Final = frozenset({502, 503, 504})


class Line:
    """The state of the line. `changed` is called at every change of `connection`.

    A server is away when a connection cannot be made, when something before it says so, or when a question
    stays without an answer for longer than its own patience; any answer brings it back.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        *,
        clock: Callable[[], float] = monotonic,
        today: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._changed = changed
        self._clock = clock
        self._today = today
        self._lost_at: float | None = None
        self.connection = Connection.IDLE
        self.since: datetime | None = None
        """When the server was lost, in the time of this machine; None while it is there."""
        self.was_away: float | None = None
        """For how many seconds it was away when it came back last; None when it never was."""

    def heard(self, outcome: ErpError | None) -> None:
        """A call ended: with an answer (None, or a refusal), or without one."""
        if isinstance(outcome, ServerUnreachable) or (
            isinstance(outcome, ServerFault) and outcome.status in AWAY_CODES
        ):
            self.lost()
        elif outcome is None and self.connection is not Connection.SLOW:
            self._become(Connection.ONLINE)

    def answered(self, seconds: float) -> None:
        """The server answered a short question in so many seconds."""
        self._become(Connection.SLOW if seconds > SLOW else Connection.ONLINE)

    def waiting(self) -> None:
        """A short question is without an answer for longer than usual."""
        if self.connection is not Connection.OFFLINE:
            self._become(Connection.SLOW)

    def lost(self) -> None:
        """There is no answer to be had."""
        if self.connection is not Connection.OFFLINE:
            self._lost_at = self._clock()
            self.since = self._today()
            self._become(Connection.OFFLINE)

    def leave(self) -> None:
        """Nobody is signed in: nothing is known, nothing is asked."""
        self._lost_at = self.since = self.was_away = None
        self._become(Connection.IDLE)

    def _become(self, connection: Connection) -> None:
        if connection is self.connection:
            return
        if self.connection is Connection.OFFLINE and self._lost_at is not None:
            self.was_away = self._clock() - self._lost_at
            self._lost_at = self.since = None
        self.connection = connection
        self._changed()
