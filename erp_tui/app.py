"""The full-screen client: holds what lives as long as the session, and knows no screen by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from textual import events, on
from textual.app import App
from textual.command import Provider
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.screen import Screen

import themes
from erp_tui import client_log, crash
from erp_tui.core.actions import ACTIONS, GLOBAL
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.keys import KeyQueue
from erp_tui.line_filter import ControlCharacters
from erp_tui.options import Options
from erp_tui.palette import ErpCommands
from erp_tui.signals import Departure, save_drafts
from screens.base import DraftSource, ErpScreen
from screens.blank import BlankScreen
from screens.key_help import KeyHelp, KeyHelpLine
from screens.registry import SCREENS, UnknownWord
from widgets.command_bar import CommandBar
from widgets.key_bar import KeyBar, KeyLabel
from widgets.status_line import Connection, Status

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
        self.departure = Departure(lambda: self.draft_sources)
        self._interruptions = asyncio.Lock()
        self._status_due = False
        self.animation_level = "none"
        self.set_reactive(ErpApp.status, Status(self.profile_name, read_only=self.options.read_only))
        for name in themes.names():
            self.register_theme(themes.load(name))
        self.theme = self.options.theme or themes.DEFAULT

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
        from erp_tui.start import scoped_files

        self.session = session
        self.api = session.api
        self.drafts, self.outbox = scoped_files(session)
        tokens, profile = session.api.tokens, session.profile
        self.status = replace(
            self.status,
            profile=profile.name,
            production=profile.production,
            organization=tokens.organization if tokens else profile.organization,
            user=tokens.username if tokens else profile.username,
        )

    async def signed_in(self, answer: SignedIn) -> None:
        """To be called by the sign-in screen when the server has let somebody in."""
        assert self.session is not None
        self.use_session(self.session)
        self.status = replace(self.status, user=answer.user.username, organization=answer.organization.code)
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
            self.status = replace(self.status, connection=Connection.OFFLINE)
            self.refuse(error.sentence())
        else:
            self.status = replace(self.status, connection=Connection.ONLINE)
        self.open_first_word()

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
        command = next((action for action in ACTIONS if action.command == line.strip().lower()), None)
        if command is not None and self.target_of(command.id, self.screen) is not None:
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
            self.refuse(_("This is the first screen. Quit with ctrl+q or :quit."))

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

    def scope_of(self, screen: Screen[Any]) -> str:
        """The group of the table of actions that works on a screen."""
        return screen.scope if isinstance(screen, ErpScreen) else GLOBAL

    def target_of(self, action_id: str, screen: Screen[Any]) -> DOMNode | None:
        """Who does an action: the focused widget or one around it, the screen, the app. Textual's own widgets
        have actions of the same names, `submit` among them, that mean something else."""
        focused = screen.focused
        nodes: Iterable[DOMNode] = focused.ancestors_with_self if focused else (screen, self)
        for node in nodes:
            method = getattr(node, f"action_{action_id}", None)
            if method is not None and (node is self or not method.__module__.startswith("textual.")):
                return node
        return None

    async def action_act(self, action_id: str) -> None:
        """Runs an action of the table where it belongs; says why where it cannot be taken."""
        screen = self.screen
        target = self.target_of(action_id, screen)
        title = ACTIONS.get(action_id).title
        reason = screen.why_not(action_id) if isinstance(screen, ErpScreen) else ""
        if target is None:
            self.refuse(_("{action} does nothing here. Press ? for the keys that work.").format(action=title))
        elif reason:
            self.refuse(_("{action} cannot be done now: {reason}").format(action=title, reason=reason))
        else:
            await self.run_action(action_id, target)

    def help_lines(self, screen: ErpScreen[Any]) -> Iterator[KeyHelpLine]:
        """Every key of the table that works on a screen."""
        for action in ACTIONS.in_scope(screen.scope):
            if action.shown_key and self.target_of(action.id, screen) is not None:
                yield KeyHelpLine(action.shown_key, action.title, action.help, screen.why_not(action.id))

    def key_labels(self, screen: ErpScreen[Any]) -> Iterable[KeyLabel]:
        """The keys that work on this screen, the most useful first."""
        for action in ACTIONS.in_scope(screen.scope):
            works = action.keys and action.id != "help_keys" and self.target_of(action.id, screen)
            if works and not screen.why_not(action.id):
                yield KeyLabel(action.shown_key, action.title, f"act('{action.id}')")

    def action_command_line(self, text: str = "") -> None:
        """Opens the command line of the screen on top."""
        for bar in self.screen.query(CommandBar):
            bar.open(SCREENS.words(), text)

    def action_history(self) -> None:
        """Opens the command line on the last command; up and down walk the others."""
        self.action_command_line(self.command_history[-1] if self.command_history else "")

    def action_help_keys(self, text: str = "") -> None:
        """Shows every key that works here."""
        screen = self.screen
        if isinstance(screen, ErpScreen):
            self.push_screen(KeyHelp(screen.heading or _("Keys"), list(self.help_lines(screen)), text))

    def action_help(self) -> None:
        """Explains what is focused, then the keys."""
        focused = self.focused
        self.action_help_keys(str(getattr(focused, "help_text", "") or ""))

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
            await self.api.sign_out()
            entry, arguments = SCREENS.resolve("sign-in")
            while len(self.screen_stack) > FIRST_SCREEN:
                await self.pop_screen()
            await self.switch_screen(entry.open(arguments))

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
        if lost:
            reason += " " + _("Keys typed ahead and thrown away: {count}.").format(count=lost)
        self.notify(reason, severity="warning")


FIRST_SCREEN = 2
"""Textual's own blank screen lies beneath the first one."""


def run(profile_name: str, options: Options | None = None) -> int:
    """Runs the client until it is left. Returns the exit status for the shell."""
    app = ErpApp(profile_name, options)
    result = app.run()
    return result if result is not None else app.return_code or 0
