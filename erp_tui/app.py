"""The full-screen client: holds what lives as long as the session, and knows no screen by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import reactive

import themes
from screens.base import ErpScreen
from screens.registry import SCREENS, UnknownWord
from widgets.command_bar import CommandBar
from widgets.key_bar import KeyBar, KeyLabel
from widgets.status_line import Status

if TYPE_CHECKING:
    from erp_tui.core.api import Api


class ErpApp(App[int]):
    """The app. Screens reach it as `screens.base.Host`."""

    CSS_PATH = themes.BASE_STYLES
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon,ctrl+g", "command_line", id="command_line"),
    ]

    status: reactive[Status] = reactive(Status, init=False)
    api: Api

    def __init__(self, profile_name: str = "", options: Any = None) -> None:
        super().__init__()
        self.profile_name = profile_name
        self.options = options
        self.command_history: list[str] = []
        self.animation_level = "none"
        for name in themes.names():
            self.register_theme(themes.load(name))
        self.theme = themes.DEFAULT

    def on_mount(self) -> None:
        self.status = Status(profile=self.profile_name)
        self.open_word("home")

    def watch_status(self, status: Status) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ErpScreen):
                screen.show_status(status)

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""
        return ()

    def open_word(self, line: str) -> None:
        """Opens the screen that a command line names; an unknown word is answered with a sentence."""
        try:
            entry, arguments = SCREENS.resolve(line)
        except UnknownWord as unknown:
            self.notify(str(unknown), severity="error", markup=False)
            self.bell()
            return
        self.push_screen(entry.open(arguments))

    def action_command_line(self) -> None:
        """Opens the command line of the screen on top."""
        for bar in self.screen.query(CommandBar):
            bar.open(SCREENS.words())

    @on(CommandBar.Submitted)
    def run_command(self, event: CommandBar.Submitted) -> None:
        """A command was entered."""
        self.open_word(event.line)

    @on(KeyBar.Pressed)
    async def run_label(self, event: KeyBar.Pressed) -> None:
        """A label of the key bar was clicked."""
        await self.run_action(event.action)


def run(profile_name: str, options: Sequence[str] | Any = None) -> int:
    """Runs the client until it is left. Returns the exit status for the shell."""
    return ErpApp(profile_name, options).run() or 0
