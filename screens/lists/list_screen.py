"""The list of any resource: columns, order, search and filter, options typed beside the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import JUST_READ
from screens.generic import routes
from screens.generic.fetching import resource_fetch
from screens.generic.zone import zone_of
from screens.lists.beside import ListBeside
from screens.lists.columns import ListColumns
from screens.lists.copying import ListCopying
from screens.lists.editing import ListEditing
from screens.lists.export import ListExport
from screens.lists.filters import KEEP, ListFilters
from screens.lists.order import ListOrder
from screens.lists.position import ListPosition
from screens.lists.totals import ListTotals
from widgets.frame.entry_bar import EntryBar
from widgets.table.paged_table import PagedTable
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeEvent

LONGEST_WORD = 48
"""Cells of the word at the top right, of 80."""


class ListScreen(
    ListCopying,
    ListEditing,
    ListBeside,
    ListPosition,
    ListFilters,
    ListOrder,
    ListColumns,
    ListTotals,
    ListExport,
):
    """Rows of one resource. Enter opens a row, or runs all options typed; a typed word positions the list."""

    scope: ClassVar[str] = "list"
    DEFAULT_CSS: ClassVar[str] = """
    ListScreen .list--rows { height: 1fr; }
    ListScreen .list--options { height: auto; max-height: 2; padding: 0 1; text-style: dim; }
    ListScreen .list--totals { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; text-style: bold; }
    ListScreen .list--count { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, resource: str, *, filter: str = "", named: str = "") -> None:
        """With `named`, the list as a declared or a saved filter of this name narrows it; where there is none,
        it is the code of a record, which is opened instead."""
        super().__init__(resource)
        self.typed_filter = filter
        self._named = named
        self._options_line = Static(classes="list--options")
        self._count_line = Static(classes="list--count")
        self._read_at = 0.0
        self._is_behind = False
        self._was_left = False

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
        lines.append(
            _(
                "Space marks a row, Shift with an arrow or . marks on, * marks all that match, - takes marks away."
            )
        )
        lines.append(_("F10 shows what can be done with the marked rows, F2 changes a value in its place."))
        return "\n".join(lines)

    def shown_word(self) -> str:
        """The resource's own word, with the filter that is in force as long as that leaves room for the title."""
        word = f"{self.resource} /{self.typed_filter}"
        return word if self.typed_filter and len(word) <= LONGEST_WORD else self.resource

    def compose_body(self) -> Iterable[Any]:
        """The bar, the legend of options, the table, the count."""
        yield self.bar
        yield self.filter_bar
        yield self.problem
        yield self._options_line
        yield Horizontal(self.table, self.pane, classes="list--rows")
        yield self.totals_line
        yield self._count_line

    def on_mount(self) -> None:
        self.table.focus()
        self._describe()
        self.follow_changes(self.resource, self.others_changed)

    def why_not(self, action_id: str) -> str:
        """Only who may create is offered a new record."""
        if action_id == "edit_cell":
            return self.why_not_edited()
        if action_id == "new" and self.description is not None and not self.description.may.create:
            return _("your role does not allow it.")
        return super().why_not(action_id)

    # The description and the rows

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _describe(self) -> None:
        try:
            if self.description is not None:
                await self.api.meta()
            description = await self.api.describe_resource(self.resource)
            self.table.options = await self.options_of(description)
            self.zone = await zone_of(self.api)
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
        self.refresh_keys()
        if self._named and not await self._find_named(self._named):
            return
        self.refuse_unreadable()
        if not self.table.columns or self.table.failure is not None:
            self.show_rows(self.chosen_columns(description))

    async def _find_named(self, name: str) -> bool:
        """Narrows to the filter of this name; else it is a record, and its screen takes the place of this one."""
        self._named = ""
        assert self.description is not None
        if name in {each.name for each in self.description.filters}:
            self.typed_filter = name
            return True
        try:
            kept = await self.kept_filters()
        except ErpError as error:
            self.problem.show(error)
            return True
        row = next((row for row in kept if row["name"].casefold() == name.casefold()), None)
        if row is None:
            self.app.switch_screen(routes.detail_screen(self.resource, f"code:{name}"))
            return False
        self.apply(row)
        return True

    def show_rows(self, columns: Any = None) -> None:
        """Lists from the first row, with other columns where they are given."""
        listed = self.table.columns if columns is None else columns
        self._read_at, self._is_behind = monotonic(), False
        self.retitle(self.heading)
        narrowing = self.narrowing
        fetch = resource_fetch(
            self.api,
            self.resource,
            q=narrowing.q,
            filter=narrowing.filter,
            ordering=self.table.ordering,
            fields=self.fields_needed(listed),
        )
        self.table.show(
            listed,
            fetch,
            ordering=self.table.ordering,
            empty=self._empty_sentence(),
            keep_marks=True,
        )
        self.read_totals()

    def _empty_sentence(self) -> str:
        if self.typed_filter:
            return _("Nothing matches '{filter}'. F8 changes the filter.").format(filter=self.typed_filter)
        if self.why_not("new"):
            return _("There is nothing in this list yet.")
        return _("There is nothing in this list yet. F6 enters the first one.")

    @on(PagedTable.Loaded)
    def show_count(self) -> None:
        """Writes the line under the table anew."""
        self._count_line.update(server_text("  ·  ".join(self.count_parts())))

    def count_parts(self) -> list[str]:
        """What stands under the table: how many rows there are, which, and whether they are of now."""
        parts = [self.table.count_in_words()]
        if self._is_behind:
            parts.append(_("changed, F5 reads it again"))
        if self.typed_filter:
            parts.append(_("filter: {filter} (Esc shows all)").format(filter=self.typed_filter))
        if order := self.order_said():
            parts.append(order)
        if self.table.marked:
            parts.append(self.marks_in_words())
        return parts

    def others_changed(self, events: Sequence[ChangeEvent]) -> None:
        """Records of this list changed. Rows never move under a hand; just after reading they are read again."""
        if not self.table.entered and self.editor is None and monotonic() - self._read_at < JUST_READ:
            self.reload()
            return
        self._is_behind = True
        self.show_count()

    def on_screen_suspend(self) -> None:
        """A dialog covers the rows, another screen takes their place."""
        self._was_left = not isinstance(self.app.screen, ModalScreen)

    def on_screen_resume(self) -> None:
        """Back from another screen nothing is under a hand, and what was done there is to be seen: read it again,
        now or when the server tells of it in a moment. After a dialog the rows stay where they were."""
        super().on_screen_resume()
        if not self._was_left:
            return
        self._was_left, self._read_at = False, monotonic()
        if self._is_behind and not self.table.entered and self.editor is None:
            self.reload()

    def reload(self) -> None:
        """Reads the rows in view again."""
        self._read_at, self._is_behind = monotonic(), False
        self.table.reload()
        self.read_totals()

    # Keys

    def action_refresh(self) -> None:
        """F5: reads the rows again, and the description where there is none yet, or where it may be out of date:
        a column that was taken from the role is refused by name."""
        if self.description is None or self.table.failure is not None:
            self._describe()
        else:
            self.reload()

    def action_new(self) -> None:
        """F6."""
        self.open_screen(routes.new_screen(self.resource))

    def action_back(self) -> None:
        """Esc: takes back what was begun first, then the filter, then the marks, then leaves."""
        if self.bar.has_class("-open"):
            self.bar.action_close()
        elif self.filter_bar.is_open:
            self.filter_bar.action_close()
        elif self.table.entered:
            self.table.clear_options()
        elif self.typed_filter:
            self.narrow("")
        elif self.table.marked:
            self.table.action_unmark()
        else:
            self.host.leave_screen()

    @on(EntryBar.Closed)
    def _bar_closed(self) -> None:
        self.table.focus()

    @on(EntryBar.Entered)
    def _bar_entered(self, event: EntryBar.Entered) -> None:
        self.table.focus()
        if event.purpose == KEEP:
            self.keep_as(event.text)
        elif event.text:
            self.position_to(event.text)

    # Rows

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        self.open_screen(self.detail_of(event.row))
