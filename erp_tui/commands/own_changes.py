"""Taking back what was done here, and the log of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import App

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen

if TYPE_CHECKING:
    from screens.base import Host

LOOKED_AT = frozenset({"list", "detail"})
"""The scopes of screens that hold nothing typed."""


class OwnChangesApp(App[int]):
    """The part of the app that knows what this client did."""

    def action_undo_last(self) -> None:
        """`z`: the last change made here is shown and, when confirmed, taken back."""
        self._take_back()

    def action_log(self) -> None:
        """`@`: what was done from here."""
        from screens.system.log_screen import LogScreen

        self.push_screen(LogScreen())

    @work(group="undo", exclusive=True, exit_on_error=False)
    async def _take_back(self) -> None:
        from screens.system.taking_back import last_changes, take_back

        host = cast("Host", self)
        lines = await last_changes(host)
        if not lines:
            self.bell()
            self.notify(
                _("Nothing that you did from here can be taken back. @ lists what you did."),
                severity="warning",
                markup=False,
            )
            return
        try:
            if await take_back(self, host, lines):
                await self._show_as_it_is()
        except ErpError as error:
            self.bell()
            self.notify(error.sentence(), severity="error", markup=False, timeout=10)

    async def _show_as_it_is(self) -> None:
        """What is only looked at is read again: it would show for a moment, or for good, what is not so any more."""
        screen = self.screen
        if isinstance(screen, ErpScreen) and screen.scope in LOOKED_AT:
            await self.run_action("refresh", screen)
