"""What every screen is: a title bar, a body, a status line and the keys that work here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from widgets.command_bar import CommandBar
from widgets.key_bar import KeyBar, KeyLabel
from widgets.status_line import Status, StatusLine
from widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from erp_tui.core.api import Api

Result = TypeVar("Result")


class Keys(Protocol):
    """The part of the key queue that a screen may use."""

    def hold(self, reason: str) -> AbstractContextManager[None]:
        """Keys wait while the block runs; an error in it throws them away and rings the bell."""

    def flush(self, reason: str) -> int:
        """Throws away what was typed ahead, rings the bell and says why. Returns how many keys were lost."""


class Host(Protocol):
    """What the app offers its screens; `ErpApp` is the only one."""

    api: Api
    keys: Keys
    status: Status
    command_history: list[str]

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""

    def open_word(self, line: str) -> None:
        """Opens what the command line would: `po 10023`."""


class Foot(Vertical):
    """The lines at the bottom: the command line when it is open, the status, the keys."""


class ErpScreen(Screen[Result]):
    """A full screen. A subclass sets `word`, `heading` and `scope` and gives `compose_body`.

    `word` is what opens it on the command line; `scope` names the group of the table of actions whose keys
    work here beside the global ones.
    """

    word: ClassVar[str] = ""
    scope: ClassVar[str] = ""
    heading: str = ""

    @property
    def host(self) -> Host:
        """The app, as far as a screen may know it."""
        return cast("Host", self.app)

    @property
    def api(self) -> Api:
        """The client of the server; call it only in workers and awaited handlers."""
        return self.host.api

    @property
    def keys(self) -> Keys:
        """The ordered key queue."""
        return self.host.keys

    def compose(self) -> ComposeResult:
        yield TitleBar(self.heading, self.shown_word())
        yield from self.compose_body()
        with Foot():
            yield CommandBar(self.host.command_history)
            yield StatusLine()
            yield KeyBar()

    def compose_body(self) -> Iterable[Any]:
        """The widgets between the title bar and the status line."""
        return ()

    def shown_word(self) -> str:
        """The word at the top right, with its arguments: `po 10023`."""
        return self.word

    def retitle(self, heading: str) -> None:
        """Changes the heading once the record is known."""
        self.heading = heading
        bar = self.query_one(TitleBar)
        bar.heading = heading
        bar.word = self.shown_word()

    def show_status(self, status: Status) -> None:
        """Hands the app's status to the line at the foot."""
        for line in self.query(StatusLine):
            line.status = status

    def refresh_keys(self) -> None:
        """Asks again which keys work here; call it when that changed."""
        for bar in self.query(KeyBar):
            bar.labels = tuple(self.host.key_labels(self))

    def on_screen_resume(self) -> None:
        self.show_status(self.host.status)
        self.refresh_keys()
