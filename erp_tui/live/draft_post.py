"""Carries drafts to the server when the typing rests, so that another terminal of the same person can go on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from erp_tui.core.errors import ErpError

if TYPE_CHECKING:
    from textual.timer import Timer

    from erp_tui.app import ErpApp
    from erp_tui.core.kept.draft_sync import DraftSync

log = logging.getLogger(__name__)

POST_AFTER: Final = 2.0
"""Seconds after a draft was saved on this terminal; long enough that fast typing is one push."""

TRY_AGAIN_AFTER: Final = 15.0
GROUP: Final = "draft-post"
FAREWELL: Final = 1.0
"""Seconds that leaving the program waits for the last push; what is late goes at the next start."""


class DraftPost:
    """Pushes at most one after another, never while nothing changed; what fails waits and is tried again."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self._timer: Timer | None = None

    def use(self, sync: DraftSync | None) -> None:
        """Speaks for another person, or to another server, from now on; None keeps drafts on this terminal alone."""
        self._app.draft_sync = sync

    def due(self, after: float | None = None) -> None:
        """Something was saved or thrown away on this terminal. Returns at once."""
        if self._timer is None:
            self._timer = self._app.set_timer(POST_AFTER if after is None else after, self._go)

    def rest(self) -> None:
        """Nobody is signed in any more: what is on its way is not carried on in the next person's name."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._app.workers.cancel_group(self._app, GROUP)

    async def farewell(self) -> None:
        """Gives the server what it has not yet, for as long as a person waits gladly."""
        try:
            await asyncio.wait_for(self._push(), FAREWELL)
        except TimeoutError:
            log.info("the drafts go to the server at the next start")

    def _go(self) -> None:
        self._timer = None
        self._app.run_worker(self._push(), group=GROUP, name="draft post", exit_on_error=False)

    async def _push(self) -> None:
        sync = self._app.draft_sync
        if sync is None or self._app.read_only:
            return
        try:
            await sync.push()
        except ErpError as error:
            log.info("drafts are not on the server yet: %s", error)
            self.due(TRY_AGAIN_AFTER)
        except OSError as error:
            log.warning("drafts cannot be read for the server: %s", error)
