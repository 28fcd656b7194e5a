"""A list to tick: space turns the one under the cursor over, Enter goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from erp_tui.core.i18n import _
from widgets.text import server_text


class TickList(SelectionList[str]):
    """Pairs of value and title, some of them ticked. Sends `Completed` on Enter."""

    DEFAULT_CSS: ClassVar[str] = """
    TickList, TickList:focus { height: 1fr; border: none; padding: 0 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "complete", _("Next"), show=False, id="ticks.complete"),
    ]

    class Completed(Message):
        """Enter was pressed: the choice is made."""

        def __init__(self, ticks: TickList) -> None:
            super().__init__()
            self.ticks = ticks

        @property
        def control(self) -> TickList:
            """The list that sent this."""
            return self.ticks

    def __init__(
        self, options: Iterable[tuple[str, str]], ticked: Iterable[str], *, id: str | None = None
    ) -> None:
        chosen = frozenset(ticked)
        super().__init__(
            *(Selection(server_text(title), value, value in chosen) for value, title in options), id=id
        )

    @property
    def ticked(self) -> list[str]:
        """The values that are ticked, in the order of the list."""
        chosen = frozenset(self.selected)
        return [
            self.get_option_at_index(index).value
            for index in range(self.option_count)
            if self.get_option_at_index(index).value in chosen
        ]

    def tick(self, values: Iterable[str]) -> None:
        """Ticks these values and no others."""
        wanted = frozenset(values)
        for index in range(self.option_count):
            option = self.get_option_at_index(index)
            (self.select if option.value in wanted else self.deselect)(option)

    def action_complete(self) -> None:
        self.post_message(self.Completed(self))
