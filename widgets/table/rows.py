"""The rows of a remote list on a line-drawn widget: which are held, which are asked for, where the cursor stands.

Knows nothing of columns or keys; `widgets.table.drawing` draws the rows and `widgets.table.paged_table` moves among them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable

from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from widgets.table.paging import PageRequest, PageResult, Row, RowWindow
from widgets.waiting import LOOK_UP_GROUP

Fetch = Callable[[PageRequest], Awaitable[PageResult]]
RowId = int | str

HEADER_LINES = 1
LOOK_AHEAD = 30
"""Rows before the end of what is known at which the next page is asked for."""


class RemoteRows(ScrollView):
    """Asks `fetch` for the pages around the view and the cursor, and keeps what came in `window`."""

    cursor: reactive[int] = reactive(0, repaint=False)

    tells_moves = True
    """Whether anybody wants to know of each move; a message that nobody takes goes to every widget above."""

    class Moved(Message):
        """The cursor stands on another row; `row` is None while that row is on its way."""

        def __init__(self, table: RemoteRows, number: int, row: Row | None) -> None:
            super().__init__()
            self.table = table
            self.number = number
            self.row = row

        @property
        def control(self) -> RemoteRows:
            """The table that sent this."""
            return self.table

    class Loaded(Message):
        """A page came; the count may be known better than before."""

        def __init__(self, table: RemoteRows) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> RemoteRows:
            """The table that sent this."""
            return self.table

    def __init__(
        self, fetch: Fetch | None = None, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.failure: ErpError | None = None
        self.window = RowWindow()
        self._fetch = fetch
        self._pending: set[PageRequest] = set()
        self._answered = False
        self._wants_end = False
        self._stay_at: int | None = None

    # What drawing provides

    @abstractmethod
    def lay_out(self) -> None:
        """Fits columns and the scrolled size to what is held."""

    @abstractmethod
    def rows_came(self, rows: Iterable[Row]) -> None:
        """Rows were read, for the first time or anew."""

    @abstractmethod
    def rows_forgotten(self) -> None:
        """No row is held any more: what was typed beside them is gone too."""

    @abstractmethod
    def refresh_rows(self, *numbers: int) -> None:
        """Draws rows again where they are in view."""

    # What is held

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
            return ngettext("{count} row", "{count} rows", self.total).format(count=format_count(self.total))
        return _("more than {count} rows").format(count=format_count(self.total))

    def start_over(self) -> None:
        """Asks for the list anew and goes to its first row: another filter, another order."""
        self._forget(keep_total=False)
        self.set_reactive(RemoteRows.cursor, 0)
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
        if self._answered and self._holds(result):
            return  # nothing moved: not a byte goes to the terminal
        current = self.current_row
        self.window.clear()
        ids = [row["id"] for row in result.rows]
        if current is not None and current["id"] in ids:
            self.set_reactive(RemoteRows.cursor, ids.index(current["id"]))
        self._take(request, result)

    def _holds(self, result: PageResult) -> bool:
        """Whether a first page says what is shown already."""
        held = [self.window.row(number) for number in range(len(result.rows))]
        return held == list(result.rows) and (result.count is None or result.count == self.window.total)

    def show_row(self, number: int) -> None:
        """Puts the cursor on a row that is only on its way, such as one that was just added."""
        self.set_reactive(RemoteRows.cursor, max(0, number))
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
        self.rows_forgotten()
        self.refresh()

    # Pages

    def on_mount(self) -> None:
        super().on_mount()
        self.lay_out()
        self._want()

    def on_resize(self) -> None:
        self.lay_out()
        self._want()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._want()

    def rows_in_view(self) -> range:
        """Numbers of the rows that the view has room for."""
        top = self.scroll_offset.y
        return range(top, top + max(1, self.size.height - HEADER_LINES))

    def _want(self) -> None:
        """Asks for whatever is missing in the view, and a little ahead of the cursor."""
        if self._fetch is None or self.failure is not None or not self.is_mounted:
            return
        if not self._answered:
            numbers = [self.cursor]
        else:
            view = self.rows_in_view()
            last = self.total - 1
            ahead = {min(last, self.cursor + LOOK_AHEAD), max(0, self.cursor - LOOK_AHEAD)}
            numbers = sorted({view.start, min(last, view.stop - 1), self.cursor} | ahead) if last >= 0 else []
        for number in numbers:
            if self.window.row(number) is None:
                self._ask_for(number)

    def replace_row(self, row: Row) -> None:
        """Shows a record as it is now, where it is held: it was saved here a moment ago."""
        number = self.window.replace(row)
        if number is not None:
            self.rows_came([row])
            self.lay_out()
            self.refresh_rows(number)

    async def read_rows(self, numbers: range) -> list[Row]:
        """The rows with these numbers, asked for where they are not held; as many as can be reached.

        Raises what the fetch raises.
        """
        rows = []
        for number in numbers:
            row = self.window.row(number)
            request = self.window.request_for(number) if row is None else None
            if request is not None and self._fetch is not None:
                asked, result = self._pending, await self._fetch(request)
                if asked is not self._pending:
                    break  # another list is shown by now
                self._take(request, result)
                row = self.window.row(number)
            if row is not None:
                rows.append(row)
        return rows

    def _ask_for(self, number: int) -> None:
        request = self.window.request_for(number)
        if request is None:
            reachable = self.window.nearest_reachable(number)
            if number == self.cursor:
                self.app.bell()
                self.cursor = reachable
            elif number in self.rows_in_view():
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

    def work_failed(self, work: str, error: ErpError) -> bool:
        """The reading stopped at an error in the program: said where the rows would stand, and F5 tries again."""
        if work != self._answer.__name__:
            return False
        self.failure = error
        self.refresh()
        self.post_message(self.Loaded(self))
        return True

    def _take(self, request: PageRequest, result: PageResult) -> None:
        self._answered = True
        self.window.put(request, result)
        self.rows_came(result.rows)
        self.lay_out()
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
        self._tell_move()
        self.call_after_refresh(self._want)  # The cursor

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.total - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_rows(old, new)
        self.scroll_to_row(new)
        self._want()
        self._tell_move()

    def _tell_move(self) -> None:
        if self.tells_moves:
            self.post_message(self.Moved(self, self.cursor, self.current_row))

    def scroll_to_row(self, number: int) -> None:
        """Brings a row into view, moving as little as possible."""
        view = self.rows_in_view()
        if number not in view:
            self.scroll_to(y=self._top_for(number, view), animate=False)

    def _top_for(self, number: int, view: range) -> int:
        if abs(number - view.start) > 2 * len(view):
            return max(0, number - len(view) // 2)
        return number if number < view.start else number - len(view) + 1
