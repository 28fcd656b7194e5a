"""Leaving in an orderly way when the line drops: drafts on disk, the terminal restored, gone within a second."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final, Protocol

log: Final = logging.getLogger(__name__)

DEADLINE: Final = 1.0
"""Seconds from the signal to the end of the process, whatever hangs."""
SAVING: Final = 10.0
"""Seconds more that drafts may take which are on their way to a slow disk: they go before the second."""

LOOK_AGAIN_AFTER: Final = 0.005
"""Seconds."""

SIGNALS: Final = (signal.SIGHUP, signal.SIGTERM)
HANG_UP: Final = 128 + signal.SIGHUP

RESTORE: Final = (
    "\x1b[?2004l"  # bracketed paste off
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse reports off
    "\x1b[?1004l"  # focus reports off
    "\x1b[?2048l"  # in-band resize reports off
    "\x1b[<u"  # keyboard protocol off
    "\x1b[?2026l"  # synchronized output off
    "\x1b[?7h"  # line wrap on
    "\x1b[0m\x1b[?1049l\x1b[?25h"  # the ordinary screen and the cursor back
)


class DraftSource(Protocol):
    """Something with unsaved typing: a form or a wizard."""

    def save_draft(self) -> None:
        """Writes the draft to disk at once, without awaiting anything; the loop may never run again."""


def save_drafts(sources: Iterable[DraftSource]) -> int:
    """Saves every draft and returns how many failed; one that fails does not keep the others from it."""
    failed = 0
    for source in list(sources):
        try:
            source.save_draft()
        except Exception:
            failed += 1
            log.exception("a draft could not be saved: %s", type(source).__name__)
    return failed


class Departure:
    """Ends the process on SIGHUP and SIGTERM. `sources` gives what to save, asked when the signal comes; `at_rest`
    tells that what was typed until then has reached it.

    The work is done in the event loop. Where that is blocked, on a terminal that takes no more output for
    instance, or does not come to rest, a thread does it after half of the time.
    """

    def __init__(
        self, sources: Callable[[], Iterable[DraftSource]], at_rest: Callable[[], bool] = lambda: True
    ) -> None:
        self._sources = sources
        self._at_rest = at_rest
        self._loop: asyncio.AbstractEventLoop | None = None
        self._terminal = _terminal_attributes()
        self._leaving = threading.Lock()
        self._ready = threading.Event()

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Takes the signals over. To be called in the main thread, before the screen is taken."""
        self._loop = loop

        def on_signal(number: int, _frame: FrameType | None) -> None:
            # Not loop.add_signal_handler: that one never runs while the loop is blocked.
            self._go(128 + number)

        for number in SIGNALS:
            signal.signal(number, on_signal)

    def leave(self, status: int) -> None:
        """Saves, restores the terminal, and ends the process with this exit status. Never returns."""
        if not self._leaving.acquire(blocking=False):
            return
        save_drafts(self._sources())
        self._restore_terminal()
        self._ready.set()
        os._exit(status)

    def hang_up(self) -> None:
        """The terminal is gone, whether or not a signal said so. May be called from any thread."""
        self._go(HANG_UP)

    def _go(self, status: int) -> None:
        self._watch(status)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._leave_at_rest, self._loop, status)

    def _leave_at_rest(self, loop: asyncio.AbstractEventLoop, status: int) -> None:
        """A letter that is painted already may still be on its way to the form: it goes first."""
        if self._at_rest():
            self.leave(status)
        loop.call_later(LOOK_AGAIN_AFTER, self._leave_at_rest, loop, status)

    def _watch(self, status: int) -> None:
        for delay, act in ((DEADLINE * 0.5, self.leave), (DEADLINE * 0.9, self._end)):
            timer = threading.Timer(delay, act, (status,))
            timer.daemon = True
            timer.start()

    def _end(self, status: int) -> None:
        """Ends the process whatever hangs, but leaves drafts that are being saved their time."""
        self.leave(status)
        self._ready.wait(SAVING)
        os._exit(status)

    def _restore_terminal(self) -> None:
        """Best effort: after a hang-up there is no terminal left to restore."""
        try:
            fd = sys.__stderr__.fileno() if sys.__stderr__ else 2
            os.set_blocking(fd, False)
            os.write(fd, RESTORE.encode())
            os.set_blocking(fd, True)
            if self._terminal is not None:
                termios.tcsetattr(0, termios.TCSANOW, self._terminal)
        except (OSError, ValueError, termios.error) as error:
            log.info("the terminal could not be restored: %s", error)


def _terminal_attributes() -> list[Any] | None:
    """The settings of the terminal as they are now, or None where there is none."""
    try:
        return termios.tcgetattr(0)
    except (OSError, termios.error):
        return None
