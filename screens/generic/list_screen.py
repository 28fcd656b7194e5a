"""The list of any resource: columns, order, search and filter, options typed beside the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from screens.base import JUST_READ, ErpScreen
from screens.generic import routes
from screens.generic.fetching import resource_fetch
from screens.generic.filtering import Narrowing, both, narrowing_of, quoted
from screens.generic.labels import label_of
from screens.generic.zone import zone_of
from widgets.columns import columns_of
from widgets.confirm_dialog import ConfirmDialog
from widgets.entry_bar import EntryBar
from widgets.paged_table import PagedTable
from widgets.paging import LARGEST_OFFSET, Row
from widgets.problem_panel import ProblemPanel
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.models import ChangeEvent, Description

CHANGE, DELETE, DISPLAY = "2", "4", "5"
FREE_OPTIONS = "36789"
FILTER, POSITION = "filter", "position"
SHOWN_LABELS = 8


class ListScreen(ErpScreen[None]):
    """Rows of one resource. Enter opens a row, or runs all options typed; a typed word positions the list."""

    scope: ClassVar[str] = "list"
    DEFAULT_CSS: ClassVar[str] = """
    ListScreen .list--options { height: auto; max-height: 2; padding: 0 1; text-style: dim; }
    ListScreen .list--count { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, resource: str, *, filter: str = "") -> None:
        super().__init__()
        self.resource = resource
        self.heading = resource.replace("-", " ").capitalize()
        self.description: Description | None = None
        self.typed_filter = filter
        self.table = PagedTable()
        self.bar = EntryBar()
        self.problem = ProblemPanel()
        self._option_actions: dict[str, str] = {}
        self._options_line = Static(classes="list--options")
        self._count_line = Static(classes="list--count")
        self._left_for_another = False
        self._read_at = 0.0
        self._is_behind = False
        self._to_open: deque[tuple[int, str]] = deque()
        self._doomed: list[Row] = []

    @property
    def help_text(self) -> str:
        """What F1 says of a list beyond the moving about."""
        lines = [_("Typing goes to the first row that begins so, in the order of the column marked ▲ or ▼.")]
        if self.table.options:
            numbers = ", ".join(f"{digit} {title}" for digit, title in self.table.options.items())
            lines.append(
                _("A number typed in front of a row says what to do with it: {numbers}. ").format(
                    numbers=numbers
                )
                + _("Enter then does all that were typed; with marked rows one number is for all of them.")
            )
        return "\n".join(lines)

    def shown_word(self) -> str:
        """The resource's own word."""
        return self.resource

    def compose_body(self) -> Iterable[Any]:
        """The bar, the legend of options, the table, the count."""
        yield self.bar
        yield self.problem
        yield self._options_line
        yield self.table
        yield self._count_line

    def on_mount(self) -> None:
        self.table.focus()
        self._describe()
        self.follow_changes(self.resource, self.others_changed)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._left_for_another:
            self._left_for_another = False
            self._next_option()

    def why_not(self, action_id: str) -> str:
        """Only who may create is offered a new record."""
        if action_id == "new" and self.description is not None and not self.description.may.create:
            return _("your role does not allow it.")
        return ""

    # The description and the rows

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _describe(self) -> None:
        try:
            description = await self.api.describe_resource(self.resource)
            self.table.options = await self._options_of(description)
            zone = await zone_of(self.api)
        except ErpError as error:
            self.problem.show(error)
            return
        self.problem.clear()
        self.description = description
        self.retitle(description.title)
        self._options_line.update(
            server_text("  ".join(f"{digit}={title}" for digit, title in self.table.options.items()))
        )
        self.table.ordering = self.table.ordering or description.default_ordering or ""
        self._show_rows(columns_of(description, zone))
        self.refresh_keys()

    async def _options_of(self, description: Description) -> dict[str, str]:
        """The digits that may be typed beside a row, with their titles."""
        options = {DISPLAY: _("Display")}
        if description.may.update:
            options[CHANGE] = _("Change")
        if description.may.delete:
            options[DELETE] = _("Delete")
        if description.row_actions:
            operations = (await self.api.meta()).operations
            for digit, name in zip(FREE_OPTIONS, description.row_actions, strict=False):
                if name in operations:
                    self._option_actions[digit] = name
                    options[digit] = operations[name].title
        return dict(sorted(options.items()))

    @property
    def narrowing(self) -> Narrowing:
        """What the filter bar says."""
        named = {each.name for each in self.description.filters} if self.description else set()
        return narrowing_of(self.typed_filter, named)

    def _show_rows(self, columns: Any = None) -> None:
        self._read_at, self._is_behind = monotonic(), False
        narrowing = self.narrowing
        fetch = resource_fetch(
            self.api,
            self.resource,
            q=narrowing.q,
            filter=narrowing.filter,
            ordering=self.table.ordering,
        )
        self.table.show(
            self.table.columns if columns is None else columns,
            fetch,
            ordering=self.table.ordering,
            empty=self._empty_sentence(),
        )

    def _empty_sentence(self) -> str:
        if self.typed_filter:
            return _("Nothing matches '{filter}'. F8 changes the filter.").format(filter=self.typed_filter)
        if self.why_not("new"):
            return _("There is nothing in this list yet.")
        return _("There is nothing in this list yet. F6 enters the first one.")

    @on(PagedTable.Loaded)
    def _count(self) -> None:
        self._count_line.update(server_text("  ·  ".join(self.count_parts())))

    def count_parts(self) -> list[str]:
        """What stands under the table: how many rows there are, which, and whether they are of now."""
        parts = [self.table.count_in_words()]
        if self._is_behind:
            parts.append(_("changed, F5 reads it again"))
        if self.typed_filter:
            parts.append(_("filter: {filter} (Esc shows all)").format(filter=self.typed_filter))
        if self.table.marked:
            marked = len(self.table.marked)
            parts.append(ngettext("{count} marked", "{count} marked", marked).format(count=marked))
        return parts

    @on(PagedTable.Sorted)
    def _sorted(self) -> None:
        self._show_rows()

    def others_changed(self, events: Sequence[ChangeEvent]) -> None:
        """Records of this list changed. Rows never move under a hand; just after reading they are read again."""
        if not self.table.entered and monotonic() - self._read_at < JUST_READ:
            self.reload()
            return
        self._is_behind = True
        self._count()

    def reload(self) -> None:
        """Reads the rows in view again."""
        self._read_at, self._is_behind = monotonic(), False
        self.table.reload()

    # Keys

    def action_refresh(self) -> None:
        """F5: reads the rows again, and the description where there is none yet."""
        if self.description is None:
            self._describe()
        else:
            self.reload()

    def action_new(self) -> None:
        """F6."""
        self._open(routes.new_screen(self.resource))

    def action_sort(self) -> None:
        """F7."""
        self.table.sort_next()

    def action_filter(self) -> None:
        """F8 and `/`."""
        named = ", ".join(each.name for each in self.description.filters) if self.description else ""
        hint = _("a word to search, or field=value") + (f", {named}" if named else "")
        self.bar.open(FILTER, _("Filter:"), self.typed_filter, placeholder=hint)

    def action_back(self) -> None:
        """Esc: takes back what was begun first, then the filter, then leaves."""
        if self.bar.has_class("-open"):
            self.bar.action_close()
        elif self.table.entered:
            self.table.clear_options()
        elif self.typed_filter:
            self.typed_filter = ""
            self._show_rows()
        else:
            self.host.leave_screen()

    def on_key(self, event: events.Key) -> None:
        """A letter typed, or a code scanned, on the list positions it."""
        if self.table.has_focus and event.character and event.character.isalnum():
            event.stop()
            label = self._position_title()
            if label:
                self.bar.open(POSITION, _("Position to {column}:").format(column=label), event.character)

    @on(EntryBar.Closed)
    def _bar_closed(self) -> None:
        self.table.focus()

    @on(EntryBar.Entered)
    def _bar_entered(self, event: EntryBar.Entered) -> None:
        self.table.focus()
        if event.purpose == FILTER:
            self.typed_filter = event.text
            self._show_rows()
        elif event.text:
            self._position(event.text)

    def _position_title(self) -> str:
        name = self.table.ordering.split(",")[0].lstrip("-")
        return next((column.title for column in self.table.columns if column.name == name), "")

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _position(self, text: str) -> None:
        """Counts the rows before the text in the present order; that is the number of the row to go to."""
        first = self.table.ordering.split(",")[0]
        before, from_there = ("<", ">=") if not first.startswith("-") else (">", "<=")
        column, narrowing = first.lstrip("-"), self.narrowing
        try:
            page = await self.api.list(
                self.resource,
                q=narrowing.q or None,
                filter=both(narrowing.filter, f"{column}{before}{quoted(text)}"),
                limit=1,
                count="exact",
            )
        except ErpError as error:
            self.problem.show(error)
            return
        if (page.count or 0) <= LARGEST_OFFSET:
            self.table.position_to(page.count or 0)
            return
        self.typed_filter = f"{column}{from_there}{quoted(text)}"
        self._show_rows()

    # Rows

    def _open(self, screen: Any) -> None:
        self._left_for_another = True
        self.app.push_screen(screen)

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        self._open(routes.detail_screen(self.resource, int(event.row["id"])))

    @on(PagedTable.OptionsEntered)
    def _options_entered(self, event: PagedTable.OptionsEntered) -> None:
        """One after another, in the order of typing; deletions together, behind one question."""
        self._to_open = deque(
            (int(row_id), option) for row_id, option in event.options.items() if option != DELETE
        )
        self._doomed = [event.rows[row_id] for row_id, option in event.options.items() if option == DELETE]
        self._next_option()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _next_option(self) -> None:
        """Opens the next row; goes on when its screen is left."""
        if self._to_open:
            row_id, option = self._to_open.popleft()
            if option == DISPLAY:
                self._open(routes.detail_screen(self.resource, row_id))
            else:
                await self._open_for(row_id, option)
        elif self._doomed:
            self._ask_and_delete()
        else:
            self.reload()

    async def _open_for(self, row_id: int, option: str) -> None:
        try:
            record = await self.api.get(self.resource, row_id)
        except ErpError as error:
            self.problem.show(error)
            return
        operation = self._option_actions.get(option)
        if operation is None:
            self._open(routes.edit_screen(self.resource, record))
            return
        state = record.actions.get(operation)
        if state is not None and not state.enabled:
            self.problem.show(state.reason)
            return
        self._open(routes.operation_screen(operation, record))

    @work(group="delete", exit_on_error=False)
    async def _ask_and_delete(self) -> None:
        from erp_tui.core.outbox import Intent

        rows, self._doomed = self._doomed, []
        named = "\n".join(self._label(row) for row in rows[:SHOWN_LABELS])
        if len(rows) > SHOWN_LABELS:
            named += "\n…"
        question = ngettext("Delete this record?", "Delete these {count} records?", len(rows))
        if not await self.app.push_screen_wait(ConfirmDialog(question.format(count=len(rows)), named)):
            return
        for row in rows:
            title = _("Delete {record}").format(record=self._label(row))
            intent = Intent(
                "delete", self.resource, title=title, id=int(row["id"]), version=int(row["version"])
            )
            try:
                await self.host.outbox.submit_once(intent)
            except ErpError as error:
                self.problem.show(f"{self._label(row)}: {error.sentence()}")
                break
        else:
            self.problem.clear()
        self.table.marked.clear()
        self.reload()

    def _label(self, row: Row) -> str:
        return label_of(self.description, row) if self.description else f"id:{row['id']}"
