"""A table over a list that lives on the server: a million rows, of which only those near the view are fetched.

Drawn line by line, so that a cursor move repaints two lines and a list of a million rows is painted as fast
as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from widgets.columns import Column, fit, fitted_widths, natural_widths
from widgets.paging import PageRequest, PageResult, Row, RowWindow
from widgets.text import visible
from widgets.waiting import LOOK_UP_GROUP

Fetch = Callable[[PageRequest], Awaitable[PageResult]]
RowId = int | str

HEADER_LINES = 1
MARK = "✓"
LOOK_AHEAD = 30
"""Rows before the end of what is known at which the next page is asked for."""


class TableMessage(Message):
    """What a table tells the screen that holds it."""

    def __init__(self, table: PagedTable) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> PagedTable:
        """The table that sent this, so that `@on(PagedTable.Chosen, "#suppliers")` works."""
        return self.table


class PagedTable(ScrollView, can_focus=True):
    """Rows of a remote list. Give it `columns` and a `fetch`; it asks for the pages around its view.

    `options` are the digits that may be typed beside a row, `{"2": "Change", …}`; Enter runs all of them.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "paged-table--header",
        "paged-table--cursor",
        "paged-table--resting",
        "paged-table--marked",
        "paged-table--dots",
        "paged-table--message",
    }
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", _("Row up"), show=False, id="table.up"),
        Binding("down", "move(1)", _("Row down"), show=False, id="table.down"),
        Binding("pageup", "page(-1)", _("Page up"), show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", _("Page down"), show=False, id="table.page_down"),
        Binding("home", "first", _("First row"), show=False, id="table.first"),
        Binding("end", "last", _("Last row"), show=False, id="table.last"),
        Binding("left", "columns(-1)", _("Columns to the left"), show=False, id="table.left"),
        Binding("right", "columns(1)", _("Columns to the right"), show=False, id="table.right"),
        Binding("space", "mark", _("Mark the row"), show=False, id="table.mark"),
        Binding("enter", "choose", _("Open the row, or run the options"), show=False, id="table.choose"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
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

    class Moved(TableMessage):
        """The cursor stands on another row; `row` is None while that row is on its way."""

        def __init__(self, table: PagedTable, number: int, row: Row | None) -> None:
            super().__init__(table)
            self.number = number
            self.row = row

    class Loaded(TableMessage):
        """A page came; the count may be known better than before."""

    def __init__(
        self,
        columns: Sequence[Column] = (),
        fetch: Fetch | None = None,
        *,
        options: Mapping[str, str] | None = None,
        ordering: str = "",
        empty: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.options = dict(options or {})
        self.ordering = ordering
        self.empty = empty
        self.failure: ErpError | None = None
        self.marked: dict[RowId, Row] = {}
        self.entered: dict[RowId, str] = {}
        self.window = RowWindow()
        self._columns = list(columns)
        self._fetch = fetch
        self._natural = natural_widths(self._columns, ())
        self._widths = list(self._natural)
        self._pending: set[PageRequest] = set()
        self._entered_rows: dict[RowId, Row] = {}
        self._answered = False
        self._wants_end = False
        self._stay_at: int | None = None
        self._styles: dict[str, Style] = {}

    # What is shown

    @property
    def columns(self) -> list[Column]:
        """The columns, from left to right."""
        return self._columns

    @property
    def current_row(self) -> Row | None:
        """The row under the cursor, or None while there is none."""
        return self.window.row(self.cursor)

    @property
    def total(self) -> int:
        """Rows to scroll over; see `RowWindow.total`."""
        return self.window.total

    def count_in_words(self) -> str:
        """How many rows the list has: `600 rows`, or `more than 10,000 rows` while nobody has counted."""
        if self.window.total_exact:
            return ngettext("{count} row", "{count} rows", self.total).format(count=f"{self.total:,}")
        return _("more than {count} rows").format(count=f"{self.total:,}")

    def show(self, columns: Sequence[Column], fetch: Fetch, *, ordering: str = "", empty: str = "") -> None:
        """Shows another list from its first row."""
        self._columns = list(columns)
        self._natural = natural_widths(self._columns, ())
        self._lay_out()
        self._fetch = fetch
        self.ordering = ordering
        self.empty = empty
        self.marked.clear()
        self.start_over()

    def start_over(self) -> None:
        """Asks for the list anew and goes to its first row: another filter, another order."""
        self._forget(keep_total=False)
        self.set_reactive(PagedTable.cursor, 0)
        self.scroll_to(0, 0, animate=False)
        self._want()

    def reload(self) -> None:
        """Asks for the rows in view anew and stays where it is (F5)."""
        self._forget(keep_total=True)
        self._want()

    async def renew(self) -> None:
        """Puts the first page as it is now in place of what is shown, without a flicker and with the cursor on
        the same record. For a list that moves by itself. Raises what the fetch raises."""
        if self._fetch is None or self._pending:
            return
        request = PageRequest(limit=self.window.page_rows, offset=0)
        asked, result = self._pending, await self._fetch(request)
        if asked is not self._pending:
            return  # another list is shown by now
        current = self.current_row
        self.window.clear()
        ids = [row["id"] for row in result.rows]
        if current is not None and current["id"] in ids:
            self.set_reactive(PagedTable.cursor, ids.index(current["id"]))
        self._take(request, result)

    def show_row(self, number: int) -> None:
        """Puts the cursor on a row that is only on its way, such as one that was just added."""
        self.set_reactive(PagedTable.cursor, max(0, number))
        self._stay_at = number

    def position_to(self, number: int) -> None:
        """Puts the cursor on a row by its number, counted from 0, as near as the list can be reached."""
        self.cursor = self.window.nearest_reachable(number)

    def _forget(self, *, keep_total: bool) -> None:
        self.window.clear(keep_total=keep_total)
        self._pending = set()
        self.failure = None
        self._answered = False
        self._wants_end = False
        self.entered.clear()
        self._entered_rows.clear()
        self.refresh()

    # Pages

    def on_mount(self) -> None:
        super().on_mount()
        self._lay_out()
        self._want()

    def on_resize(self) -> None:
        self._lay_out()
        self._want()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._want()

    def _rows_in_view(self) -> range:
        top = self.scroll_offset.y
        return range(top, top + max(1, self.size.height - HEADER_LINES))

    def _want(self) -> None:
        """Asks for whatever is missing in the view, and a little ahead of the cursor."""
        if self._fetch is None or self.failure is not None or not self.is_mounted:
            return
        if not self._answered:
            numbers = [self.cursor]
        else:
            view = self._rows_in_view()
            last = self.total - 1
            ahead = {min(last, self.cursor + LOOK_AHEAD), max(0, self.cursor - LOOK_AHEAD)}
            numbers = sorted({view.start, min(last, view.stop - 1), self.cursor} | ahead) if last >= 0 else []
        for number in numbers:
            if self.window.row(number) is None:
                self._ask_for(number)

    def _ask_for(self, number: int) -> None:
        request = self.window.request_for(number)
        if request is None:
            reachable = self.window.nearest_reachable(number)
            if number == self.cursor:
                self.app.bell()
                self.cursor = reachable
            elif number in self._rows_in_view():
                self.scroll_to(y=reachable, animate=False)
            return
        if request not in self._pending:
            self._pending.add(request)
            self._load(request, self._pending)

    def _load(self, request: PageRequest, asked: set[PageRequest]) -> None:
        """Asks in a worker. Enter typed ahead means the first row, so keys wait until there is one."""
        group = LOOK_UP_GROUP if self.has_focus and not self._answered else "page"
        self.run_worker(self._answer(request, asked), group=group, exit_on_error=False)

    async def _answer(self, request: PageRequest, asked: set[PageRequest]) -> None:
        if self._fetch is None:
            return
        try:
            result = await self._fetch(request)
        except ErpError as error:
            if asked is self._pending:
                self.failure = error
                self.refresh()
                self.post_message(self.Loaded(self))
            return
        finally:
            asked.discard(request)
        if asked is not self._pending:
            return  # the answer to a question that is no longer asked
        self.failure = None
        self._take(request, result)

    def _take(self, request: PageRequest, result: PageResult) -> None:
        self._answered = True
        self.window.put(request, result)
        self._widen(result.rows)
        self._lay_out()
        if self._wants_end and request.last:
            self._wants_end = False
            self.cursor = self.total - 1
        elif self._stay_at is not None:
            stay_at, self._stay_at = self._stay_at, None
            self.cursor = stay_at
            self.scroll_to_row(self.cursor)
        elif self.cursor >= self.total:
            self.cursor = max(0, self.total - 1)
        self.refresh()
        self.post_message(self.Loaded(self))
        self.post_message(self.Moved(self, self.cursor, self.current_row))
        self.call_after_refresh(self._want)

    # Layout

    def _widen(self, rows: Iterable[Row]) -> None:
        """Columns only ever grow, so that they do not jump to and fro while scrolling."""
        measured = natural_widths(self._columns, rows)
        self._natural = [max(old, new) for old, new in zip(self._natural, measured, strict=True)]

    @property
    def _gutter(self) -> int:
        return 4 if self.options else 2

    def _lay_out(self) -> None:
        room = self.scrollable_content_region.width - self._gutter
        self._widths = fitted_widths(self._columns, self._natural, room)
        width = self._gutter + sum(self._widths) + max(0, len(self._widths) - 1)
        size = Size(width, self.total + HEADER_LINES)
        if size != self.virtual_size:
            self.virtual_size = size

    @property
    def _frozen(self) -> int:
        """Cells on the left that never scroll away: marks, options and the first column."""
        return self._gutter + (self._widths[0] + 1 if self._widths else 0)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._header_line(width)
        number = y - HEADER_LINES + self.scroll_offset.y
        message = self._message_line(y)
        if message is not None:
            return Strip([Segment(fit(message, width), self._style("message"))], width)
        if number >= self.total:
            return Strip.blank(width, self._style(""))
        row = self.window.row(number)
        if row is None:
            dots = " ".join("·" * min(cells, 8) + " " * max(0, cells - 8) for cells in self._widths)
            return self._cut(" " * self._gutter + dots, self._style("dots"), width)
        return self._cut(self._row_text(row), self._row_style(number, row), width)

    def _message_line(self, y: int) -> str | None:
        """Line `y` of the sentence that stands in place of rows, or None where rows are drawn."""
        if self.failure is not None and self.window.held_rows == 0:
            lines = [visible(self.failure.sentence()), _("F5 tries again.")]
        elif self.failure is not None and y == self.size.height - 1:
            return visible(self.failure.sentence()) + " " + _("F5 tries again.")
        elif self._answered and self.total == 0:
            lines = [self.empty or _("There is nothing in this list yet.")]
        else:
            return None
        wrapped = [piece for line in lines for piece in wrap(line, max(10, self.size.width - 2))]
        return " " + wrapped[y - 2] if 0 <= y - 2 < len(wrapped) else ""

    def _header_line(self, width: int) -> Strip:
        cells = [
            fit(column.title + self._sort_marker(column), cells, right=column.is_number)
            for column, cells in zip(self._columns, self._widths, strict=True)
        ]
        strip = self._cut(" " * self._gutter + " ".join(cells), self._style("header"), width)
        left, right = self.scroll_offset.x > 0, self.virtual_size.width - self.scroll_offset.x > width
        if not (left or right) or width < 4:
            return strip
        arrows = ("‹" if left else " ") + ("›" if right else " ")
        return Strip([*strip.crop(0, width - 2), Segment(arrows, self._style("header"))], width)

    def _sort_marker(self, column: Column) -> str:
        first = self.ordering.split(",")[0]
        if first.lstrip("-") != column.name:
            return ""
        return " ▼" if first.startswith("-") else " ▲"

    def _row_text(self, row: Row) -> str:
        row_id = row.get("id", "")
        gutter = (MARK if row_id in self.marked else " ") + " "
        if self.options:
            gutter = self.entered.get(row_id, "_") + " " + gutter
        cells = (
            fit(column.text(row), width, right=column.is_number)
            for column, width in zip(self._columns, self._widths, strict=True)
        )
        return gutter + " ".join(cells)

    def _cut(self, text: str, style: Style, width: int) -> Strip:
        whole = Strip([Segment(text, style)])
        offset = self.scroll_offset.x
        if not offset:
            # Joined with its padding, a line names its colours once: 45 bytes less a line.
            return whole.crop_extend(0, width, style).simplify()
        frozen = min(self._frozen, width)
        rest = whole.crop_extend(frozen + offset, offset + width, style)
        return Strip([*whole.crop(0, frozen), *rest], width).simplify()

    def _row_style(self, number: int, row: Row) -> Style:
        if number == self.cursor:
            return self._style("cursor" if self.has_focus else "resting")
        return self._style("marked" if row.get("id") in self.marked else "")

    def _style(self, part: str) -> Style:
        """The style of a part, or of the table itself: asked for with each line, made out once."""
        if part not in self._styles:
            own = self.get_component_rich_style(f"paged-table--{part}") if part else self.rich_style
            self._styles[part] = own
        return self._styles[part]

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()

    def _refresh_row(self, number: int) -> None:
        line = number - self.scroll_offset.y
        if 0 <= line < self.size.height - HEADER_LINES:
            self.refresh(Region(0, line + HEADER_LINES, self.size.width, 1))

    def on_focus(self) -> None:
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        self._refresh_row(self.cursor)

    # The cursor

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.total - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        self._refresh_row(old)
        self._refresh_row(new)
        self.scroll_to_row(new)
        self._want()
        self.post_message(self.Moved(self, new, self.current_row))

    def scroll_to_row(self, number: int) -> None:
        """Brings a row into view, moving as little as possible."""
        view = self._rows_in_view()
        if number not in view:
            self.scroll_to(y=self._top_for(number, view), animate=False)

    def _top_for(self, number: int, view: range) -> int:
        if abs(number - view.start) > 2 * len(view):
            return max(0, number - len(view) // 2)
        return number if number < view.start else number - len(view) + 1

    def action_move(self, rows: int) -> None:
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, len(self._rows_in_view()) - 1)

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

    # Marks, options, order

    def action_mark(self) -> None:
        row = self.current_row
        if row is None:
            return
        if self.marked.pop(row["id"], None) is None:
            self.marked[row["id"]] = row
        self._refresh_row(self.cursor)
        self.cursor += 1

    def action_choose(self) -> None:
        if self.entered:
            self.post_message(self.OptionsEntered(self, dict(self.entered), dict(self._entered_rows)))
            self.clear_options()
            return
        row = self.current_row
        if row is not None:
            self.post_message(self.Chosen(self, row))

    def clear_options(self) -> None:
        """Takes back all options typed and not yet run."""
        self.entered.clear()
        self._entered_rows.clear()
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Takes the digits of the option column; every other key is left to the screen.

        A digit typed on a marked row stands for all marked rows.
        """
        row = self.current_row
        if not self.options or row is None:
            return
        if event.character is not None and event.character in self.options:
            together = self.marked if row["id"] in self.marked else {row["id"]: row}
            self.entered |= dict.fromkeys(together, event.character)
            self._entered_rows |= together
            if len(together) > 1:
                self.refresh()
        elif event.key in {"backspace", "delete"} and row["id"] in self.entered:
            del self.entered[row["id"]]
            del self._entered_rows[row["id"]]
        else:
            return
        event.stop()
        event.prevent_default()
        self._refresh_row(self.cursor)

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
            column = self._column_at(event.x)
            if column is not None:
                self.sort_by(column)
            return
        number = event.y - HEADER_LINES + self.scroll_offset.y
        if number < self.total:
            self.cursor = number
            if event.chain == 2:
                self.action_choose()

    def _column_at(self, x: int) -> Column | None:
        cell = x if x < self._frozen else x + self.scroll_offset.x
        start = self._gutter
        for column, width in zip(self._columns, self._widths, strict=True):
            if start <= cell <= start + width:
                return column
            start += width + 1
        return None
