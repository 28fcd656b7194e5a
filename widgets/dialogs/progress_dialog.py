"""How far something is that takes a while, and Esc to stop it."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from widgets.text import server_text

SHOWN_EVERY = 0.5
"""Seconds: oftener nobody reads it, and every line costs bytes."""


class ProgressDialog(ModalScreen[bool]):
    """Shows what `tell` is given. Gives back False when Esc stopped it; who opened it dismisses it otherwise."""

    DEFAULT_CSS: ClassVar[str] = """
    ProgressDialog {
        align: center middle;
        & > Vertical { width: 60; max-width: 95%; height: auto; border: heavy $primary; background: $surface;
                       padding: 0 1; }
        & .progress--title { height: auto; text-style: bold; }
        & .progress--line { height: 1; }
        & .progress--keys { height: 1; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "stop", _("Stop"), id="progress.stop"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title
        self._line = Static(classes="progress--line")
        self._shown_at = 0.0
        self._done = self._shown = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.heading), classes="progress--title")
            yield self._line
            yield Static(server_text(_("Esc stops it; nothing is kept then.")), classes="progress--keys")

    def tell(self, text: str) -> None:
        """Says how far it is; what comes too soon after the last is left out."""
        now = monotonic()
        if now - self._shown_at >= SHOWN_EVERY:
            self._shown_at = now
            self._line.update(server_text(text))

    def finish(self) -> None:
        """It is done: gives back True, also where it was done before this could be shown."""
        self._done = True
        if self._shown:
            self._leave()

    def on_mount(self) -> None:
        self._shown = True
        if self._done:
            self.call_later(self._leave)

    def _leave(self) -> None:
        if self.is_current:
            self.dismiss(True)  # noqa: FBT003 - the result of a dialog

    def action_stop(self) -> None:
        """Esc."""
        self.dismiss(False)  # noqa: FBT003 - the result of a dialog
