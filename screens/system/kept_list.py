"""A list of what this machine keeps for a person: drafts, confirmed writes. Options beside the rows, as anywhere."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from screens.base import ErpScreen
from screens.generic.zone import zone_of
from widgets.columns import Column
from widgets.local_rows import local_fetch
from widgets.paged_table import PagedTable
from widgets.paging import Row
from widgets.problem_panel import ProblemPanel
from widgets.shown import UTC_ZONE
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

    @abstractmethod
    def columns(self) -> Sequence[Column]:
        """What stands in a row; `zone` is known by now."""

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
        """Reads the rows anew."""
        try:
            self.zone = await zone_of(self.api)
        except ErpError:
            # Without the server times are shown in UTC; the list is this machine's own.
            self.zone = UTC_ZONE
        self._listed = await asyncio.to_thread(self.rows)
        self.table.show(self.columns(), local_fetch(lambda: self._listed), empty=self._empty)

    @on(PagedTable.Chosen)
    def _row_chosen(self, event: PagedTable.Chosen) -> None:
        self.chosen(event.row)

    @on(PagedTable.OptionsEntered)
    def _options_entered(self, event: PagedTable.OptionsEntered) -> None:
        for row_id, option in event.options.items():
            self.option_entered(option, event.rows[row_id])
        self.read()
