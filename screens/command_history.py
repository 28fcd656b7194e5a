"""F9: the commands entered before, the latest first; one that is chosen is run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.text import server_text

SHOWN = 50


class CommandHistory(ModalScreen[str | None]):
    """Gives back the command that was chosen, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    CommandHistory OptionList, CommandHistory OptionList:focus {
        height: auto; max-height: 16; border: none; padding: 0; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,f9", "leave", _("Back"), id="command_history.leave")
    ]

    def __init__(self, commands: Sequence[str]) -> None:
        super().__init__()
        self._commands = latest_once(commands)[:SHOWN]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Commands"))
            panel.border_subtitle = server_text(_("Enter runs one again · Esc closes"))
            if self._commands:
                yield OptionList(*(Option(server_text(f":{line}")) for line in self._commands))
            else:
                yield Static(
                    server_text(_("No command was entered yet. : or Ctrl+G opens the command line."))
                )

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._commands[event.option_index])

    def action_leave(self) -> None:
        """Back without running anything."""
        self.dismiss(None)


def latest_once(commands: Iterable[str]) -> list[str]:
    """Each command once, the one entered last first."""
    return list(dict.fromkeys(reversed(list(commands))))
