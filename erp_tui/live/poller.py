"""The one poller of the app: it reads the change feed and by that knows whether the server is there."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import TYPE_CHECKING, Final

from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.live.feed import ChangeFeed
from erp_tui.live.line import SLOW, Line
from widgets.frame.status_line import Connection

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api

log: Final = logging.getLogger(__name__)

INTERVAL: Final = 1.0
"""Seconds between two questions while somebody works, or while the server is away."""

IDLE_INTERVAL: Final = 5.0
IDLE_AFTER: Final = 60.0
"""Seconds without a key or a change after which the questions become rarer."""

AWAY_AFTER: Final = 1.5
"""Seconds without an answer after which the server counts as away; with `INTERVAL` it is told within three."""

AWAY_AT_LATEST: Final = 1.9
"""The same where every answer comes late; with `INTERVAL` still within three."""

ANSWERS_REMEMBERED: Final = 3
ANSWER_WITHIN: Final = 3.5
"""Seconds after which a question is given up and asked anew: a connection that died silently never answers."""

JITTER: Final = 0.2
"""So much of an interval, at most, is left out: a hundred clients do not all knock at a server that returns."""


def patience(took: Iterable[float]) -> float:
    """Seconds that an answer is waited for, by how many the last ones took. A single late one, which had to renew the
    token or came behind what an outage left to settle, makes no slow line: the next outage would be told too late."""
    return min(max(AWAY_AFTER, 2 * min(took)), AWAY_AT_LATEST)


class Poller:
    """Asks for changes until it is cancelled, and tells `feed` and `line` what it learns.

    `focused` says whether the terminal is looked at, `last_input` when the last key came (monotonic seconds);
    `ended` is called with the refusal when the session is over, and the poller returns.
    """

    def __init__(
        self,
        feed: ChangeFeed,
        line: Line,
        *,
        focused: Callable[[], bool],
        last_input: Callable[[], float],
        ended: Callable[[SignInRequired], None],
    ) -> None:
        self._feed = feed
        self._line = line
        self._focused = focused
        self._last_input = last_input
        self._ended = ended
        self._wake = asyncio.Event()
        self._last_change = 0.0
        self._took: deque[float] = deque([0.0], maxlen=ANSWERS_REMEMBERED)

    def wake(self) -> None:
        """Ask now: the terminal is looked at again, or a call went without an answer."""
        self._wake.set()

    async def run(self, api: Api) -> None:
        """Polls until cancelled or until the session is over."""
        after: int | None = None
        self._last_change = monotonic()
        while True:
            await self._until_focused()
            self._wake.clear()
            try:
                after = await self._ask(api, after)
            except SignInRequired as refusal:
                self._ended(refusal)
                return
            await self._rest()

    async def _ask(self, api: Api, after: int | None) -> int | None:
        """The sequence number to ask with next time."""
        loop, started = asyncio.get_running_loop(), monotonic()
        reminders = (
            loop.call_later(SLOW, self._line.waiting),
            loop.call_later(patience(self._took), self._line.lost),
        )
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await api.changes(after)
        except SignInRequired:
            raise
        except TimeoutError:
            self._line.lost()
            return after
        except ErpError as error:
            self._line.heard(error)
            log.info("no changes could be read: %s", error)
            return after
        finally:
            for reminder in reminders:
                reminder.cancel()
        self._took.append(monotonic() - started)
        self._line.answered(self._took[-1])
        if answer.events:
            self._last_change = monotonic()
            self._feed.deliver(answer.events)
        return answer.next

    async def _until_focused(self) -> None:
        while not self._focused():
            self._wake.clear()
            await self._wake.wait()

    async def _rest(self) -> None:
        """Returns when it is time to ask again; looks every second whether somebody works again."""
        began = monotonic()
        while not self._wake.is_set() and (left := began + self._interval() - monotonic()) > 0:
            try:
                async with asyncio.timeout(min(left, INTERVAL)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _interval(self) -> float:
        rested = monotonic() - max(self._last_input(), self._last_change)
        works = rested < IDLE_AFTER or self._line.connection is Connection.OFFLINE
        return (INTERVAL if works else IDLE_INTERVAL) * (1 - JITTER * random.random())  # noqa: S311 - no secret
