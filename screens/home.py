"""The first screen: where one can go from here, each with the word that leads there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.registry import SCREENS
from widgets.text import server_text

WORD_COLUMN = 24


class HomeScreen(ErpScreen[None]):
    """A list of the screens that the menu offers; Enter opens one."""

    word: ClassVar[str] = "home"
    scope: ClassVar[str] = "home"

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Home")

    def compose_body(self) -> Iterable[Any]:
        """One line a screen: its title, then its word."""
        yield OptionList(
            *(
                Option(server_text(f"{entry.word:<{WORD_COLUMN}}{_(entry.title)}"), id=entry.word)
                for entry in SCREENS
                if entry.menu
            )
        )

    @on(OptionList.OptionSelected)
    def open_chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line opens its screen."""
        if event.option_id:
            self.host.open_word(event.option_id)


def open_home(_arguments: Sequence[str]) -> HomeScreen:
    """The home screen; what follows its word is ignored."""
    return HomeScreen()
