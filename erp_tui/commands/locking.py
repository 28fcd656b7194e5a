"""A terminal that several people share: locked, opened again, taken over by the next person.

Locking hides everything and changes nothing: the screens lie beneath, drafts are on disk. Whoever takes over gets
a client of their own, with a connection of their own; the screens of the one before are closed, since they would
ask the server in the next person's name, and what was on them is there again when that person comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from erp_tui.commands.trail import FIRST_SCREEN
from erp_tui.core.errors import ErpError, SignInRequired
from erp_tui.core.i18n import _
from erp_tui.terminal.settling import look_ups
from erp_tui.terminal.signals import save_drafts
from screens.base import ErpScreen
from screens.registry import SCREENS, UnknownWord

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from erp_tui.app import ErpApp
    from erp_tui.core.remote.models import SignedIn
    from erp_tui.core.sessions.session import Session
    from erp_tui.core.sessions.shared_terminal import Enrolment, LockMark, SharedTerminal

log: Final = logging.getLogger(__name__)

SHARED_MINUTES: Final = 15
"""Minutes without a key after which an enrolled terminal locks where neither its settings nor the organization say."""

WORK_AGAIN: Final = 5.0
"""Seconds after which a lock that waits for an answer looks again."""

UNSETTLED_AGAIN: Final = 60.0
"""Seconds after which a sign-out that waits for the outbox looks again."""


class StillSending(ErpError):
    """Something of the person before is on its way, and must not be sent in another name."""

    def sentence(self) -> str:
        """To wait for its answer."""
        return _("Something is still being sent for the person before. Try again when it has been answered.")


class Locking:
    """The lock of an app's terminal; made once an app. `Host.lock` of `screens.base`."""

    def __init__(self, app: ErpApp, clock: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._clock = clock
        self._timer: Timer | None = None
        self._withheld: deque[tuple[str, dict[str, Any]]] = deque(maxlen=20)
        self._released = asyncio.Event()
        self._released.set()
        self.since: datetime | None = None
        """When the terminal was locked, in UTC; None while it is open."""

    # What there is

    @property
    def locked(self) -> bool:
        """Whether nothing of the data may be shown."""
        return self.since is not None

    @property
    def enrolment(self) -> Enrolment | None:
        """This machine as the organization knows it; None where badges and PINs are not good here."""
        shared = self.shared
        return shared.enrolment() if shared else None

    @property
    def shared(self) -> SharedTerminal | None:
        """Where the enrolment of this machine is kept; None before there is a session."""
        from erp_tui.core.sessions.shared_terminal import SharedTerminal

        session = self._app.session
        return SharedTerminal(session.profile, session.vault) if session else None

    def minutes(self) -> int:
        """Minutes without a key after which the terminal locks; 0 for never. The strictest rule wins."""
        app = self._app
        own = int(app.session.settings.get("lock.minutes") or 0) if app.session else 0
        rule = app.meta.organization.lock_after_minutes if app.meta else 0
        given = [minutes for minutes in (own, rule) if minutes > 0]
        if given:
            return min(given)
        return SHARED_MINUTES if self.enrolment else 0

    @property
    def _can_be_opened_again(self) -> bool:
        """Whether a person is signed in; an API key has neither password nor PIN."""
        return self._app.api.tokens is not None

    @property
    def _at_work(self) -> bool:
        """Whether something that a person has asked for is on its way: what comes of it would stand over the lock."""
        app = self._app
        return (
            not app.keys.idle or bool(look_ups(app)) or any(_is_busy(screen) for screen in app.screen_stack)
        )

    # Locking

    def watch(self) -> None:
        """Somebody is signed in: locks when no key comes for as long as the rules allow."""
        self.rest()
        self._mark.clear()
        minutes = self.minutes()
        if minutes and self._can_be_opened_again:
            self._look_again(minutes * 60)

    def rest(self) -> None:
        """Nobody is signed in: there is nothing to lock."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _look_again(self, seconds: float) -> None:
        """One timer, set anew for the rest: nothing runs while keys come, and nothing paints before it locks."""
        self._timer = self._app.set_timer(max(seconds, 0.05), self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        minutes = self.minutes()
        if self.locked or not minutes:
            return
        left = self._app.keys.last_read + minutes * 60 - self._clock()
        if left > 0:
            self._look_again(left)
        elif self._at_work:
            self._look_again(WORK_AGAIN)
        else:
            self.lock()

    def lock(self) -> None:
        """Hides everything, with what was typed saved first. Says why where that cannot be done."""
        app = self._app
        if self.locked or app.session is None or not app.session.signed_in:
            return
        if not self._can_be_opened_again:
            app.refuse(
                _("This client works with an API key: there is nobody whose password would open it again.")
            )
            return
        failed = save_drafts(app.draft_sources)
        try:
            since = self._mark.set()
        except OSError as error:
            app.refuse(
                _("The terminal cannot be locked: {reason}. Sign out instead.").format(
                    reason=error.strerror or error
                )
            )
            return
        if failed:
            # Locked all the same: the screens lie beneath with all that was typed on them.
            log.warning("%s drafts could not be saved before locking", failed)
        self._close(since)
        entry, arguments = SCREENS.resolve("lock")
        app.push_screen(entry.open(arguments))

    def begins_locked(self) -> bool:
        """Whether the terminal was locked when the program ended; shows the lock alone then, and nothing beneath."""
        app = self._app
        since = self._mark.since()
        if since is None:
            return False
        self._close(since)
        entry, arguments = SCREENS.resolve("lock")
        app.switch_screen(entry.open(arguments))
        return True

    def _close(self, since: datetime) -> None:
        self.since = since
        self._released.clear()
        self._app.clear_notifications()
        self.rest()
        session = self._app.session
        minutes = int(session.settings.get("lock.sign_out_minutes") or 0) if session else 0
        if minutes:
            self._timer = self._app.set_timer(minutes * 60, self._leave)

    def _leave(self) -> None:
        """Locked for so long that nobody comes back: signed out, unless something is not settled."""
        self._timer = None
        if self._app.status.unsettled:
            self._timer = self._app.set_timer(UNSETTLED_AGAIN, self._leave)
        else:
            self._app.run_worker(self._sign_out(), group="lock", name="sign out", exit_on_error=True)

    async def _sign_out(self) -> None:
        await self._put_away()
        self._withheld.clear()
        self._open()
        await self._app.action_sign_out()

    @property
    def _mark(self) -> LockMark:
        from erp_tui.core.sessions.shared_terminal import LockMark

        assert self._app.session is not None
        return LockMark(self._app.session.vault)

    # What would show something

    def screen_changed(self, top: Screen[Any]) -> None:
        """To be called whenever the stack of screens changes: whatever came over the lock is covered at once."""
        if not self.locked or getattr(top, "word", "") == "lock":
            return
        from screens.system.key_help import KeyHelp

        if not isinstance(top, KeyHelp):
            entry, arguments = SCREENS.resolve("lock")
            self._app.push_screen(entry.open(arguments))

    def withhold(self, message: str, **options: Any) -> bool:
        """Keeps a message for when the terminal is open. False where it may be shown now."""
        if self.locked:
            self._withheld.append((message, options))
        return self.locked

    async def until_open(self) -> None:
        """Returns when the terminal is open: before that, no dialog appears by itself."""
        await self._released.wait()

    # Opening

    async def open(self, secret: str, totp: str | None = None) -> None:
        """The person who locked it is back. Raises `ErpError`: it stays locked then.

        Where the session has ended meanwhile, the same secret signs in anew.
        """
        app = self._app
        token = await self._token()
        try:
            by = await app.api.unlock(secret, terminal=token or None)
        except SignInRequired as refusal:
            if refusal.code in {"invalid_credentials", "terminal_unknown"}:
                raise
            if token:
                await app.api.sign_in_at_terminal(token, app.status.user, secret, totp=totp)
            else:
                where = app.status.organization or None
                await app.api.sign_in(app.status.user, secret, organization=where, totp=totp)
            by = ""
        self.go_on_with(self._go_on(learn=by != "password"))

    async def change(self, who: str, secret: str, totp: str | None = None) -> None:
        """Somebody else takes the terminal over, by badge or name. Raises `ErpError`: nothing is changed then."""
        from erp_tui.start import reopened

        app, before = self._app, self._app.session
        assert before is not None
        if any(_is_busy(screen) for screen in app.screen_stack):
            raise StillSending
        token = await self._token()
        tokens = await before.api.stored_tokens()
        session = reopened(before)
        try:
            answer = await self._admit(session, token, who, secret, totp)
        except ErpError:
            await session.api.aclose()
            raise
        user, organization = answer.user.username, answer.organization.code
        if (user, organization) == (app.status.user, app.status.organization):
            # Their own badge: the screens are theirs, and go on with the new session.
            before.api.use_tokens(session.api.tokens)
            session.api.part_from_store(tokens)
            self._end(session)
            self.go_on_with(self._go_on(learn=True))
            return
        before.api.part_from_store(tokens)
        self.go_on_with(self._hand_over(before, session, user, organization))

    async def _hand_over(self, before: Session, session: Session, user: str, organization: str) -> None:
        """The screens of the person before go, and those of the next one come."""
        app = self._app
        await self._put_away()
        self._withheld.clear()
        self._open()
        await app.clear_away()
        app.use_session(session)
        app.status = replace(app.status, user=user, organization=organization, alert="", grave=False)
        self._end(before)
        app.come_back_to(await self.take_up())
        await app.enter()

    def go_on_with(self, work: Coroutine[Any, Any, None]) -> None:
        """Does the rest for the app: the screen whose worker asked for it, a lock or a sign-in, goes on the way.

        Keys wait from now on, for what they were typed for is not there yet.
        """
        waiting = ExitStack()
        waiting.enter_context(self._app.keys.hold(_("opening")))

        async def rest() -> None:
            with waiting:
                await work

        self._app.run_worker(rest(), group="lock", name="open the terminal", exit_on_error=True)

    async def _go_on(self, *, learn: bool) -> None:
        """Back on the screens that lie beneath the lock; with `learn`, what may be done may have changed."""
        app = self._app
        app.status = replace(app.status, alert="", grave=False)
        if self._open():
            await app.enter()
            return
        if learn:
            try:
                await app.learn()
            except ErpError as error:
                app.refuse(error.sentence())
        app.life.begin()
        self.watch()

    async def _admit(self, session: Session, token: str, who: str, secret: str, totp: str | None) -> SignedIn:
        if token:
            return await session.api.sign_in_at_terminal(token, who, secret, totp=totp)
        return await session.api.sign_in(who, secret, organization=self._app.status.organization, totp=totp)

    async def _put_away(self) -> None:
        """What the person before had before them: drafts, and where they were."""
        save_drafts(self._app.draft_sources)
        await self._app.post.farewell()
        try:
            await asyncio.to_thread(self._place().leave, self._where())
        except OSError as error:
            log.warning("the place of the person before cannot be kept: %s", error)

    async def take_up(self) -> str:
        """The word of where this person was when they left the terminal; empty where they did not."""
        return await asyncio.to_thread(self._place().take_up)

    def _where(self) -> str:
        """The word of the highest screen that a word opens; empty on the first screen."""
        for screen in reversed(self._app.screen_stack):
            word = screen.shown_word() if isinstance(screen, ErpScreen) else ""
            if word in {"", "lock", "home", "sign-in"}:
                continue
            try:
                SCREENS.resolve(word)
            except UnknownWord:
                continue
            return word
        return ""

    def _place(self) -> Any:
        from erp_tui.core.sessions.shared_terminal import Place
        from erp_tui.start import scope_of

        assert self._app.session is not None
        return Place(scope_of(self._app.session))

    def _end(self, session: Session) -> None:
        """Ends a session that nobody uses any more; what of its person is not settled waits on disk for them."""

        async def farewell() -> None:
            await session.api.sign_out()
            await session.api.aclose()

        self._app.run_worker(farewell(), group="farewell", name="farewell", exit_on_error=False)

    async def _token(self) -> str:
        shared = self.shared
        return await asyncio.to_thread(shared.token) if shared else ""

    def _open(self) -> bool:
        """The terminal is open. Returns whether the lock was alone on the screen."""
        app = self._app
        self.since = None
        self._mark.clear()
        top = app.screen
        alone = len(app.screen_stack) <= FIRST_SCREEN
        if not alone and getattr(top, "word", "") == "lock":
            app.pop_screen()
        self._released.set()
        while self._withheld:
            message, options = self._withheld.popleft()
            app.notify(message, **options)
        return alone


def _is_busy(screen: Screen[Any]) -> bool:
    """Whether a screen has sent something that is not answered."""
    return bool(getattr(screen, "busy", False))
