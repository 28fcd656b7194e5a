"""What every screen is: a title bar, a body, a status line and the keys that work here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSet, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.notifications import SeverityLevel
from textual.screen import Screen

from erp_tui.core.actions import ACTIONS
from erp_tui.core.keys.action import GLOBAL, TYPING_SCOPES
from erp_tui.core.keys.terminal_keys import is_printable
from screens.painting import FrontCompositor
from widgets.frame.alert_line import AlertLine
from widgets.frame.command_bar import CommandBar
from widgets.frame.key_bar import KeyBar, KeyLabel
from widgets.frame.status_line import Status, StatusLine
from widgets.frame.title_bar import TitleBar
from widgets.frame.too_small import TooSmall
from widgets.frame.tour_line import TourLine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from textual.worker import Worker

    from erp_tui.core.kept.draft_sync import DraftSync
    from erp_tui.core.kept.drafts import Drafts
    from erp_tui.core.kept.favourites import Favourites
    from erp_tui.core.kept.known_codes import KnownCodes
    from erp_tui.core.kept.outbox import Outbox
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import ChangeEvent, Meta, SignedIn
    from erp_tui.core.scanning.config import ScannerConfig
    from erp_tui.core.scanning.reading import Scan
    from erp_tui.core.sessions.session import Session
    from erp_tui.core.sessions.shared_terminal import Enrolment, SharedTerminal

Result = TypeVar("Result")

JUST_READ = 3.0
"""Seconds after a reading in which a change is taken in at once: most likely it is the person's own, made on
the screen that was just left."""


NO_KEY = "no_key_of_"
"""Begins the name of a key that nobody can press."""


def typing_id(action_id: str) -> str:
    """The id of an action's binding on screens that take typing, where it has no printable key."""
    return f"{action_id}@typing"


def scope_bindings(scope: str) -> list[BindingType]:
    """The keys of a scope's actions and the global ones; where scans are taken, none that prints.

    An action that comes without a key is bound to one that no terminal sends: a person's own takes its place.
    """
    typing = scope in TYPING_SCOPES
    bindings: list[BindingType] = []
    for action in ACTIONS.in_scope(scope):
        keys = [key for key in action.keys if not typing or not is_printable(key)]
        id = typing_id(action.id) if typing else action.id
        if action.each_key:
            bindings += [
                Binding(key, f"app.act('{action.id}', '{key}')", action.title, id=f"{id}.{key}")
                for key in keys
            ]
        else:
            keys = keys or [f"{NO_KEY}{action.id}"]
            bindings.append(Binding(",".join(keys), f"app.act('{action.id}')", action.title, id=id))
    return bindings


class Keys(Protocol):
    """The part of the key queue that a screen may use; `scanner` is how the person's gun is set."""

    scanner: ScannerConfig

    @property
    def read_at(self) -> float:
        """When the key or scan that is being worked on was read (monotonic seconds)."""

    @property
    def waiting(self) -> int:
        """How many keys were read and are not worked on yet."""

    def hold(self, reason: str) -> AbstractContextManager[None]:
        """Keys wait while the block runs; an error in it throws them away and rings the bell."""

    def flush(self, reason: str, *, shown: bool = False) -> int:
        """Throws away what was typed ahead, rings the bell and says why, unless the screen has `shown` it.
        Returns how many keys were lost."""


class Tones(Protocol):
    """How a scan sounds."""

    def good(self) -> None:
        """What was scanned was taken."""

    def bad(self) -> None:
        """What was scanned was not taken."""


class DraftSource(Protocol):
    """Something with unsaved typing: a form or a wizard."""

    def save_draft(self) -> None:
        """Writes the draft to disk at once and awaits nothing: the event loop may never run again."""


class Feed(Protocol):
    """The part of the change feed that a screen may use."""

    def subscribe(
        self, resource: str, callback: Callable[[Sequence[ChangeEvent]], None]
    ) -> Callable[[], None]:
        """Calls back with the events of a resource. Returns what ends it."""


class Lock(Protocol):
    """The lock of the terminal, as far as its screen may know it. What fails raises `ErpError`."""

    @property
    def since(self) -> datetime | None:
        """When the terminal was locked, in UTC; None while it is open."""

    @property
    def enrolment(self) -> Enrolment | None:
        """This machine as a shared terminal; None where it is none."""

    @property
    def shared(self) -> SharedTerminal | None:
        """Where the enrolment of this machine is kept."""

    async def open(self, secret: str, totp: str | None = None) -> None:
        """The person who locked it is back."""

    async def change(self, who: str, secret: str, totp: str | None = None) -> None:
        """Somebody else takes the terminal over."""


class Host(Protocol):
    """What the app offers its screens; `ErpApp` is the only one.

    `api`, `drafts` and `outbox` are there once somebody is signed in, `draft_sources` holds every open form,
    `held` the keys of the intents that an open form settles itself, `meta` what this person may see and do,
    once the server has told. `draft_sync` is None where there is no
    server to keep drafts.
    """

    api: Api
    session: Session | None
    drafts: Drafts
    outbox: Outbox
    locking: Lock
    keys: Keys
    tones: Tones
    feed: Feed
    held: MutableSet[str]
    status: Status
    favourites: Favourites | None
    meta: Meta | None
    draft_sources: MutableSet[DraftSource]
    draft_sync: DraftSync | None
    known_codes: KnownCodes | None

    def drafts_due(self) -> None:
        """To be called when a draft was saved or thrown away: the server hears of it when the typing rests."""

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""

    def open_word(self, line: str) -> None:
        """Opens what the command line would: `po 10023`."""

    def interrupt(self, dialog: Screen[Any], callback: Callable[[Any], None] | None = None) -> None:
        """Shows a dialog that no key asked for, at the next pause; it takes no key typed before it was seen."""

    def signed_in(self, answer: SignedIn, notice: str = "") -> None:
        """To be called by the sign-in screen when the server has let somebody in; `notice` is told to them."""

    def leave_screen(self) -> None:
        """Back to the screen before this one."""

    def outbox_changed(self) -> None:
        """To be called when an intent was left unsettled, or is settled: the status line counts anew."""

    def settle_outbox(self) -> Worker[None] | None:
        """Asks the server what became of everything that is not settled, and tells it. Returns the work."""


class Foot(Vertical):
    """The lines at the bottom: the command line when it is open, the status, the keys."""


class ErpScreen(Screen[Result]):
    """A full screen. A subclass sets `word`, `heading` and `scope` and gives `compose_body`.

    `word` is what opens it on the command line; `scope` names the group of the table of actions whose keys
    work here beside the global ones.
    """

    word: ClassVar[str] = ""
    scope: ClassVar[str] = GLOBAL
    heading: str = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._compositor = FrontCompositor()
        self._subscriptions: list[Callable[[], None]] = []
        self._deliveries: list[Callable[[], None]] = []
        self._postponed: list[Callable[[], None]] = []

    def __init_subclass__(cls, **options: Any) -> None:
        cls.BINDINGS = [*scope_bindings(cls.scope), *cls.__dict__.get("BINDINGS", ())]
        super().__init_subclass__(**options)

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
            yield TourLine()
            yield AlertLine()
            yield CommandBar()
            yield StatusLine()
            yield KeyBar()
        yield TooSmall()

    def compose_body(self) -> Iterable[Any]:
        """The widgets between the title bar and the status line."""
        return ()

    def shown_word(self) -> str:
        """The word at the top right, with its arguments: `po 10023`."""
        return self.word

    @property
    def holds_work(self) -> bool:
        """Whether closing this screen, far beneath others, would undo something that the person did on it."""
        return False

    def says(self, _sentence: str) -> bool:
        """Whether the screen itself shows why a key did nothing; otherwise it stands at the corner."""
        return False

    def retitle(self, heading: str) -> None:
        """Changes the heading once the record is known."""
        self.heading = heading
        bar = self.query_one(TitleBar)
        bar.heading = heading
        bar.word = self.shown_word()

    def show_status(self, status: Status) -> None:
        """Hands the app's status to the lines at the foot."""
        for line in self.query(StatusLine):
            line.status = status
        for tour in self.query(TourLine):
            tour.sentence = status.tour
        for alert in self.query(AlertLine):
            alert.grave = status.grave
            alert.sentence = status.alert

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A message at the corner of the screen. Never markup unless asked: most of it quotes data."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def why_not(self, action_id: str) -> str:
        """Why an action of this screen cannot be taken just now, as a sentence; empty when it can."""
        return ""

    def key_title(self, action_id: str) -> str:
        """What the key of an action is called here just now, where that says more than its own title; else empty."""
        return ""

    def take_scan(self, scan: Scan, *, typing: bool) -> bool:
        """A code was scanned while this screen is on top; `typing` where a field takes letters now.

        Returns whether the screen takes it. Else it is typed into that field, and where there is none, what was
        scanned is opened.
        """
        return False

    def scan_unknown(self, scan: Scan) -> bool:
        """Nothing bears the code that was scanned here. Returns whether the screen does something with it."""
        return False

    def follow_changes(self, resource: str, changed: Callable[[Sequence[ChangeEvent]], None]) -> None:
        """Calls `changed` when records of a resource changed: at once, or when this screen is on top again."""
        waiting: list[ChangeEvent] = []

        def deliver() -> None:
            if waiting and self.is_active:
                events = list(waiting)
                waiting.clear()
                changed(events)

        def take(events: Sequence[ChangeEvent]) -> None:
            waiting.extend(events)
            deliver()

        self._subscriptions.append(self.host.feed.subscribe(resource, take))
        self._deliveries.append(deliver)

    def when_on_top(self, act: Callable[[], None]) -> None:
        """Does it now, or when this screen is on top again: an answer that comes late must not close, or cover,
        what the person has gone to since."""
        if self.app.screen is self:
            act()
        else:
            self._postponed.append(act)

    def leave(self) -> None:
        """Back to the screen before this one, once nothing stands over it."""
        self.when_on_top(self.host.leave_screen)

    def _catch_up(self) -> None:
        while self._postponed and self.app.screen is self:
            self._postponed.pop(0)()

    def refresh_keys(self) -> None:
        """Asks again which keys work here; call it when that changed."""
        for bar in self.query(KeyBar):
            bar.labels = tuple(self.host.key_labels(self))

    def on_screen_resume(self) -> None:
        self.show_status(self.host.status)
        self.refresh_keys()
        for deliver in self._deliveries:
            deliver()
        if self._postponed:
            self.call_later(self._catch_up)

    def on_descendant_focus(self) -> None:
        """Some keys, F4 among them, belong to what is focused."""
        self.refresh_keys()

    def on_unmount(self) -> None:
        for unsubscribe in self._subscriptions:
            unsubscribe()
