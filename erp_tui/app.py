"""The full-screen client: holds what lives as long as the session, and knows no screen by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableSet, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from textual import events, on
from textual.app import App
from textual.command import Provider
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.screen import Screen

import themes
from erp_tui import client_log, crash
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.keys import KeyQueue
from erp_tui.life import Life
from erp_tui.line_filter import ControlCharacters
from erp_tui.offered import OfferedActions
from erp_tui.options import Options
from erp_tui.palette import ErpCommands
from erp_tui.signals import Departure, save_drafts
from erp_tui.trail import FIRST_SCREEN, Trail
from screens.base import DraftSource, ErpScreen, Feed
from screens.blank import BlankScreen
from screens.command_history import CommandHistory
from screens.key_help import KeyHelp
from screens.registry import SCREENS, UnknownWord
from widgets.command_bar import CommandBar
from widgets.key_bar import KeyBar, KeyLabel
from widgets.status_line import Status

if TYPE_CHECKING:
    from erp_tui.core.api import Api
    from erp_tui.core.drafts import Drafts
    from erp_tui.core.models import SignedIn
    from erp_tui.core.outbox import Outbox
    from erp_tui.core.session import Session

SHOW_WAITING_AFTER = 0.15
"""Seconds that keys must wait before the status line says so: a flicker at every key helps nobody."""


class ErpApp(App[int]):
    """The app. Screens reach it as `screens.base.Host`."""

    CSS_PATH = themes.BASE_STYLES
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ErpCommands}
    ENABLE_COMMAND_PALETTE = True

    status: reactive[Status] = reactive(Status, init=False)
    api: Api
    drafts: Drafts
    outbox: Outbox

    def __init__(self, profile_name: str = "", options: Options | None = None) -> None:
        self._safe_filter = ControlCharacters()
        super().__init__()
        self.profile_name = profile_name
        self.options = options or Options()
        self.session: Session | None = self.options.session
        self.command_history: list[str] = []
        self.draft_sources: WeakSet[DraftSource] = WeakSet()
        self.keys = KeyQueue(
            self, deliver=super().on_event, changed=self._keys_changed, flushed=self._keys_flushed
        )
        self.offered = OfferedActions(self)
        self.trail = Trail(self)
        self.life = Life(self)
        self.feed: Feed = self.life.feed
        self.held: MutableSet[str] = self.life.held
        self.outbox_changed = self.life.count
        self.settle_outbox = self.life.settle
        self.departure = Departure(lambda: self.draft_sources)
        self._interruptions = asyncio.Lock()
        self._status_due = False
        self.animation_level = "none"
        self.set_reactive(ErpApp.status, Status(self.profile_name, read_only=self.options.read_only))
        for name in themes.names():
            self.register_theme(themes.load(name))
        self.theme = self.options.theme if self.options.theme in themes.names() else themes.DEFAULT

    # What Textual asks

    def get_driver_class(self) -> type[Driver]:
        """Our reader of the terminal where Textual would take its own."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from erp_tui.driver import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters and the one that keeps data from steering the terminal."""
        return [*super().get_line_filters(), self._safe_filter]

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
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _handle_exception(self, error: Exception) -> None:
        """A crash saves every draft and leaves a report that shows no value of any variable."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            save_drafts(self.draft_sources)
            fault = crash.cause(error)
            crash.record(fault)
            self._exit_renderables.append(crash.report(fault, client_log.path()))
        self._close_messages_no_wait()

    # Start and end

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, self.keys.screen_changed, immediate=True)
        if not self.is_headless:
            self.departure.install(asyncio.get_running_loop())
        self.push_screen(BlankScreen())
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.run_worker(self._open_first_screen(), group="start", name="start")

    async def _open_first_screen(self) -> None:
        """Loads what the first paint did not need, then shows the first screen. Keys wait for it."""
        from erp_tui.start import open_session

        client_log.open_log()
        with self.keys.hold(_("starting")):
            try:
                session = self.session
                if session is None:
                    session = await asyncio.to_thread(open_session, self.profile_name)
            except ErpError as error:
                self.exit(2, message=error.sentence())
                return
            self.use_session(session)
            if session.signed_in:
                await self.enter()
            else:
                self.ask_sign_in()

    def use_session(self, session: Session) -> None:
        """Speaks to the server of this session from now on."""
        from erp_tui.preferences import apply_preferences
        from erp_tui.start import scoped_files

        self.session = session
        self.api = session.api
        self.api.read_only = self.read_only
        self.drafts, self.outbox = scoped_files(session)
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

    async def signed_in(self, answer: SignedIn) -> None:
        """To be called by the sign-in screen when the server has let somebody in."""
        assert self.session is not None
        user, organization = answer.user.username, answer.organization.code
        somebody_else = (user, organization) != (self.status.user, self.status.organization)
        self.use_session(self.session)
        self.status = replace(self.status, user=user, organization=organization, alert="", grave=False)
        if somebody_else:
            await self.trail.close_all()
        await self.enter()

    async def enter(self) -> None:
        """Learns what this person may open and opens the first screen; a server that is away is said so."""
        from screens.generic.words import register_resources

        try:
            register_resources(SCREENS, await self.api.meta())
        except SignInRequired:
            self.ask_sign_in()
            return
        except ErpError as error:
            self.life.line.heard(error)
            self.refuse(error.sentence())
        self.open_first_word()
        self.life.begin()

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
        if self.options.word:
            self.call_later(self.open_word, self.options.word)

    def terminal_closed(self) -> None:
        """The terminal is gone. May be called from any thread; never returns."""
        self.departure.hang_up()

    # Screens and commands

    def open_word(self, line: str) -> None:
        """Opens the screen that a command line names, or runs the action; says so where there is neither."""
        command = next(
            (action for action in self.offered.table if action.command == line.strip().lower()), None
        )
        if command is not None and self.offered.target_of(command.id, self.screen) is not None:
            self.run_worker(self.action_act(command.id), group="command", exit_on_error=True)
            return
        try:
            entry, arguments = SCREENS.resolve(line)
            screen = entry.open(arguments)
        except (UnknownWord, ErpError) as refusal:
            self.refuse(refusal.sentence() if isinstance(refusal, ErpError) else str(refusal))
            return
        self.push_screen(screen)

    def leave_screen(self) -> None:
        """Back to the screen before this one; the first screen is left by quitting alone."""
        if len(self.screen_stack) > FIRST_SCREEN:
            self.pop_screen()
        else:
            self.refuse(_("This is the first screen. Quit with Ctrl+Q or :quit."))

    def interrupt(self, dialog: Screen[Any], callback: Callable[[Any], None] | None = None) -> None:
        """Shows a dialog that no key asked for, at the next pause; it takes no key typed before it was seen."""
        self.run_worker(self._interrupt(dialog, callback), group="interruption")

    async def _interrupt(self, dialog: Screen[Any], callback: Callable[[Any], None] | None) -> None:
        async with self._interruptions:
            await self.keys.pause_in_typing()
            self.keys.expect_unsolicited(dialog)
            answer = await self.push_screen_wait(dialog)
        if callback is not None:
            callback(answer)

    def refuse(self, sentence: str) -> None:
        """Says why something was not done, with a bell."""
        self.bell()
        self.notify(sentence, severity="warning")

    # Actions

    async def action_act(self, action_id: str) -> None:
        """Runs an action of the table where it belongs; says why where it cannot be taken."""
        screen = self.screen
        target = self.offered.target_of(action_id, screen)
        title = self.offered.table.get(action_id).title
        reason = screen.why_not(action_id) if isinstance(screen, ErpScreen) else ""
        if target is None:
            self.refuse(_("{action} does nothing here. Press ? for the keys that work.").format(action=title))
        elif reason:
            self.refuse(_("{action} cannot be done now: {reason}").format(action=title, reason=reason))
        else:
            await self.run_action(action_id, target)

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""
        return self.offered.key_labels(screen)

    def action_command_line(self, text: str = "") -> None:
        """Opens the command line of the screen on top."""
        for bar in self.screen.query(CommandBar):
            bar.open(SCREENS.words(), text)

    def action_history(self) -> None:
        """Lists the commands entered before; the one chosen is run again."""

        def chosen(line: str | None) -> None:
            if line:
                self.open_word(line)

        self.push_screen(CommandHistory(self.command_history), chosen)

    def action_go_back(self) -> None:
        """`[`: the screen before this one; this one is kept as it is."""
        if not self.trail.back():
            self.refuse(_("There is no screen before this one."))

    def action_go_forward(self) -> None:
        """`]`: the screen that was left by going back."""
        if not self.trail.forth():
            self.refuse(_("No screen was left from here by going back."))

    def action_help_keys(self, text: str = "") -> None:
        """Shows every key that works here."""
        screen = self.screen
        if isinstance(screen, ErpScreen):
            self.push_screen(
                KeyHelp(screen.heading or _("Keys"), list(self.offered.help_lines(screen)), text)
            )

    def action_help(self) -> None:
        """Explains what is focused and what it stands in, then the keys."""
        self.action_help_keys(self.offered.explanation(self.screen))

    def action_leave(self) -> None:
        """F3."""
        self.leave_screen()

    async def action_back(self) -> None:
        """F12 and Esc, where the screen has no step of its own to go back."""
        self.leave_screen()

    async def action_quit(self) -> None:
        """Leaves the program; drafts are kept."""
        save_drafts(self.draft_sources)
        self.exit(0)

    async def action_sign_out(self) -> None:
        """Ends the session here and on the server, and asks for a sign-in."""
        with self.keys.hold(_("signing out")):
            save_drafts(self.draft_sources)
            self.life.end()
            await self.api.sign_out()
            await self.trail.close_all()
            self.ask_sign_in()

    @on(CommandBar.Submitted)
    def run_command(self, event: CommandBar.Submitted) -> None:
        """A command was entered."""
        self.open_word(event.line)

    @on(KeyBar.Pressed)
    async def run_label(self, event: KeyBar.Pressed) -> None:
        """A label of the key bar was clicked."""
        await self.run_action(event.action)

    # The status line

    def watch_status(self, status: Status) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ErpScreen):
                screen.show_status(status)

    def _keys_changed(self) -> None:
        if not self._status_due:
            self._status_due = True
            asyncio.get_running_loop().call_later(SHOW_WAITING_AFTER, self._show_waiting)

    def _show_waiting(self) -> None:
        self._status_due = False
        if self.is_running:
            self.status = replace(self.status, waiting=self.keys.waiting, note=self.keys.reason)

    def _keys_flushed(self, reason: str, lost: int) -> None:
        self.bell()
        told = [reason] if reason else []
        if lost:
            told.append(_("Keys typed ahead and thrown away: {count}.").format(count=lost))
        if told:
            self.notify(" ".join(told), severity="warning")


def run(profile_name: str, options: Options | None = None) -> int:
    """Runs the client until it is left. Returns the exit status for the shell."""
    app = ErpApp(profile_name, options)
    result = app.run()
    return result if result is not None else app.return_code or 0
