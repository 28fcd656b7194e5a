"""`:theme`: the themes, each shown on the screen beneath as one passes over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from widgets.table.row_options import RowOptions
from widgets.text import server_text


class ThemeChooser(ModalScreen[str | None]):
    """Gives back the name of the theme, None where it is left. It stands at the side, so that one sees the rest."""

    DEFAULT_CSS: ClassVar[str] = """
    ThemeChooser OptionList, ThemeChooser OptionList:focus { height: auto; max-height: 12; border: none; padding: 0;
                                                            background: $surface; }
    ThemeChooser .theme-chooser--said { height: auto; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,f3", "leave", _("Back"), show=False, id="theme_chooser.leave"),
    ]

    def __init__(self, names: Sequence[str], now: str, preview: Callable[[str], str]) -> None:
        super().__init__()
        self._names = list(names)
        self._now = now
        self._preview = preview
        self._list = RowOptions(*(Option(server_text(name), id=name) for name in self._names))
        self._said = Static(classes="theme-chooser--said")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as panel:
            panel.border_title = server_text(_("Theme"))
            panel.border_subtitle = server_text(_("Enter takes it · Esc leaves"))
            yield self._list
            yield self._said

    def on_mount(self) -> None:
        self._list.highlighted = self._names.index(self._now) if self._now in self._names else 0
        self._list.focus()

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        self._said.update(server_text(self._preview(str(event.option_id)), multiline=True))

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(str(event.option_id))

    def action_leave(self) -> None:
        """The theme before stays."""
        self.dismiss(None)
