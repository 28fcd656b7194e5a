"""A table over a list that lives on the server: a million rows, of which only those near the view are fetched.

Here are its keys: moving, marks, options, order. See `widgets.table.rows` for how rows are fetched and
`widgets.table.drawing` for how they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from erp_tui.core.entry.values import format_count
from erp_tui.core.i18n import _
from widgets.table.columns import Column, natural_widths
from widgets.table.drawing import DrawnRows
from widgets.table.paging import Row
from widgets.table.row_keys import IN_A_TABLE, row_bindings
from widgets.table.rows import HEADER_LINES, Fetch, RowId
from widgets.waiting import LOOK_UP_GROUP

__all__ = ["Fetch", "PagedTable", "RowId", "TableMessage"]

MOST_IN_RANGE = 2_000
"""Rows that one range marks; more are marked with the filter."""


class TableMessage(Message):
    """What a table tells the screen that holds it."""

    def __init__(self, table: PagedTable) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> PagedTable:
        """The table that sent this, so that `@on(PagedTable.Chosen, "#suppliers")` works."""
        return self.table


class PagedTable(DrawnRows, can_focus=True):
    """Rows of a remote list. Give it `columns` and a `fetch`; it asks for the pages around its view.

    `options` are the digits that may be typed beside a row, `{"2": "Change", …}`; Enter runs all of them.
    With `takes_codes` a second digit on a row is no correction but the beginning of a code to go to.
    """

    DEFAULT_CSS = """
    PagedTable {
        height: 1fr;
        background: $surface;
        scrollbar-size: 0 1;
        & > .paged-table--header { background: $panel; color: $foreground; text-style: bold; }
        & > .paged-table--cursor { text-style: reverse; }
        & > .paged-table--resting { text-style: underline; }
        & > .paged-table--marked { text-style: bold; }
        & > .paged-table--dots { text-style: dim; }
        & > .paged-table--message { color: $foreground; }
    }
    """
    ROW_ACTIONS = IN_A_TABLE
    takes_codes = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *row_bindings(IN_A_TABLE),
        Binding("space", "mark", _("Mark the row"), show=False, id="table.mark"),
        Binding("enter", "choose", _("Open the row, or run the options"), show=False, id="table.choose"),
        Binding("shift+down", "extend(1)", _("Mark on downwards"), show=False, id="table.extend_down"),
        Binding("shift+up", "extend(-1)", _("Mark on upwards"), show=False, id="table.extend_up"),
    ]

    help_text = _(
        "↑ ↓ Page Home End move; ← → show further columns where the header has a ›; Enter opens a row."
    )

    class Chosen(TableMessage):
        """Enter was pressed on a row, or it was clicked twice."""

        def __init__(self, table: PagedTable, row: Row) -> None:
            super().__init__(table)
            self.row = row

    class OptionsEntered(TableMessage):
        """Enter was pressed with options typed: `{row id: option}`, in the order of typing."""

        def __init__(
            self, table: PagedTable, options: Mapping[RowId, str], rows: Mapping[RowId, Row]
        ) -> None:
            super().__init__(table)
            self.options = options
            self.rows = rows

    class Sorted(TableMessage):
        """Another order is wanted: `ordering` as the server takes it, `-created_at`. The screen starts over."""

        def __init__(self, table: PagedTable, ordering: str) -> None:
            super().__init__(table)
            self.ordering = ordering

    class Marked(TableMessage):
        """Rows were marked, or marks taken away."""

    class CodeTyped(TableMessage):
        """Two digits were typed on one row: no option has two, so they begin a code to go to."""

        def __init__(self, table: PagedTable, text: str) -> None:
            super().__init__(table)
            self.text = text

    @property
    def options(self) -> Mapping[str, str]:
        """The digits that may be typed beside a row, with their titles."""
        return self.typed.titles

    @options.setter
    def options(self, titles: Mapping[str, str]) -> None:
        self.typed.titles = dict(titles)

    @property
    def entered(self) -> Mapping[RowId, str]:
        """The digits typed beside rows and not yet run."""
        return self.typed.entered

    def show(
        self,
        columns: Sequence[Column],
        fetch: Fetch,
        *,
        ordering: str = "",
        empty: str = "",
        keep_marks: bool = False,
    ) -> None:
        """Shows another list from its first row; with `keep_marks` it is the same records, ordered otherwise."""
        self._columns = list(columns)
        self._natural = natural_widths(self._columns, ())
        self.lay_out()
        self._fetch = fetch
        self.ordering = ordering
        self.empty = empty
        if not keep_marks:
            self.marked.clear()
        self.start_over()

    # Moving

    def action_move(self, rows: int) -> None:
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, len(self.rows_in_view()) - 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        if self.window.total_exact:
            self.cursor = self.total - 1
            return
        self._wants_end = True
        request = self.window.request_for_end()
        if request not in self._pending and self._fetch is not None:
            self._pending.add(request)
            self._load(request, self._pending)

    def action_columns(self, step: int) -> None:
        """Scrolls by whole columns; the first one stays."""
        starts = [0]
        for width in self._widths[1:]:
            starts.append(starts[-1] + width + 1)
        now = self.scroll_offset.x
        if step > 0:
            target = next((start for start in starts if start > now), now)
        else:
            target = next((start for start in reversed(starts) if start < now), 0)
        self.scroll_to(x=target, animate=False)

    # Marks

    def action_mark(self) -> None:
        """Marks the row, or takes its mark away, and goes on to the next."""
        row = self.current_row
        if row is None:
            return
        self.marked.turn(row, self.cursor)
        self.refresh_rows(self.cursor)
        self.post_message(self.Marked(self))
        self.cursor += 1

    def action_extend(self, step: int) -> None:
        """Marks this row and the next one; going back over rows marked this way takes their marks away."""
        row, target = self.current_row, self.cursor + step
        if row is None or not 0 <= target < self.total:
            self.app.bell()
            return
        anchor = self.marked.anchor
        if anchor is None or row["id"] not in self.marked:
            anchor = self.cursor
        if abs(target - anchor) < abs(self.cursor - anchor):
            self.marked.pop(row["id"], None)
        else:
            beyond = self.window.row(target)
            self.marked.put([row] if beyond is None else [row, beyond])
        self.marked.anchor = anchor
        self.refresh_rows(self.cursor)
        self.cursor = target
        self.post_message(self.Marked(self))

    def action_mark_range(self) -> None:
        """Marks every row from the one marked last to this one."""
        anchor = self.marked.anchor
        if anchor is None:
            self.action_mark()
            return
        numbers = range(min(anchor, self.cursor), max(anchor, self.cursor) + 1)
        if len(numbers) > MOST_IN_RANGE:
            self.app.bell()
            self.notify(
                _("At most {most} rows are marked this way; narrow the list and mark all of it.").format(
                    most=format_count(MOST_IN_RANGE)
                ),
                severity="warning",
                markup=False,
            )
            return
        self.run_worker(self._mark_range(numbers), group=LOOK_UP_GROUP, exit_on_error=False)

    async def _mark_range(self, numbers: range) -> None:
        rows = await self.read_rows(numbers)
        self.marked.put(rows)
        self.marked.anchor = self.cursor
        self.refresh()
        self.post_message(self.Marked(self))

    def mark_rows(self, rows: Sequence[Row]) -> None:
        """Marks these rows too, whether they are in view or not."""
        self.marked.put(rows)
        self.refresh()
        self.post_message(self.Marked(self))

    def action_unmark(self) -> None:
        """Takes all marks away."""
        self.marked.clear()
        self.refresh()
        self.post_message(self.Marked(self))

    # Options

    def action_choose(self) -> None:
        """Runs the options typed; without any, opens the row."""
        wrong = next((digit for digit in self.entered.values() if digit not in self.options), None)
        if wrong is not None:
            self._refuse(wrong)
            return
        if self.entered:
            self.post_message(self.OptionsEntered(self, dict(self.entered), dict(self.typed.rows)))
            self.clear_options()
            return
        row = self.current_row
        if row is not None:
            self.post_message(self.Chosen(self, row))

    def clear_options(self) -> None:
        """Takes back all options typed and not yet run."""
        self.typed.clear()
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Takes the digits of the option column; every other key is left to the screen.

        A digit typed on a marked row stands for all marked rows. Where codes are taken, a second digit makes
        one of the two: what reads a label here must not run what its last digit happens to stand for.
        """
        row = self.current_row
        if not self.options or row is None:
            return
        character = event.character or ""
        if character.isascii() and character.isdigit():
            self._digit_typed(character, row)
        elif event.key not in {"backspace", "delete"} or not self.typed.take_back(row["id"]):
            return
        event.stop()
        event.prevent_default()
        self.refresh_rows(self.cursor)

    def _digit_typed(self, digit: str, row: Row) -> None:
        together = dict(self.marked) if row["id"] in self.marked else {row["id"]: row}
        before = self.entered.get(row["id"])
        if before is not None and self.takes_codes:
            for row_id in together:
                self.typed.take_back(row_id)
            self.post_message(self.CodeTyped(self, before + digit))
        else:
            self.typed.put(digit, together)
            if digit not in self.options:
                self._refuse(digit)
        if len(together) > 1:
            self.refresh()

    def _refuse(self, digit: str) -> None:
        """Says that a digit stands for nothing here; it stays beside its row to be corrected."""
        self.app.bell()
        offered = ", ".join(f"{option}={title}" for option, title in self.options.items())
        self.notify(
            _("{digit} is no option here; there are {offered}. Backspace takes it back.").format(
                digit=digit, offered=offered
            ),
            severity="warning",
            markup=False,
        )

    # Order

    def sort_by(self, column: Column) -> None:
        """Asks for the order of this column; again turns the direction."""
        if not column.sortable:
            self.app.bell()
            return
        self.ordering = f"-{column.name}" if self.ordering.split(",")[0] == column.name else column.name
        self.post_message(self.Sorted(self, self.ordering))

    def sort_next(self) -> None:
        """Asks for the other direction, then for the next column that can be sorted by."""
        sortable = [column for column in self._columns if column.sortable]
        if not sortable:
            self.app.bell()
            return
        first = self.ordering.split(",")[0]
        names = [column.name for column in sortable]
        if first in names:
            self.sort_by(sortable[names.index(first)])
        else:
            now = names.index(first[1:]) if first[1:] in names else -1
            self.sort_by(sortable[(now + 1) % len(names)])

    def on_click(self, event: events.Click) -> None:
        if event.y < HEADER_LINES:
            column = self.column_at(event.x)
            if column is not None:
                self.sort_by(column)
            return
        number = event.y - HEADER_LINES + self.scroll_offset.y
        if number < self.total:
            self.cursor = number
            if event.chain == 2:
                self.action_choose()
