"""The list behind F4 on a field with a few allowed values: all of them, narrowed by what is typed, one to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.fields.text_field import FieldInput
from widgets.text import server_text


class ChoiceDialog(ModalScreen[str | None]):
    """Gives back the value that was taken, or None. `choices` are values and titles; `now` is under the cursor."""

    DEFAULT_CSS: ClassVar[str] = """
    ChoiceDialog {
        align: center middle;
        & > Vertical { width: 60; max-width: 95%; height: auto; max-height: 90%; border: heavy $primary;
                       background: $surface; padding: 0 1; }
        & FieldInput { width: 1fr; margin: 0 0 1 0; }
        & OptionList { height: auto; max-height: 14; border: none; padding: 0; background: $surface; }
        & .choice--title { height: auto; text-style: bold; }
        & .choice--keys { height: auto; text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back without choosing"), id="choices.leave"),
        Binding("up", "move('cursor_up')", show=False, id="choices.up"),
        Binding("down", "move('cursor_down')", show=False, id="choices.down"),
        Binding("pageup", "move('page_up')", show=False, id="choices.page_up"),
        Binding("pagedown", "move('page_down')", show=False, id="choices.page_down"),
    ]

    def __init__(
        self, title: str, choices: Sequence[tuple[str, str]], *, now: str = "", text: str = ""
    ) -> None:
        super().__init__()
        self.question = title
        self.choices = list(choices)
        self.now = now
        self.typed = FieldInput()
        self.typed.value = text
        self.typed.placeholder = _("type to narrow the list")
        self.menu = OptionList()
        self.menu.can_focus = False
        self.matching: list[tuple[str, str]] = []
        self._narrowed_to = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(server_text(self.question), classes="choice--title")
            yield self.typed
            yield self.menu
            yield Static(server_text(_("↑ ↓ choose · Enter takes it · Esc back")), classes="choice--keys")

    def on_mount(self) -> None:
        self._narrow()
        self.typed.focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow_if_changed()

    def _narrow_if_changed(self) -> None:
        if self.typed.value != self._narrowed_to:
            self._narrow()

    def _narrow(self) -> None:
        self._narrowed_to = self.typed.value
        wanted = self.typed.value.strip().casefold()
        self.matching = [
            (value, title)
            for value, title in self.choices
            if wanted in title.casefold() or wanted in value.casefold()
        ]
        # What begins with it comes first, so that Enter takes what a person means by the first letters.
        self.matching.sort(
            key=lambda each: wanted != "" and not any(part.casefold().startswith(wanted) for part in each)
        )
        self.menu.clear_options()
        if not self.matching:
            self.menu.add_option(Option(_("Nothing matches. Shorten the text above."), disabled=True))
            return
        self.menu.add_options([Option(server_text(title)) for _value, title in self.matching])
        values = [value for value, _title in self.matching]
        self.menu.highlighted = values.index(self.now) if self.now in values and not wanted else 0

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """From the list of what is typed by now, also where word of the last letter is still on its way."""
        event.stop()
        self._narrow_if_changed()
        highlighted = self.menu.highlighted
        if highlighted is not None and highlighted < len(self.matching):
            self.dismiss(self.matching[highlighted][0])
        else:
            self.app.bell()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self.matching[event.option_index][0])

    def action_move(self, action: str) -> None:
        """The arrows move in the list while the text keeps the focus."""
        getattr(self.menu, f"action_{action}")()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)
