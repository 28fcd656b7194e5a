"""Copying from a list: the row, the marked rows, with or without the names of the columns, or one value."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.transfer.clipboard import as_table, plain
from screens.generic.to_clipboard import copy
from screens.lists.marks import ListMarks
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.table.paging import Row
from widgets.waiting import LOOK_UP_GROUP

ROWS, TITLED, VALUE = "rows", "titled", "value:"
MOST_ROWS = 1_000
"""More would not fit the clipboard of any terminal; a file takes them."""


class ListCopying(ListMarks):
    """Ctrl+Y asks what to copy; Enter takes the first: the row, or the marked rows."""

    def action_copy(self) -> None:
        """Ctrl+Y."""
        rows, row = self.rows_meant(), self.table.current_row
        if not rows:
            self.app.bell()
            return
        what = (
            ngettext("The {count} marked row", "The {count} marked rows", len(rows)).format(
                count=format_count(len(rows))
            )
            if self.table.marked
            else _("The row")
        )
        items = [
            MenuItem(ROWS, what),
            MenuItem(TITLED, _("{what} under the names of the columns").format(what=what)),
        ]
        if row is not None:
            items += [
                MenuItem(VALUE + column.name, f"{column.title}: {column.text(row)}")
                for column in self.table.columns
                if column.text(row)
            ]

        def chosen(name: str | None) -> None:
            if name is None:
                return
            if name.startswith(VALUE) and row is not None:
                self._copy_value(row, name.removeprefix(VALUE))
            else:
                self._copy_rows(rows, what, titled=name == TITLED)

        self.app.push_screen(ActionMenu(_("Copy"), items), chosen)

    def _copy_value(self, row: Row, name: str) -> None:
        column = next(column for column in self.table.columns if column.name == name)
        copy(self, plain(column.text(row)), column.title)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _copy_rows(self, rows: Sequence[Row], what: str, *, titled: bool) -> None:
        if len(rows) > MOST_ROWS:
            self.app.bell()
            self.notify(
                _("At most {most} rows are copied; export the list to a file.").format(
                    most=format_count(MOST_ROWS)
                ),
                severity="warning",
            )
            return
        try:
            whole = await self._whole(rows)
        except ErpError as error:
            self.problem.show(error)
            return
        columns = self.table.columns
        table = [[column.text(row) for column in columns] for row in whole]
        copy(self, as_table([[column.title for column in columns], *table] if titled else table), what)

    async def _whole(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with all that is shown: those that were marked unseen are read first."""
        wanted = {name for column in self.table.columns for name in column.fields or (column.name,)}
        bare = [int(row["id"]) for row in rows if not wanted <= row.keys()]
        read: dict[int, Row] = {}
        for start in range(0, len(bare), 200):
            keys = ",".join(str(key) for key in bare[start : start + 200])
            page = await self.api.list(self.resource, filter=f"id=[{keys}]", limit=200, count="none")
            read |= {int(row["id"]): row for row in page.rows}
        return [read.get(int(row["id"]), row) for row in rows]
