"""By what a list is ordered: one column, or several of which each parts what is equal before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.table.columns import Column
from widgets.text import server_text


def order_in_words(ordering: str, columns: Sequence[Column]) -> str:
    """`State ▲, Number ▼`: the order by the titles of its columns, with a sign for its direction."""
    titles = {column.name: column.title for column in columns}
    parts = (part for part in ordering.split(",") if part)
    return ", ".join(
        f"{titles.get(part.lstrip('-'), part.lstrip('-'))} {'▼' if part.startswith('-') else '▲'}"
        for part in parts
    )


class OrderDialog(ModalScreen[str | None]):
    """Gives back an ordering as the server takes it, or None for no change.

    Enter orders by the column under the cursor, the other way round where it is that already; Space adds a
    column as a further level, turns it round, and takes it away again.
    """

    DEFAULT_CSS: ClassVar[str] = """
    OrderDialog {
        align: center middle;
        & > Vertical { width: 64; max-width: 95%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus {
            height: auto; max-height: 13; border: none; padding: 0; background: $surface;
        }
        & .order--title { height: auto; text-style: bold; }
        & .order--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("No change"), id="order.leave"),
        Binding("enter", "take", _("Order by this"), priority=True, id="order.take"),
        Binding("f10", "take", _("Take"), id="order.take_levels"),
        Binding("f7", "step", _("The next column"), id="order.step"),
        Binding("space", "turn", _("A further level"), id="order.turn"),
    ]

    def __init__(self, title: str, columns: Sequence[Column], ordering: str) -> None:
        super().__init__()
        self.heading = title
        self.columns = list(columns)
        self.given = ordering
        self.levels = [part for part in ordering.split(",") if part]
        self.changed = False
        self._list = OptionList()
        self._reason = Static(classes="order--keys")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="order--title")
            yield self._list
            yield self._reason

    def on_mount(self) -> None:
        self._list.add_options(Option(self._drawn(column)) for column in self.columns)
        names = [column.name for column in self.columns]
        first = self.levels[0].lstrip("-") if self.levels else ""
        self._list.highlighted = names.index(first) if first in names else 0
        self._list.focus()
        self._reason.update(
            server_text(
                _("Enter orders by this column, again the other way round")
                + "\n"
                + _("Space adds, turns and takes away a level · Esc no change"),
                multiline=True,
            )
        )

    def _drawn(self, column: Column) -> Content:
        level = self._level(column.name)
        mark = "    "
        words = ""
        if level is not None:
            falls = self.levels[level].startswith("-")
            mark = f"{level + 1} {'▼' if falls else '▲'} "
            words = _("descending") if falls else _("ascending")
        reason = "" if column.sortable else _("(too long a text to order by)")
        return Content.assemble(server_text(mark + column.title), "  ", server_text(words or reason, "dim"))

    def _level(self, name: str) -> int | None:
        return next(
            (place for place, part in enumerate(self.levels) if part.lstrip("-") == name),
            None,
        )

    @property
    def _column(self) -> Column:
        return self.columns[self._list.highlighted or 0]

    def _redraw(self) -> None:
        for place, column in enumerate(self.columns):
            self._list.replace_option_prompt_at_index(place, self._drawn(column))

    def _refuse(self) -> bool:
        if self._column.sortable:
            return False
        self.app.bell()
        sentence = _("{column} is too long a text to order by.").format(column=self._column.title)
        self._reason.update(server_text(sentence))
        return True

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        """A click."""
        event.stop()
        self.action_take()

    def action_turn(self) -> None:
        """Space: up, down, away."""
        if self._refuse():
            return
        name, level = self._column.name, self._level(self._column.name)
        if level is None:
            self.levels.append(name)
        elif self.levels[level].startswith("-"):
            del self.levels[level]
        else:
            self.levels[level] = f"-{name}"
        self.changed = True
        self._redraw()

    def action_step(self) -> None:
        """F7, which opened this, goes on to the next column."""
        self._list.highlighted = (self._list.highlighted or 0) + 1
        if (self._list.highlighted or 0) >= len(self.columns):
            self._list.highlighted = 0

    def action_take(self) -> None:
        """Enter: the levels that were put together, or this column alone."""
        if self.changed and self.levels:
            self.dismiss(",".join(self.levels))
            return
        if self._refuse():
            return
        name = self._column.name
        self.dismiss(f"-{name}" if self.given.split(",")[0] == name else name)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
