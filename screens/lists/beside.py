"""The record of the row under the cursor, beside the list, where the terminal is wide enough for both."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events, on, work
from textual.timer import Timer

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.lists.table_screen import TableScreen
from widgets.record_pane import RecordPane
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Record

WIDE = 120
"""Columns from which there is room for both."""

PAUSE = 0.15
"""Seconds that the cursor rests before the next record is asked for; the first one is asked for at once."""

KEPT = 50
"""Records kept, by version, so that going back over rows asks for nothing."""


class ListBeside(TableScreen):
    """Never in the way: the cursor does not wait for the record, and what it has left is not drawn."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.pane = RecordPane()
        self.pane.display = self.table.tells_moves = False
        self._records: OrderedDict[tuple[int, Any], Record] = OrderedDict()
        self._rest: Timer | None = None
        self._asked_at = 0.0
        self._beside: Row | None = None

    @property
    def wants_beside(self) -> bool:
        """Whether this person wants the record beside the list."""
        session = self.host.session
        return session is None or bool(session.settings.get("beside", default=True))

    def on_resize(self, event: events.Resize) -> None:
        self._fit_pane(event.size.width)

    def _fit_pane(self, width: int) -> None:
        self.pane.display = self.table.tells_moves = width >= WIDE and self.wants_beside
        if self.pane.display:
            self._show_soon(self.table.current_row)

    def action_beside(self) -> None:
        """`|`: turns it on or off, for the next time too."""
        if self.app.size.width < WIDE:
            self.app.bell()
            self.notify(
                _(
                    "The record stands beside the list from {count} columns on; this terminal has {own}."
                ).format(count=WIDE, own=self.app.size.width),
                severity="warning",
            )
            return
        wanted = not self.wants_beside
        self._remember(wanted)
        self._fit_pane(self.app.size.width)

    def _remember(self, wanted: bool) -> None:
        session = self.host.session
        if session is None:
            return
        session.settings.set("beside", wanted)
        self._save_settings()

    @work(group="settings", exit_on_error=False)
    async def _save_settings(self) -> None:
        session = self.host.session
        if session is None:
            return
        try:
            await asyncio.to_thread(session.settings.save)
        except OSError as error:
            self.notify(
                _("This is not kept for the next time: {path} cannot be written ({reason}).").format(
                    path=session.settings.path, reason=error.strerror
                ),
                severity="warning",
            )

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        self._show_soon(event.row)

    def _show_soon(self, row: Row | None) -> None:
        """At once after a pause, else when the cursor rests: held down, it asks for nothing on its way."""
        self._beside = row
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if row is None or self.description is None:
            return
        wait = self._asked_at + PAUSE - monotonic()
        self._asked_at = monotonic()
        if wait <= 0 or self._key(row) in self._records:
            self._show_beside(row)
        else:
            self._rest = self.set_timer(PAUSE, self._rested)

    def _rested(self) -> None:
        self._rest = None
        if self._beside is not None and self.pane.display:
            self._show_beside(self._beside)

    @staticmethod
    def _key(row: Row) -> tuple[int, Any]:
        return int(row["id"]), row.get("version")

    @work(exclusive=True, group="beside", exit_on_error=False)
    async def _show_beside(self, row: Row) -> None:
        description = self.description
        if description is None:
            return
        key = self._key(row)
        record = self._records.get(key)
        if record is None:
            try:
                record = await self.api.get(self.resource, key[0])
            except ErpError as error:
                self.pane.say(error.sentence())
                return
            self._records[key] = record
            if len(self._records) > KEPT:
                self._records.popitem(last=False)
        if self._beside is row or (self._beside is not None and self._key(self._beside) == key):
            self.pane.show(self.label(record.data), description, record.data, self.zone)
