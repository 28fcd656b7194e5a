"""One of a few: what is asked, what is to be known about it, and the answers with the present one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.text import server_text


class PickDialog(ModalScreen[str | None]):
    """Gives back the name of the answer, or None. `answers` are names and titles; `now` is the present one."""

    DEFAULT_CSS: ClassVar[str] = """
    PickDialog {
        align: center middle;
        & > Vertical { width: 72; max-width: 95%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & OptionList, & OptionList:focus {
            height: auto; max-height: 12; border: none; padding: 0; background: $surface;
        }
        & VerticalScroll { height: auto; max-height: 10; scrollbar-size-vertical: 1; }
        & .pick--title { height: auto; text-style: bold; }
        & .pick--body { height: auto; margin: 0 0 1 0; }
        & .pick--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), id="pick.leave"),
    ]

    def __init__(
        self, title: str, answers: Sequence[tuple[str, str]], *, now: str = "", body: str = ""
    ) -> None:
        super().__init__()
        self.question = title
        self.answers = list(answers)
        self.now = now
        self.body = body

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="pick--title")
            if self.body:
                with VerticalScroll(can_focus=False):
                    yield Static(server_text(self.body, multiline=True), classes="pick--body")
            yield OptionList(*(Option(server_text(title)) for _name, title in self.answers))
            yield Static(server_text(_("↑ ↓ choose · Enter takes it · Esc back")), classes="pick--keys")

    def on_mount(self) -> None:
        menu = self.query_one(OptionList)
        names = [name for name, _title in self.answers]
        menu.highlighted = names.index(self.now) if self.now in names else 0
        menu.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self.answers[event.option_index][0])

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
