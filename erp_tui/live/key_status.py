"""What the status line says of the keys: how many wait and for what, and that some were thrown away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.app import ErpApp

SHOW_WAITING_AFTER: Final = 0.15
"""Seconds that keys must wait before the status line says so: a flicker at every key helps nobody."""

SAY_LOST_FOR: Final = 6.0
"""Seconds for which the status line says that keys were thrown away."""


class KeyStatus:
    """Told by the key queue; made once an app."""

    def __init__(self, app: ErpApp) -> None:
        self._app = app
        self._due = False
        self._lost = ""

    def changed(self) -> None:
        """More or fewer keys wait, or for something else."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(SHOW_WAITING_AFTER, self._show)

    def flushed(self, reason: str, lost: int) -> None:
        """So many keys were thrown away; a `reason` that no screen shows is told at the corner."""
        app = self._app
        if app.tones.which != "none":
            app.bell()
        said = _("Keys typed ahead and thrown away: {count}.").format(count=lost) if lost else ""
        if reason:
            app.notify(f"{reason} {said}".rstrip(), severity="warning")
        elif said:
            # The reason stands on the form; a message at the corner would cover the entry where it is mended.
            self._lost = said
            self.changed()
            app.set_timer(SAY_LOST_FOR, lambda: self._forget(said))

    @property
    def is_told(self) -> bool:
        """Whether the status line says what is so, or nothing new is to be told."""
        status = self._app.status
        return not self._due or (status.waiting, status.note) == self._now

    @property
    def _now(self) -> tuple[int, str]:
        return self._app.keys.waiting, self._app.keys.reason or self._lost

    def _show(self) -> None:
        self._due = False
        app = self._app
        if app.is_running:
            waiting, note = self._now
            app.status = replace(app.status, waiting=waiting, note=note)

    def _forget(self, said: str) -> None:
        if self._lost == said:
            self._lost = ""
            self.changed()
