"""Keeping a screen on a digit: which digit, and what is there now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from erp_tui.core.i18n import _
from erp_tui.core.kept.favourites import SLOTS
from widgets.text import server_text


class Chosen(NamedTuple):
    """A slot, and the command line that it opens from now on."""

    slot: int
    line: str


class FavouriteDialog(ModalScreen[Chosen | None]):
    """A digit keeps the line there, in place of what it opened; Delete and a digit empty it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", show=False, id="favourite.leave"),
        Binding("delete", "empty", show=False, id="favourite.empty"),
    ]

    def __init__(self, kept: Mapping[int, str], line: str) -> None:
        super().__init__()
        self._kept = kept
        self._line = line
        self._emptying = False
        self._asked = Static()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Favourites"))
            panel.border_subtitle = server_text(_("1-9 chooses · Del and a digit empties · Esc closes"))
            yield self._asked
            yield Static("")
            for slot in SLOTS:
                yield Static(server_text(f"  {slot}  {self._kept.get(slot, '')}"))

    def on_mount(self) -> None:
        self._ask()

    def _ask(self) -> None:
        sentence = (
            _("Which digit is to be emptied?")
            if self._emptying
            else _("On which digit of the first screen is “{line}” to be kept?").format(line=self._line)
        )
        self._asked.update(server_text(sentence, "bold"))

    def on_key(self, event: events.Key) -> None:
        """The digit."""
        if event.character and event.character in "123456789":
            event.stop()
            self.dismiss(Chosen(int(event.character), "" if self._emptying else self._line))

    def action_empty(self) -> None:
        """Del: the next digit is emptied; once more, and it is kept after all."""
        self._emptying = not self._emptying
        self._ask()

    def action_leave(self) -> None:
        """Nothing changes."""
        self.dismiss(None)
