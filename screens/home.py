"""The first screen: where one can go from here, each with the word that leads there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from screens.base import ErpScreen
from screens.generic.words import register_resources
from screens.registry import SCREENS, ScreenEntry
from widgets.text import server_text
from widgets.waiting import LOOK_UP_GROUP

WORD_COLUMN = 24


class HomeScreen(ErpScreen[None]):
    """A list of the screens that the menu offers; Enter opens one."""

    word: ClassVar[str] = "home"
    scope: ClassVar[str] = "home"

    def __init__(self) -> None:
        super().__init__()
        self.heading = _("Home")

    def compose_body(self) -> Iterable[Any]:
        """One line a screen: its word, then its title."""
        yield OptionList(*self._options(SCREENS))

    def on_mount(self) -> None:
        self._learn_what_there_is()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def _learn_what_there_is(self) -> None:
        """Gives every resource of the server its word, and leaves out what this person may not list."""
        try:
            meta = await self.api.meta()
        except ErpError as error:
            self.notify(error.sentence(), severity="warning")
            return
        register_resources(SCREENS, meta)
        seen = {name for name, entry in meta.resources.items() if entry.may.list}
        menu = self.query_one(OptionList)
        menu.clear_options()
        menu.add_options(
            self._options(entry for entry in SCREENS if entry.resource is None or entry.resource in seen)
        )

    @staticmethod
    def _options(entries: Iterable[ScreenEntry]) -> list[Option]:
        return [
            Option(server_text(f"{entry.word:<{WORD_COLUMN}}{_(entry.title)}"), id=entry.word)
            for entry in entries
            if entry.menu
        ]

    @on(OptionList.OptionSelected)
    def open_chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line opens its screen."""
        if event.option_id:
            self.host.open_word(event.option_id)


def open_home(_arguments: Sequence[str]) -> HomeScreen:
    """The home screen; what follows its word is ignored."""
    return HomeScreen()
