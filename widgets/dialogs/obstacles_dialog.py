"""Why something cannot be taken back: each obstacle with its reason, and the way to the change before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text

Answer = Literal["earlier"]


class ObstaclesDialog(ModalScreen[Answer | None]):
    """Gives back whether to look at the change before this one. `obstacles` are names and reasons."""

    DEFAULT_CSS: ClassVar[str] = """
    ObstaclesDialog {
        align: center middle;
        & > Vertical { width: 90%; height: auto; max-height: 85%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & .obstacles--title { height: auto; text-style: bold; margin: 0 0 1 0; }
        & VerticalScroll { height: auto; max-height: 14; }
        & VerticalScroll > Static { height: auto; }
        & .obstacles--keys { height: 1; text-style: dim; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,enter", "answer(False)", _("Back"), id="obstacles.back"),
        Binding("f7", "answer(True)", _("The one before"), id="obstacles.earlier"),
    ]

    def __init__(self, title: str, obstacles: Sequence[tuple[str, str]], *, earlier: bool = False) -> None:
        super().__init__()
        self.question = title
        self.obstacles = obstacles
        self.earlier = earlier

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question, multiline=True), classes="obstacles--title")
            with VerticalScroll():
                lines: list[Content] = []
                for name, reason in self.obstacles:
                    lines += [server_text(f"✗ {name}".rstrip()), server_text(f"    {reason}", multiline=True)]
                yield Static(Content("\n").join(lines))
            keys = (
                _("Esc goes back · F7 looks at what you did before that")
                if self.earlier
                else _("Esc goes back")
            )
            yield Static(keys, classes="obstacles--keys")

    def action_answer(self, earlier: bool) -> None:
        self.dismiss("earlier" if earlier and self.earlier else None)
