"""The next and the previous record from inside a detail, in the order of the list that it was opened from."""

from __future__ import annotations

from abc import abstractmethod

from textual import work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.lists.walking import Walk
from widgets.waiting import LOOK_UP_GROUP


class DetailWalk(ErpScreen[None]):
    """`walk` is set where the record was opened from a list."""

    walk: Walk | None = None

    @abstractmethod
    async def turn_to(self, record_id: int) -> None:
        """Shows another record of the same kind. Raises what the API raises."""

    def why_not_walk(self, action_id: str) -> str:
        """Why there is no next record, as a sentence; empty where there may be one."""
        if action_id in {"next_record", "previous_record"} and self.walk is None:
            return _("it was not opened from a list.")
        return ""

    def action_next_record(self) -> None:
        """`>`"""
        self._step(1)

    def action_previous_record(self) -> None:
        """`<`"""
        self._step(-1)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _step(self, step: int) -> None:
        if self.walk is None:
            return
        try:
            row = await self.walk.step(step)
            if row is not None:
                await self.turn_to(int(row["id"]))
                return
        except ErpError as error:
            self.app.bell()
            self.notify(error.sentence(), severity="warning")
            return
        self.app.bell()
        self.notify(
            _("This is the last record of the list.")
            if step > 0
            else _("This is the first record of the list."),
            severity="warning",
        )
