"""The full-screen client: holds what lives as long as the session, and knows no screen by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableSet, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from textual import events, on
from textual.command import Provider
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.screen import Screen

import themes
from erp_tui import client_log
from erp_tui.commands.command_line import CommandApp
from erp_tui.commands.completions import RecordCandidates
from erp_tui.commands.help_commands import HelpApp
from erp_tui.commands.locking import Locking
from erp_tui.commands.look_commands import LooksApp
from erp_tui.commands.offered import OfferedActions
from erp_tui.commands.own_changes import OwnChangesApp
from erp_tui.commands.palette import ErpCommands
from erp_tui.commands.scans import Scans
from erp_tui.commands.trail import FIRST_SCREEN, Trail
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.live.draft_post import DraftPost
from erp_tui.live.faults import Faults, WatchedWorkers
from erp_tui.live.interruptions import Interruptions
from erp_tui.live.key_status import KeyStatus
from erp_tui.live.life import Life
from erp_tui.looks import Looks
from erp_tui.options import Options
from erp_tui.terminal.keys import KeyQueue
from erp_tui.terminal.line_filter import ControlCharacters
from erp_tui.terminal.signals import Departure, save_drafts
from erp_tui.terminal.tones import Tones
from screens.base import DraftSource, ErpScreen, Feed
from screens.blank import BlankScreen
from screens.registry import SCREENS
from widgets.frame.key_bar import KeyBar
from widgets.frame.status_line import Status

if TYPE_CHECKING:
    from erp_tui.core.kept.draft_sync import DraftSync
    from erp_tui.core.kept.drafts import Drafts
    from erp_tui.core.kept.known_codes import KnownCodes
    from erp_tui.core.kept.outbox import Outbox
    from erp_tui.core.remote.api import Api
    from erp_tui.core.remote.models import Meta, SignedIn
    from erp_tui.core.sessions.session import Session
    from widgets.dialogs.paste_report import PasteReport


class ErpApp(CommandApp, LooksApp, HelpApp, OwnChangesApp):
    """The app. Screens reach it as `screens.base.Host`."""

    CSS_PATH = themes.BASE_STYLES
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ErpCommands}
    ENABLE_COMMAND_PALETTE = True

    status: reactive[Status] = reactive(Status, init=False)
    api: Api
    drafts: Drafts
    outbox: Outbox
    draft_sync: DraftSync | None = None
    known_codes: KnownCodes | None = None

    def __init__(self, profile_name: str = "", options: Options | None = None) -> None:
        self._safe_filter = ControlCharacters()
        self.options = options or Options()
        self.looks = Looks(self, self.options.colours)
        self.faults = Faults(self)
        super().__init__()
        self._workers = WatchedWorkers(self, self.faults)
        self.profile_name = profile_name
        self.session: Session | None = self.options.session
        self._first_word = self.options.word
        self.meta: Meta | None = None
        self.record_candidates = RecordCandidates()
        self.draft_sources: WeakSet[DraftSource] = WeakSet()
        self.key_status = KeyStatus(self)
        self.keys = KeyQueue(
            self,
            deliver=super().on_event,
            changed=self.key_status.changed,
            flushed=self.key_status.flushed,
            scanned=Scans(self).take,
        )
        self.tones = Tones(self.bell, self.set_timer)
        self.offered = OfferedActions(self)
        self.trail = Trail(self)
        self.life = Life(self)
        self.locking = Locking(self)
        self.post = DraftPost(self)
        self.drafts_due = self.post.due
        self.feed: Feed = self.life.feed
        self.held: MutableSet[str] = self.life.held
        self.outbox_changed = self.life.count
        self.settle_outbox = self.life.settle
        self.departure = Departure(lambda: self.draft_sources, lambda: self.keys.at_rest)
        self.interruptions = Interruptions(self)
        self.interrupt = self.interruptions.show
        self._first_screen_speaks_anew = False
        self.animation_level = "none"
        self.set_reactive(ErpApp.status, Status(self.profile_name, read_only=self.options.read_only))
        self.looks.begin(self.options.theme, self.options.settings)

    # What Textual asks

    def get_driver_class(self) -> type[Driver]:
        """Our reader of the terminal where Textual would take its own."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from erp_tui.terminal.driver import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and the one that keeps data from steering the terminal."""
        return [*self.looks.filters(super().get_line_filters()), self._safe_filter]

    async def on_event(self, event: events.Event) -> None:
        """What a person does goes through the ordered queue, everything else straight on."""
        if isinstance(event, (events.InputEvent, events.Paste)) and not event.is_forwarded:
            await self.keys.accept(event)
        else:
            await super().on_event(event)

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
        if not self.locking.withhold(message, title=title, severity=severity, timeout=timeout, markup=markup):
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _handle_exception(self, error: Exception) -> None:
        """A crash saves every draft and leaves a report that shows no value of any variable."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self._exit_renderables.append(self.faults.ended_by(error))
        self._close_messages_no_wait()

    # Start and end

    def on_mount(self) -> None:
        self.faults.listen(asyncio.get_running_loop())
        self.screen_change_signal.subscribe(self, self.keys.screen_changed, immediate=True)
        self.screen_change_signal.subscribe(self, self.locking.screen_changed, immediate=True)
        self.screen_change_signal.subscribe(self, self._renew_first_screen, immediate=True)
        if not self.is_headless:
            self.departure.install(asyncio.get_running_loop())
        self.push_screen(BlankScreen())
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.run_worker(self._open_first_screen(), group="start", name="start", exit_on_error=True)

    async def _open_first_screen(self) -> None:
        """Loads what the first paint did not need, then shows the first screen. Keys wait for it."""
        from erp_tui.start import opened

        client_log.open_log()
        with self.keys.hold(_("starting")):
            try:
                session = self.session or await opened(self.options, self.profile_name)
            except ErpError as error:
                self.exit(2, message=error.sentence())
                return
            self.use_session(session)
            if not session.signed_in:
                self.ask_sign_in()
            elif not self.locking.begins_locked():
                await self.enter()

    def use_session(self, session: Session) -> None:
        """Speaks to the server of this session from now on."""
        from erp_tui.core.kept.draft_sync import DraftSync
        from erp_tui.preferences import apply_preferences
        from erp_tui.start import known_codes_of, scoped_files

        self.session = session
        self.api = session.api
        self.api.read_only = self.read_only
        self.drafts, self.outbox = scoped_files(session)
        self.use_commands(session)
        self.meta = None
        self.post.use(None if session.by_key else DraftSync(session.api, self.drafts))
        self.known_codes = known_codes_of(session, self.feed.subscribe)
        tokens, profile = session.api.tokens, session.profile
        self.status = replace(
            self.status,
            profile=profile.name,
            production=profile.production,
            colour=profile.colour,
            read_only=self.read_only,
            organization=tokens.organization if tokens else profile.organization,
            user=tokens.username if tokens else profile.username,
        )
        apply_preferences(self, session.settings)

    @property
    def read_only(self) -> bool:
        """Whether this client only looks, by its option or by the person's settings."""
        return self.options.read_only or bool(self.session and self.session.settings.get("read_only"))

    def signed_in(self, answer: SignedIn, notice: str = "") -> None:
        """To be called by the sign-in screen when the server has let somebody in; `notice` is told to them."""
        # By itself: the screen that calls is closed on the way, and what it awaits would end with it.
        self.locking.go_on_with(self._let_in(answer, notice))

    async def _let_in(self, answer: SignedIn, notice: str) -> None:
        assert self.session is not None
        user, organization = answer.user.username, answer.organization.code
        somebody_else = (user, organization) != (self.status.user, self.status.organization)
        if somebody_else:
            # Before the files of the new person are in use: what is unsent belongs to the one before.
            save_drafts(self.draft_sources)
            await self.clear_away()
        self.use_session(self.session)
        self.status = replace(self.status, user=user, organization=organization, alert="", grave=False)
        self.come_back_to(await self.locking.take_up())
        await self.enter()
        if notice:
            self.notify(notice, timeout=10)

    async def learn(self) -> None:
        """Learns what this person may open. Raises `ErpError`."""
        from erp_tui.core.speaking import speak_as_account
        from screens.generic.words import register_resources

        self.meta = meta = await self.api.meta()
        if self.session is not None:
            speak_as_account(meta.user.language, self.session.settings)
        register_resources(SCREENS, meta)

    async def speak_anew(self) -> None:
        """The words of the server in the language in force, and a first screen that speaks it."""
        try:
            await self.learn()
        except ErpError as error:
            self.life.line.heard(error)
            self.refuse(error.sentence())
        self.record_candidates.forget()
        self._first_screen_speaks_anew = True
        self._renew_first_screen(self.screen)

    def _renew_first_screen(self, top: Screen[Any]) -> None:
        """Once nothing is open over it, so that nothing typed is closed for the sake of a word."""
        if self._first_screen_speaks_anew and self.screen_stack[1:] == [top]:
            self._first_screen_speaks_anew = False
            self.call_later(self.open_first_word)

    async def enter(self) -> None:
        """Learns what this person may open and opens the first screen; a server that is away is said so."""
        try:
            await self.learn()
        except SignInRequired:
            self.ask_sign_in()
            return
        except ErpError as error:
            self.life.line.heard(error)
            self.refuse(error.sentence())
        self.open_first_word()
        self.life.begin()
        self.locking.watch()
        self.post.due()
        self.offer_tour()

    def on_app_focus(self) -> None:
        self.life.poller.wake()

    def ask_sign_in(self) -> None:
        """The sign-in screen in place of the one on top."""
        entry, arguments = SCREENS.resolve("sign-in")
        self.switch_screen(entry.open(arguments))

    def open_first_word(self) -> None:
        """The home screen, and above it what the command line asked for."""
        entry, arguments = SCREENS.resolve("home")
        self.switch_screen(entry.open(arguments))
        word, self._first_word = self._first_word, ""
        if word:
            self.call_later(self.open_word, word)

    def come_back_to(self, word: str) -> None:
        """The first screen will be followed by this one: where the person was when they left the terminal."""
        self._first_word = word or self._first_word

    async def clear_away(self) -> None:
        """Ends what goes on for the person before, and closes what they had before them. Nothing of it reaches the
        next one: what was typed or confirmed lies on disk for whom it belongs to."""
        self.life.end()
        self.post.rest()
        self.interruptions.forget()
        self.clear_notifications()
        self.draft_sources.clear()
        await self.trail.close_all()

    def terminal_closed(self) -> None:
        """The terminal is gone. May be called from any thread; never returns."""
        self.departure.hang_up()

    # Screens and commands

    def leave_screen(self) -> None:
        """Back to the screen before this one; the first screen is left by quitting alone."""
        if len(self.screen_stack) > FIRST_SCREEN:
            self.pop_screen()
        else:
            self.refuse(_("This is the first screen. Quit with Ctrl+Q or :quit."))

    # Actions

    def action_go_back(self) -> None:
        """`[`: the screen before this one; this one is kept as it is."""
        if not self.trail.back():
            self.refuse(_("There is no screen before this one."))

    def action_go_forward(self) -> None:
        """`]`: the screen that was left by going back."""
        if not self.trail.forth():
            self.refuse(_("No screen was left from here by going back."))

    def action_leave(self) -> None:
        """F3."""
        self.leave_screen()

    async def action_back(self) -> None:
        """F12 and Esc, where the screen has no step of its own to go back."""
        self.leave_screen()

    async def action_quit(self) -> None:
        """Leaves the program; drafts are kept."""
        save_drafts(self.draft_sources)
        await self.post.farewell()
        self.exit(0)

    def action_lock(self) -> None:
        """Ctrl+L: nothing is shown until the person is back or somebody else takes over."""
        self.locking.lock()

    async def action_sign_out(self) -> None:
        """Ends the session here and on the server, and asks for a sign-in."""
        with self.keys.hold(_("signing out")):
            save_drafts(self.draft_sources)
            await self.post.farewell()
            self.locking.rest()
            await self.clear_away()
            await self.api.sign_out()
            self.ask_sign_in()
            self.notify(_("You are signed out. What you had typed is kept for when you come back."))

    def on_paste_report_copy_wanted(self, event: PasteReport.CopyWanted) -> None:
        """Rows that did not fit are to be copied back."""
        from screens.generic.to_clipboard import copy

        for screen in reversed(self.screen_stack):
            if isinstance(screen, ErpScreen):
                copy(screen, event.text, _("The rows that do not fit"))
                return

    @on(KeyBar.Pressed)
    async def run_label(self, event: KeyBar.Pressed) -> None:
        """A label of the key bar was clicked."""
        await self.run_action(event.action)

    # The status line

    def watch_status(self, status: Status) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ErpScreen):
                screen.show_status(status)


def run(profile_name: str, options: Options | None = None) -> int:
    """Runs the client until it is left. Returns the exit status for the shell."""
    app = ErpApp(profile_name, options)
    result = app.run()
    return result if result is not None else app.return_code or 0
