"""The choice where one code stands for several things: a lot of two products, a place called like an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from screens.scanning.routing import TITLES
from widgets.text import server_text

if TYPE_CHECKING:
    from erp_tui.core.scanning.candidates import Candidate


class ScanChoice(ModalScreen["Candidate | None"]):
    """Gives back what was chosen, or None when it was left."""

    DEFAULT_CSS: ClassVar[str] = """
    ScanChoice {
        align: center middle;
        & > Vertical { width: 64; max-width: 95%; height: auto; max-height: 90%; padding: 1 2;
                       border: heavy $primary; background: $surface; }
        & .choice--title { text-style: bold; height: auto; margin: 0 0 1 0; }
        & OptionList, & OptionList:focus { height: auto; max-height: 12; border: none; padding: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back without choosing"), id="scan_choice.leave")
    ]

    def __init__(self, code: str, candidates: Sequence[Candidate]) -> None:
        super().__init__()
        self.code = code
        self.candidates = list(candidates)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                server_text(_("{code} stands for several things. Which one?").format(code=self.code)),
                classes="choice--title",
            )
            yield OptionList(*(Option(server_text(_line(each))) for each in self.candidates))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.candidates[event.option_index])

    def action_leave(self) -> None:
        """Esc: nothing is chosen."""
        self.dismiss(None)


def _line(candidate: Candidate) -> str:
    kind = _(TITLES[candidate.kind]) if candidate.kind in TITLES else candidate.resource
    of = f" · {candidate.product_code}" if candidate.product_code else ""
    return f"{kind}: {candidate.label}{of}"
