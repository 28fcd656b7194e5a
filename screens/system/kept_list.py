"""A list of what this machine keeps for a person: drafts, confirmed writes. Options beside the rows, as anywhere."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import Static

from erp_tui.core.entry.values import user_zone
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE
from widgets.table.columns import Column
from widgets.table.local_rows import local_fetch
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text


class KeptListScreen(ErpScreen[None]):
    """A subclass reads its rows in `rows` (in a thread) and acts in `chosen` and `option_entered`."""

    DEFAULT_CSS: ClassVar[str] = """
    KeptListScreen .kept--options { height: 1; padding: 0 1; text-style: dim; }
    """

    def __init__(self, heading: str, empty: str, options: Mapping[str, str]) -> None:
        super().__init__()
        self.heading = heading
        self.problem = ProblemPanel()
        self.table = PagedTable(options=options)
        self.zone = UTC_ZONE
        self._empty = empty
        self._listed: list[Row] = []
        self._shown = False

    @abstractmethod
    def columns(self) -> Sequence[Column]:
        """What stands in a row; `zone` is known by now."""

    async def ask(self) -> None:
        """Asks the server for what belongs to the list too. May raise `ErpError`: the list is shown without it."""

    @abstractmethod
    def rows(self) -> list[Row]:
        """The rows, each with its `id`. Runs in a thread."""

    @abstractmethod
    def chosen(self, row: Row) -> None:
        """Enter on a row."""

    @abstractmethod
    def option_entered(self, option: str, row: Row) -> None:
        """An option typed beside a row."""

    def compose_body(self) -> Iterable[Any]:
        """What went wrong, the legend of the options, the rows."""
        yield self.problem
        legend = "  ".join(f"{digit}={title}" for digit, title in self.table.options.items())
        yield Static(server_text(legend), classes="kept--options")
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.read()

    def action_refresh(self) -> None:
        """F5."""
        self.read()

    @work(group="kept", exclusive=True, exit_on_error=False)
    async def read(self) -> None:
        """Reads the rows anew: at once what this machine keeps, then, where there is any, what the server does."""
        meta = self.host.meta
        self.zone = user_zone(meta.user.time_zone) if meta else UTC_ZONE
        await self._list()
        try:
            await self.ask()
        except ErpError as error:
            self.log.info("only what this machine keeps is listed", error)
            return
        await self._list()

    async def _list(self) -> None:
        """Shows the rows where they differ from those shown: an option that is being typed stays otherwise.

        Keys wait meanwhile, or an option would be typed beside a row that is about to move.
        """
        with self.keys.hold(_("reading")):
            rows = await asyncio.to_thread(self.rows)
            if rows != self._listed or not self._shown:
                self._listed, self._shown = rows, True
                self.table.show(self.columns(), local_fetch(lambda: self._listed), empty=self._empty)

    @on(PagedTable.Chosen)
    def _row_chosen(self, event: PagedTable.Chosen) -> None:
        self.chosen(event.row)

    @on(PagedTable.OptionsEntered)
    def _options_entered(self, event: PagedTable.OptionsEntered) -> None:
        for row_id, option in event.options.items():
            self.option_entered(option, event.rows[row_id])
        self.read()
