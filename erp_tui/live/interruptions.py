"""Dialogs that no key asked for: one after the other, at a pause in the typing, and never over a locked terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

if TYPE_CHECKING:
    from erp_tui.app import ErpApp

GROUP: Final = "interruption"


class Interruptions:
    """Shows them; made once an app."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self._one_at_a_time = asyncio.Lock()

    def show(self, dialog: Screen[Any], callback: Callable[[Any], None] | None = None) -> None:
        """Shows a dialog at the next pause; it takes no key typed before it was seen."""
        self._app.run_worker(self._show(dialog, callback), group=GROUP, exit_on_error=False)

    def forget(self) -> None:
        """Those that wait were meant for somebody who is gone."""
        self._app.workers.cancel_group(self._app, GROUP)

    async def _show(self, dialog: Screen[Any], callback: Callable[[Any], None] | None) -> None:
        app = self._app
        async with self._one_at_a_time:
            await app.locking.until_open()
            await app.keys.pause_in_typing()
            app.keys.expect_unsolicited(dialog)
            answer = await app.push_screen_wait(dialog)
        if callback is not None:
            callback(answer)
