"""F9: the commands entered before, the latest first, narrowed by typing; one that is chosen is run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.commands.completion import folded
from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class Chosen(NamedTuple):
    """The command that was chosen, and whether it goes to the command line to be changed first."""

    line: str
    to_change: bool = False


class CommandHistory(ModalScreen[Chosen | None]):
    """Typing narrows, Enter runs, Tab takes the command to the command line, Delete forgets it."""

    DEFAULT_CSS: ClassVar[str] = """
    CommandHistory OptionList, CommandHistory OptionList:focus {
        height: auto; max-height: 14; border: none; padding: 0; background: $surface;
    }
    CommandHistory FieldInput { width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3,f9", "leave", _("Back"), id="command_history.leave"),
        Binding("up", "step(-1)", show=False, id="command_history.up"),
        Binding("down", "step(1)", show=False, id="command_history.down"),
        Binding("tab", "change", show=False, id="command_history.change"),
        Binding("delete", "forget", show=False, priority=True, id="command_history.forget"),
    ]

    def __init__(self, commands: Sequence[str], forget: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._commands = list(reversed(commands))
        self._forget = forget
        self._listed: list[str] = []
        self._listed_for: str | None = None
        self._search = FieldInput()
        self._list = OptionList()
        self._list.can_focus = False
        self._said = Static()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Commands"))
            panel.border_subtitle = server_text(_("type to narrow · Enter runs · Tab edits · Del forgets"))
            yield self._search
            yield self._said
            yield self._list

    def on_mount(self) -> None:
        self._search.focus()
        self._narrow()

    @on(Input.Changed)
    def _narrow(self) -> None:
        if self._search.value != self._listed_for:
            self._show()

    def _show(self) -> None:
        """The commands that hold every word typed, however it is written."""
        self._listed_for = self._search.value
        words = folded(self._search.value).split()
        self._listed = [line for line in self._commands if all(word in folded(line) for word in words)]
        self._list.clear_options()
        self._list.add_options(Option(server_text(f":{line}")) for line in self._listed)
        self._list.highlighted = 0 if self._listed else None
        none = (
            _("No command holds this.")
            if self._commands
            else _("No command was entered yet. : or Ctrl+G opens the command line.")
        )
        self._said.update(server_text("" if self._listed else none))
        self._said.display = not self._listed

    def action_step(self, step: int) -> None:
        """Up and down in the list, while the cursor stays where one types."""
        if self._listed:
            place = (self._list.highlighted or 0) + step
            self._list.highlighted = min(max(place, 0), len(self._listed) - 1)

    @on(Input.Submitted)
    def _run(self, event: Input.Submitted) -> None:
        event.stop()
        self._answer(to_change=False)

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self._answer(to_change=False)

    def action_change(self) -> None:
        """Tab."""
        self._answer(to_change=True)

    def _answer(self, *, to_change: bool) -> None:
        # In one burst with what was typed, the list may not have been narrowed yet.
        self._narrow()
        place = self._list.highlighted
        if place is None:
            self.app.bell()
        else:
            self.dismiss(Chosen(self._listed[place], to_change))

    def action_forget(self) -> None:
        """Del at the end of what was typed: the command is taken out of the history for good."""
        place = self._list.highlighted
        if self._search.cursor_position < len(self._search.value):
            self._search.action_delete_right()
        elif place is not None:
            line = self._listed[place]
            self._commands.remove(line)
            if self._forget is not None:
                self._forget(line)
            self._show()
            self._list.highlighted = min(place, len(self._listed) - 1) if self._listed else None

    def action_leave(self) -> None:
        """Back without running anything."""
        self.dismiss(None)
