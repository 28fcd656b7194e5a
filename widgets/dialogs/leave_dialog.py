"""Before a form with something typed in it is left: keep it as a draft, throw it away, or go on."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _

Leaving = Literal["keep", "throw away"]


class LeaveDialog(ModalScreen[Leaving | None]):
    """Gives back what shall become of the typing, None to go on with it. Enter alone decides nothing."""

    DEFAULT_CSS: ClassVar[str] = """
    LeaveDialog {
        align: center middle;
        & > Vertical { width: 64; max-width: 95%; height: auto; max-height: 90%; padding: 1 2;
                       border: heavy $primary; background: $surface; }
        & Static { height: auto; }
        & .leave--title { text-style: bold; margin: 0 0 1 0; }
        & .leave--keys { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,n", "answer", _("Go on typing"), id="leave.stay"),
        Binding("f3,k", "answer('keep')", _("Leave, keep the draft"), id="leave.keep"),
        Binding("y", "answer('throw away')", _("Throw away"), id="leave.throw_away"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(_("Throw away what you typed?")), classes="leave--title")
            keys = _("y: throw it away · k or F3: leave and keep it as a draft · n or Esc: go on typing")
            yield Static(Content(keys), classes="leave--keys")

    def action_answer(self, what: Leaving | None = None) -> None:
        self.dismiss(what)
