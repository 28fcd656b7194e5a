"""The ordered key queue: whatever is typed ahead of the screen ends where the typist meant it.

Textual hands a key to the widget that has the focus when the key is read. A scanner is faster than a focus
change: the second code is typed into the first field. Here a key is handed over only when the effects of the
one before it are over, and keys wait while the server is asked, as they do on a 5250 terminal. A run of keys
that is a scan is handed over as one, see `erp_tui.core.scanning.burst`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from textual import events
from textual.app import ScreenStackError
from textual.events import Event
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.scanning.burst import Judgement, Verdict, judge
from erp_tui.core.scanning.config import ScannerConfig
from erp_tui.terminal.guard import REACTION, Guard
from erp_tui.terminal.scan_keys import (
    LEFT_TO_KEYS,
    StrokeTaker,
    as_typed,
    is_second_half,
    keys_for,
    may_begin_marked,
    stroke_of,
    strokes_of,
)
from erp_tui.terminal.settling import app_context, end_by, everything_idle, look_ups, now, path_idle

if TYPE_CHECKING:
    from textual.app import App

BREAK_KEY: Final = "ctrl+c"
"""Gives up what the keys wait for, where there is something; otherwise an ordinary key."""

START: Final = "start"
"""The group of the worker that opens the first screen."""

INTERRUPTED: Final = 130
"""The status with which shells count what Ctrl+C ended."""

QUIET_PASSES: Final = 3
"""So many turns of the event loop must find everything idle: a worker needs one to start."""

SPINS: Final = 40
POLL: Final = 0.002
PATIENCE_FOR_OTHERS: Final = 0.5
"""Seconds after which widgets off the path of the key, such as a live pane, are no longer waited for."""

PATIENCE_FOR_A_SCREEN: Final = 5.0
"""Seconds for which keys wait for a screen that is being built."""

PATIENCE: Final = 30.0
"""Seconds after which a handler counts as stuck; the keys behind it are thrown away, never misdelivered."""

LONGEST_SCAN: Final = 400
"""Keys that are looked at to see whether they are a scan; GS1 allows a code of 90 to 3,000, guns send less."""

DEFERRAL: Final = 5.0
"""Seconds for which a dialog waits for a pause in the typing before it shows itself all the same."""


class KeyQueue:
    """Takes every key, paste and mouse event of the app and delivers them one after another.

    `deliver` is what the app would have done with the event at once; `changed` is called whenever `waiting`
    or `reason` may have changed; `flushed` with a reason, empty where the screen shows it, and the number of events thrown away.
    `scanned` takes a scan as it was read, told whether a field takes letters now, and gives back what is to be
    typed in its place, empty where it was taken. `scanner` is how the person's gun is set.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        deliver: Callable[[Event], Awaitable[None]],
        changed: Callable[[], None],
        flushed: Callable[[str, int], None],
        scanned: Callable[[str, bool], str] | None = None,
    ) -> None:
        self._app = app
        self._deliver = deliver
        self._changed = changed
        self._flushed = flushed
        self._scanned = scanned
        self.scanner = ScannerConfig()
        self._events: deque[Event] = deque()
        self._guards: list[Guard] = []
        self._expected: set[Screen[Any]] = set()
        self._holds: dict[object, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._in_hand: Event | None = None
        self._last_read = 0.0
        self._last_admitted = 0.0
        self._before: Event | None = None
        self._stood: WeakSet[Screen[Any]] = WeakSet()

    @property
    def waiting(self) -> int:
        """How many events have been read and not yet delivered."""
        return len(self._events) + sum(len(guard.kept) for guard in self._guards)

    @property
    def last_read(self) -> float:
        """When the last key was read (monotonic seconds); 0.0 before the first."""
        return self._last_read

    @property
    def read_at(self) -> float:
        """When the key or scan that is being worked on was read (monotonic seconds)."""
        return self._last_admitted

    @property
    def reason(self) -> str:
        """What the keys wait for, in words; empty when nothing holds them."""
        return next(iter(self._holds.values()), "")

    @property
    def idle(self) -> bool:
        """Whether nothing waits, nothing is being delivered and nothing holds the queue."""
        return self._task is None and not self._events and not self._holds

    @property
    def at_rest(self) -> bool:
        """Whether everything typed so far has had its effect, as far as a form hears of what its fields hold."""
        return self.idle and path_idle(self._app, None)

    @property
    def in_flow(self) -> bool:
        """Whether what happens now is the work of a key: a screen pushed now is the clerk's own."""
        return self._in_hand is not None or bool(self._holds) or bool(look_ups(self._app))

    async def accept(self, event: Event) -> None:
        """Takes an event in the order in which it was read; delivers it at once where nothing can be mixed up."""
        if isinstance(event, events.MouseMove):
            if self.idle:
                await self._deliver(event)
            return
        self._last_read = event.time
        before, self._before = self._before, event
        if is_second_half(event, before) and not isinstance(self._app.screen, StrokeTaker):
            return
        if (
            self.idle
            and self._top_guard() is None
            and self._app.screen in self._stood
            and self._is_text(event)
            and not may_begin_marked(event, self.scanner)
        ):
            self._last_admitted = event.time
            await self._deliver(event)
        else:
            self._events.append(event)
            self._changed()
            self._start()

    @contextmanager
    def hold(self, reason: str) -> Iterator[None]:
        """Keys wait while the block runs: around a look-up whose answer decides where the next key belongs.

        An error in the block throws away what was typed ahead, since it was typed for a success.
        """
        token = object()
        self._holds[token] = reason
        self._changed()
        try:
            yield
        except Exception as error:
            self.flush(_sentence(error) or reason, shown=True)
            raise
        finally:
            del self._holds[token]
            self._changed()
            self._start()

    def flush(self, reason: str, *, shown: bool = False) -> int:
        """Throws away everything that was typed ahead and tells why. Returns how many events were lost.

        Where the reason is `shown` already, only the loss is told: a message over the form would hide what it
        is about.
        """
        lost = self.waiting
        self._events.clear()
        for guard in self._guards:
            guard.kept.clear()
        self._flushed("" if shown else reason, lost)
        self._changed()
        return lost

    async def pause_in_typing(self) -> None:
        """Returns when nothing waits and nothing was typed for a reaction time, or after `DEFERRAL` seconds."""
        deadline = now() + DEFERRAL
        while (time := now()) < deadline:
            rest = self._last_read + REACTION - time
            if self.idle and rest <= 0:
                return
            await asyncio.sleep(min(max(rest, POLL), deadline - time))

    def expect_unsolicited(self, screen: Screen[Any]) -> None:
        """Says beforehand that this screen appears by itself, whatever key is being worked on meanwhile."""
        self._expected.add(screen)

    def screen_changed(self, top: Screen[Any]) -> None:
        """To be called whenever the stack of screens changes, with the screen that is on top now."""
        stack = self._app.screen_stack
        for guard in [guard for guard in self._guards if guard.dialog not in stack]:
            self._guards.remove(guard)
            if guard.beneath in stack:
                self._events.extendleft(reversed(guard.kept))
            elif guard.kept:
                self._flushed(_("The screen they were typed for is gone."), len(guard.kept))
            self._changed()
            self._start()
        unsolicited = top in self._expected or (isinstance(top, ModalScreen) and not self.in_flow)
        self._expected.discard(top)
        if unsolicited and len(stack) > 1 and not any(guard.dialog is top for guard in self._guards):
            self._guard(top, stack[-2])

    def _guard(self, dialog: Screen[Any], beneath: Screen[Any]) -> None:
        guard = Guard(dialog, beneath)
        self._guards.append(guard)

        def painted() -> None:
            guard.painted_at = now()

        dialog.call_after_refresh(painted)

    def _top_guard(self) -> Guard | None:
        top = self._app.screen_stack[-1] if self._app.screen_stack else None
        return next((guard for guard in self._guards if guard.dialog is top and not guard.seen), None)

    def _is_text(self, event: Event) -> bool:
        """Whether the focused widget takes the event as a letter, so that it can have no further effect."""
        if not isinstance(event, events.Key) or not event.is_printable:
            return False
        focused = self._app.focused
        return focused is not None and focused.check_consume_key(event.key, event.character)

    def _start(self) -> None:
        if self._task is None and self._events:
            self._task = asyncio.create_task(self._pump(), name="key queue", context=app_context(self._app))

    async def _pump(self) -> None:
        try:
            await self._released()
            while self._events and self._app.screen_stack:
                if not await self._take_scan() and self._events:
                    await self._hand_over(self._events.popleft())
                self._changed()
                await self._released()
        except ScreenStackError as error:
            if self._app.screen_stack:
                end_by(self._app, error)
            # else the program ended while keys waited: they have nowhere to go
        except Exception as error:  # noqa: BLE001 - nobody awaits this task: without a queue no key would do anything
            end_by(self._app, error)
        finally:
            self._task = None
            self._changed()
            if self._app.screen_stack:
                self._start()

    async def _released(self) -> None:
        """Returns once neither a hold nor a look-up is left and what they did is over. What a failed look-up
        throws away is gone by then, see `erp_tui.live.faults`."""
        await self._built()
        while self._holds or look_ups(self._app):
            while self._holds or look_ups(self._app):
                await asyncio.sleep(POLL)
                self._break_off()
            await self._settle(self._app.focused)
            await self._built()

    async def _built(self) -> None:
        """Waits until the screen on top has been at rest once, and while nothing has the focus: a letter for a field
        that is about to be there would be lost, and a field that is about to take the focus would get the next."""
        latest = now() + PATIENCE_FOR_A_SCREEN
        while self._app.focused is None or self._app.screen not in self._stood:
            if everything_idle(self._app) or now() > latest:
                self._stood.add(self._app.screen)
                return
            await asyncio.sleep(POLL)

    def _break_off(self) -> None:
        """Gives up what the keys wait for when the break key is among them; what was typed before it is lost."""
        place = next((i for i, event in enumerate(self._events) if _is_break(event)), None)
        if place is None:
            return
        for worker in look_ups(self._app):
            worker.cancel()
        if any(worker.group == START and not worker.is_finished for worker in self._app.workers):
            # Nothing is open yet: what is given up is the program.
            self._app.exit(INTERRUPTED)
        for _dropped in range(place + 1):
            self._events.popleft()
        self._flushed(_("Stopped."), place)

    async def _take_scan(self) -> bool:
        """Hands over the scan that the next keys are. False where a person typed them, or a dialog stands that
        nobody has seen: what was read before it is kept for the screen beneath."""
        while self._scanned is not None and self._events:
            first = self._events[0]
            guard = self._top_guard()
            if guard is not None and not guard.would_admit(first, self._last_admitted):
                return False
            if self._watched(first):
                self._events.popleft()
                return True
            judgement = judge(
                strokes_of(islice(self._events, LONGEST_SCAN)),
                now(),
                self.scanner,
                typing=self._takes_letters(),
            )
            if judgement.verdict is Verdict.KEYS:
                return False
            if judgement.verdict is Verdict.SCAN:
                await self._hand_over_scan(judgement)
                return True
            await asyncio.sleep(POLL)
        return False

    def _watched(self, event: Event) -> bool:
        """Gives a character to a screen on which a gun is tried. False where there is none, or it is a key."""
        top = self._app.screen
        stroke = stroke_of(event)
        if not isinstance(top, StrokeTaker) or self._takes_letters():
            return False
        if not stroke.character or stroke.character in LEFT_TO_KEYS:
            return False
        self._last_admitted = event.time
        top.take_stroke(stroke)
        return True

    async def _hand_over_scan(self, scan: Judgement) -> None:
        """One code, whole: to the screen, or beneath a dialog that appeared by itself, kept until it is gone."""
        assert self._scanned is not None
        events = [self._events.popleft() for _stroke in range(scan.strokes)]
        self._last_admitted = events[-1].time
        top = self._app.screen_stack[-1]
        guard = next((guard for guard in self._guards if guard.dialog is top), None)
        typing = self._takes_letters()
        if guard is not None and not typing:
            guard.kept.extend(events)
            self._app.bell()
            return
        target = self._app.focused or self._app.screen
        self._in_hand = events[-1]
        try:
            instead = self._scanned(scan.raw, typing)
            if instead:
                self._events.extendleft(reversed(keys_for(instead, scan.raw, events[-1].time)))
            else:
                await self._settle(target)
        except Exception as error:  # noqa: BLE001 - a failing handler ends the app as it would without a queue
            end_by(self._app, error)
        finally:
            self._in_hand = None

    def _takes_letters(self) -> bool:
        focused = self._app.focused
        return focused is not None and focused.check_consume_key("a", "a")

    async def _hand_over(self, event: Event) -> None:
        event = as_typed(event, typing=self._takes_letters())
        guard = self._top_guard()
        admitted = guard is None or guard.admits(event, self._last_admitted)
        self._last_admitted = event.time
        if not admitted:
            return
        target = self._app.focused or self._app.screen
        barrier = not self._is_text(event)
        self._in_hand = event
        try:
            await self._deliver(event)
            if barrier:
                await self._settle(target)
        except Exception as error:  # noqa: BLE001 - a failing handler ends the app as it would without a queue
            end_by(self._app, error)
        finally:
            self._in_hand = None

    async def _settle(self, target: MessagePump | None) -> None:
        """Returns when the effects of a key are over; flushes the queue when a handler is stuck."""
        started = now()
        passes = spins = 0
        while passes < QUIET_PASSES:
            await asyncio.sleep(0 if spins < SPINS else POLL)
            spins += 1
            waited = now() - started
            if waited > PATIENCE:
                self.flush(
                    _("The screen did not answer for {seconds} seconds.").format(seconds=int(PATIENCE))
                )
                return
            over = everything_idle(self._app) or (
                waited > PATIENCE_FOR_OTHERS and path_idle(self._app, target)
            )
            passes = passes + 1 if over else 0


def _is_break(event: Event) -> bool:
    return isinstance(event, events.Key) and event.key == BREAK_KEY


def _sentence(error: BaseException) -> str:
    return error.sentence() if isinstance(error, ErpError) else str(error)
