"""Marks in a list: all that match the filter, how many they are, and what can be done with them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on, work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from screens.generic import routes
from screens.lists.options import ListOptions
from widgets.dialogs.action_menu import ActionMenu, MenuItem
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, FieldDescription

MOST_MARKED = 10_000
"""Rows that may be marked at once: what is done with them goes to the server in pages of 100."""

PAGE = 1_000
CHANGE_FIELD = "field:"
UNFIT_TYPES = frozenset({"json", "secret"})
"""What cannot be set to one value for many records."""


class ListMarks(ListOptions):
    """`*` marks what matches, `-` unmarks, F10 says what can be done with the marked rows."""

    def marks_in_words(self) -> str:
        """How many rows are marked; empty while there is none."""
        count = len(self.table.marked)
        if not count:
            return ""
        return ngettext("{count} marked", "{count} marked", count).format(count=format_count(count))

    @on(PagedTable.Marked)
    def _marked(self) -> None:
        self.show_count()

    def action_mark_range(self) -> None:
        """`.`"""
        self.table.action_mark_range()

    def action_unmark(self) -> None:
        """`-`"""
        self.table.action_unmark()

    def action_mark_all(self) -> None:
        """`*`"""
        self._mark_all()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _mark_all(self) -> None:
        """Reads the keys of all rows that match; more than can be dealt with together is refused."""
        try:
            rows, total = await self._matching()
        except ErpError as error:
            self.problem.show(error)
            return
        if total > MOST_MARKED:
            self.app.bell()
            self.notify(
                _("{count} rows match, and at most {most} can be marked. Narrow the list with F8.").format(
                    count=format_count(total), most=format_count(MOST_MARKED)
                ),
                severity="warning",
            )
            return
        self.table.mark_rows(rows)
        self.notify(
            ngettext(
                "All {count} row that matches is marked.", "All {count} rows that match are marked.", total
            ).format(count=format_count(total))
        )

    async def _matching(self) -> tuple[list[Row], int]:
        narrowing, description = self.narrowing, self.description
        fields = ["id", "version", *(description.label if description else ())]
        rows: list[Row] = []
        after: str | None = None
        while True:
            page = await self.api.list(
                self.resource,
                q=narrowing.q or None,
                filter=narrowing.filter or None,
                ordering=self.table.ordering or None,
                fields=[name for name in fields if name not in ("id", "version")] or None,
                limit=PAGE,
                after=after,
                count="none" if after else "exact",
            )
            if after is None and (page.count or 0) > MOST_MARKED:
                return [], page.count or 0
            rows += page.rows
            after = page.next
            if after is None or len(rows) > MOST_MARKED:
                return rows, len(rows)

    # What can be done with them

    def rows_meant(self) -> list[Row]:
        """The marked rows, or the one under the cursor where none is marked."""
        row = self.table.current_row
        return list(self.table.marked.values()) or ([row] if row is not None else [])

    def action_row_actions(self) -> None:
        """F10."""
        rows = self.rows_meant()
        if self.description is None or not rows:
            self.app.bell()
            return
        self._offer_actions(self.description, rows)

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _offer_actions(self, description: Description, rows: Sequence[Row]) -> None:
        try:
            operations = (await self.api.meta()).operations
        except ErpError as error:
            self.problem.show(error)
            return
        titles = {name: operations[name].title for name in description.row_actions if name in operations}
        items = [MenuItem(name, title, self._one_by_one(name, rows)) for name, title in titles.items()]
        no_deletion = "" if description.may.delete else _("your role does not allow it.")
        items.append(MenuItem("delete", _("Delete"), no_deletion))
        no_change = "" if description.may.update else _("your role does not allow it.")
        items += [
            MenuItem(CHANGE_FIELD + field.name, _("Change {field} to …").format(field=field.title), no_change)
            for field in description.fields
            if self._is_shared(description, field)
        ]
        heading = (
            ngettext("With the {count} marked row", "With the {count} marked rows", len(rows)).format(
                count=format_count(len(rows))
            )
            if self.table.marked
            else self.label(rows[0])
        )

        def chosen(name: str | None) -> None:
            if name is None:
                return
            if name.startswith(CHANGE_FIELD):
                field = name.removeprefix(CHANGE_FIELD)
                self.open_batch("update", _("Change"), rows, field)
            else:
                self.open_batch(name, titles.get(name) or _("Delete"), rows)

        self.app.push_screen(ActionMenu(heading, items), chosen)

    @staticmethod
    def _is_shared(description: Description, field: FieldDescription) -> bool:
        """Whether many records may have one value of this field; a code belongs to one alone."""
        own = field.name == description.key or field.type in UNFIT_TYPES
        return not (own or field.read_only or field.create_only)

    @staticmethod
    def _one_by_one(operation: str, rows: Sequence[Row]) -> str:
        """Why an operation is not done to these rows together; empty where it is."""
        if operation in routes.OPERATION_SCREENS and len(rows) > 1:
            return _("it has a screen of its own; type its number beside each row.")
        return ""
