"""The option column of a list: numbers typed beside rows, one Enter, one after another or many at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual import on, work

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.generic import routes
from screens.lists.table_screen import TableScreen
from screens.lists.walking import TableWalk
from screens.records.walk import DetailWalk
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description

COPY, CHANGE, DELETE, DISPLAY = "1", "2", "4", "5"
FREE_OPTIONS = "36789"
OPTIONS = {"copy_row": COPY, "change": CHANGE, "delete": DELETE, "display": DISPLAY}
"""The options that are actions of the table."""


class ListOptions(TableScreen):
    """What the digits stand for, and the way from one to the next."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.option_actions: dict[str, str] = {}
        self._to_open: deque[tuple[str, list[Row]]] = deque()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._left_for_another:
            self._left_for_another = False
            self._next_option()

    @property
    def holds_work(self) -> bool:
        """Rows that are marked, and options that are typed or still to be opened."""
        return bool(self.table.marked or self.table.entered or self._to_open) or super().holds_work

    async def options_of(self, description: Description) -> dict[str, str]:
        """The digits that may be typed beside a row, with their titles. Raises what the API raises."""
        options = {DISPLAY: _("Display")}
        if description.may.create:
            options[COPY] = _("Copy")
        if description.may.update:
            options[CHANGE] = _("Change")
        if description.may.delete:
            options[DELETE] = _("Delete")
        if description.row_actions:
            operations = (await self.api.meta()).operations
            for digit, name in zip(FREE_OPTIONS, description.row_actions, strict=False):
                if name in operations:
                    self.option_actions[digit] = name
                    options[digit] = operations[name].title
        return dict(sorted(options.items()))

    @on(PagedTable.OptionsEntered)
    def _options_entered(self, event: PagedTable.OptionsEntered) -> None:
        """In the order of typing; rows with the same action together, behind one preview; deletions last."""
        steps: list[tuple[str, list[Row]]] = []
        together: dict[str, list[Row]] = {}
        for row_id, option in event.options.items():
            row = event.rows[row_id]
            if not self._for_many(option):
                steps.append((option, [row]))
            elif option in together:
                together[option].append(row)
            else:
                together[option] = [row]
                steps.append((option, together[option]))
        steps.sort(key=lambda step: step[0] == DELETE)
        self._to_open = deque(steps)
        self._next_option()

    def _for_many(self, option: str) -> bool:
        """Whether rows with this option are dealt with on one screen."""
        operation = self.option_actions.get(option)
        return option == DELETE or (operation is not None and operation not in routes.OPERATION_SCREENS)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _next_option(self) -> None:
        """Opens the screen of the next option; goes on when that is left."""
        if not self._to_open:
            self.reload()
            return
        option, rows = self._to_open.popleft()
        if option == DELETE:
            self.open_batch("delete", _("Delete"), rows)
        elif option == DISPLAY:
            self.open_screen(self.detail_of(rows[0]))
        elif len(rows) > 1:
            self.open_batch(self.option_actions[option], self.table.options[option], rows)
        else:
            await self._open_for(int(rows[0]["id"]), option)

    # One of them by a key of the person's own, or from the palette

    def action_copy_row(self) -> None:
        """`1`, for the row under the cursor."""
        self._take_option(COPY)

    def action_change(self) -> None:
        """`2`."""
        self._take_option(CHANGE)

    def action_delete(self) -> None:
        """`4`."""
        self._take_option(DELETE)

    def action_display(self) -> None:
        """`5`."""
        self._take_option(DISPLAY)

    def why_not(self, action_id: str) -> str:
        """An option that this list does not offer is one that the role may not do."""
        option = OPTIONS.get(action_id)
        if option is not None and self.table.options and option not in self.table.options:
            return _("your role does not allow it.")
        return super().why_not(action_id)

    def _take_option(self, option: str) -> None:
        row = self.table.current_row
        if row is None or option not in self.table.options:
            self.app.bell()
            return
        self._to_open = deque([(option, [row])])
        self._next_option()

    def detail_of(self, row: Row) -> Any:
        """The screen of a row's record."""
        screen = routes.detail_screen(self.resource, int(row["id"]))
        current = self.table.current_row
        if isinstance(screen, DetailWalk) and current is not None and current["id"] == row["id"]:
            screen.walk = TableWalk(self.table)
        return screen

    async def _open_for(self, row_id: int, option: str) -> None:
        try:
            record = await self.api.get(self.resource, row_id)
        except ErpError as error:
            self.problem.show(error)
            return
        operation = self.option_actions.get(option)
        if option == COPY:
            self.open_screen(routes.copy_screen(self.resource, record))
            return
        if operation is None:
            self.open_screen(routes.edit_screen(self.resource, record))
            return
        state = record.actions.get(operation)
        if state is not None and not state.enabled:
            self.problem.show(state.reason)
            return
        self.open_screen(routes.operation_screen(operation, record))

    # Many at once

    def open_batch(self, action: str, title: str, rows: Sequence[Row], field: str = "") -> None:
        """One preview and one confirmation for all these rows; what is refused stays marked."""
        from screens.lists.batch_screen import BatchScreen

        self.open_screen(BatchScreen(self.resource, action, title, rows, field=field, done=self._batch_done))

    def _batch_done(self, refused: Mapping[int, str], rows: Sequence[Row]) -> None:
        """Unmarks what was done; marks what was refused, so that one can go on with it."""
        for row in rows:
            if row["id"] in refused:
                self.table.marked[row["id"]] = row
            else:
                self.table.marked.pop(row["id"], None)
        self.show_count()
