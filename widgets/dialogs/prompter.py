"""The list behind F4: a dialog over a paged table, narrowed while typing, that gives back one row."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from erp_tui.core.i18n import _
from widgets.fields.lookup import PromptList
from widgets.fields.text_field import FieldInput
from widgets.table.paged_table import PagedTable
from widgets.table.paging import Row
from widgets.text import server_text

DEBOUNCE = 0.15


class Prompter(ModalScreen[Row | None]):
    """Gives back the chosen row, or None when it was left. Typing narrows the list, arrows move in it."""

    DEFAULT_CSS: ClassVar[str] = """
    Prompter {
        align: center middle;
        & > Vertical { width: 90%; height: 80%; border: heavy $primary; background: $surface; padding: 0 1; }
        & .prompter--title { height: 1; text-style: bold; }
        & FieldInput { width: 1fr; margin: 0 0 1 0; }
        & .prompter--foot { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back without choosing"), id="prompter.leave"),
        Binding("up", "table('move(-1)')", show=False, id="prompter.up"),
        Binding("down", "table('move(1)')", show=False, id="prompter.down"),
        Binding("pageup", "table('page(-1)')", show=False, id="prompter.page_up"),
        Binding("pagedown", "table('page(1)')", show=False, id="prompter.page_down"),
        Binding("f5", "reload", _("Ask again"), id="prompter.reload"),
        Binding("f6", "make", _("New"), id="prompter.make"),
        Binding("f7", "sort", _("Sort"), id="prompter.sort"),
        Binding("f8", "filter", _("Filter"), id="prompter.filter"),
    ]

    def __init__(self, prompt: PromptList, text: str = "") -> None:
        super().__init__()
        self.prompt = prompt
        self.filter_input = FieldInput()
        self.filter_input.value = text
        self.filter_input.placeholder = _("a word to search, or field=value") + "".join(
            f", {name}" for name in prompt.named
        )
        self.table = PagedTable(
            prompt.columns,
            prompt.fetch_for(text, prompt.ordering),
            ordering=prompt.ordering,
            empty=_("Nothing matches. Shorten the text above."),
        )
        self._debounce: Timer | None = None
        self._narrowed_to = text
        self._choose_when_loaded = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.prompt.title), classes="prompter--title")
            yield self.filter_input
            yield self.table
            foot = [_("Enter chooses"), _("F7 sorts"), _("F8 filters")]
            foot += [_("F6 makes a new one")] if self.prompt.make is not None else []
            yield Static(" · ".join([*foot, _("Esc goes back")]), classes="prompter--foot", markup=False)

    def on_mount(self) -> None:
        self.filter_input.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._debounce is not None:
            self._debounce.stop()
        self._debounce = self.set_timer(DEBOUNCE, self._narrow)

    def _narrow(self) -> None:
        self._debounce = None
        text = self.filter_input.value.strip()
        if text != self._narrowed_to:
            self._narrowed_to = text
            fetch = self.prompt.fetch_for(text, self.table.ordering)
            self.table.show(self.prompt.columns, fetch, ordering=self.table.ordering, empty=self.table.empty)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Chooses from the list of what was typed, not from the list before it."""
        event.stop()
        if self._debounce is not None:
            self._debounce.stop()
        self._narrow()
        row = self.table.current_row
        if row is not None:
            self.dismiss(row)
        else:
            self._choose_when_loaded = True

    @on(PagedTable.Loaded)
    def _loaded(self) -> None:
        if self._choose_when_loaded:
            self._choose_when_loaded = False
            row = self.table.current_row
            if row is not None:
                self.dismiss(row)

    @on(PagedTable.Chosen)
    def _chosen(self, event: PagedTable.Chosen) -> None:
        self.dismiss(event.row)

    @on(PagedTable.Sorted)
    def _sorted(self, event: PagedTable.Sorted) -> None:
        fetch = self.prompt.fetch_for(self._narrowed_to, event.ordering)
        self.table.show(self.prompt.columns, fetch, ordering=event.ordering, empty=self.table.empty)

    async def action_table(self, action: str) -> None:
        await self.table.run_action(action)

    def action_sort(self) -> None:
        """F7: by the next column."""
        self.table.sort_next()

    def action_filter(self) -> None:
        """F8: another search or filter, in the grammar of the lists, in place of the present one."""
        self.filter_input.focus()
        self.filter_input.select_all()

    def action_make(self) -> None:
        """F6: the form of a new record, which comes back chosen."""
        if self.prompt.make is None:
            self.app.bell()
            return
        self.prompt.make(self._made)

    def _made(self, row: Row) -> None:
        self.dismiss(row)

    def action_reload(self) -> None:
        self.table.reload()

    def action_leave(self) -> None:
        self.dismiss(None)
