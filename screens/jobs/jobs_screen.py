"""What the server is working on, as it goes on: progress, results, errors, and a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from textual import work
from textual.screen import Screen
from textual.timer import Timer

from erp_tui.core.entry.values import format_datetime
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from screens.generic import routes
from screens.generic.zone import zone_of
from screens.lists.list_screen import ListScreen
from widgets.shown import UTC_ZONE

WHILE_WORKING, WHILE_IDLE = 1.0, 5.0
"""Seconds between two looks at the server, while a job is on and while none is."""

AT_ONCE = 0.01

WORKING = frozenset({"queued", "running"})


class JobsScreen(ListScreen):
    """The list of jobs, read again while it is on top; Enter shows result or error, 3 beside a row cancels it."""

    word: ClassVar[str] = "jobs"

    def __init__(self) -> None:
        super().__init__("jobs")
        self.heading = _("Jobs")
        self._zone = UTC_ZONE
        self._timer: Timer | None = None
        self._looking = True

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._looking = True
        self._look_later(AT_ONCE if self.table.window.total else WHILE_WORKING)

    def on_screen_suspend(self) -> None:
        """Hidden, or under a dialog: nobody asks the server for what nobody sees."""
        self._looking = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _look_later(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._looking:
            self._renew()

    @work(group="jobs", exclusive=True, exit_on_error=False)
    async def _renew(self) -> None:
        try:
            if self.description is not None:
                self._zone = await zone_of(self.api)
                await self.table.renew()
                self.problem.clear()
                if self._working():
                    self.show_count()  # of when this is, also where no row has changed
        except ErpError as error:
            self.problem.show(error)
        if self._looking:
            self._look_later(WHILE_WORKING if self._working() else WHILE_IDLE)

    def _working(self) -> int:
        rows = (self.table.window.row(number) for number in range(min(self.table.total, 100)))
        return sum(row is not None and row.get("state") in WORKING for row in rows)

    def count_parts(self) -> list[str]:
        """Beside the number of rows: how many are on, and of when this is; without any, nothing moves."""
        working = self._working()
        parts = [
            *super().count_parts(),
            ngettext("{count} waiting or running", "{count} waiting or running", working).format(
                count=working
            ),
        ]
        if working:
            now = format_datetime(datetime.now(UTC), self._zone, seconds=True)
            parts.append(_("as of {time}").format(time=now.partition(" ")[2]))
        return parts


def open_word(arguments: Sequence[str]) -> Screen[Any]:
    """`jobs`, or one of them: `jobs id:17`."""
    return routes.resource_screen("jobs", arguments) if arguments else JobsScreen()
