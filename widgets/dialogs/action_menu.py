"""What can be done with a record, and why not where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.text import server_text


class MenuItem(NamedTuple):
    """An action; `reason` says why it is disabled, empty where it is not."""

    name: str
    title: str
    reason: str = ""


class ActionMenu(ModalScreen[str | None]):
    """Gives back the name of the chosen action. A disabled one stays in the list and says why."""

    DEFAULT_CSS: ClassVar[str] = """
    ActionMenu {
        align: center middle;
        & > Vertical { width: 70; max-width: 95%; height: auto; max-height: 80%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus {
            height: auto; max-height: 16; border: none; padding: 0; background: $surface;
        }
        & .menu--title { height: auto; text-style: bold; }
        & .menu--reason { height: auto; min-height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="menu.leave"),
    ]

    def __init__(self, title: str, items: Sequence[MenuItem]) -> None:
        super().__init__()
        self.heading = title
        self.items = list(items)
        self._reason = Static(classes="menu--reason")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="menu--title")
            yield OptionList(*(Option(self._drawn(item), id=item.name) for item in self.items))
            yield self._reason

    @staticmethod
    def _drawn(item: MenuItem) -> Content:
        if not item.reason:
            return server_text(item.title)
        return Content.assemble(
            server_text(item.title, "strike"), "  ", server_text(f"({item.reason})", "dim")
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        item = self.items[event.option_index]
        if item.reason:
            self.app.bell()
            sentence = _("{action} cannot be done now: {reason}").format(
                action=item.title, reason=item.reason
            )
            self._reason.update(server_text(sentence))
            return
        self.dismiss(item.name)

    def action_leave(self) -> None:
        self.dismiss(None)
