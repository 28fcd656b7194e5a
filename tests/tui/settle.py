"""Waiting for the app in a Pilot test: never for a time, always until it has nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic, process_time
from typing import Any

from textual._context import active_app
from textual._time import get_time
from textual.app import App
from textual.pilot import Pilot

from erp_tui.terminal.keys import KeyQueue
from erp_tui.terminal.settling import everything_idle

DEADLINE = 10.0
"""Seconds of work: what a loaded machine gives to others does not count."""
PATIENCE = 90.0
"""Seconds by the clock."""
PAUSE_OF_PILOT = 0.02
"""Seconds for which Pilot sleeps, twice, around each key."""
CALM_PASSES = 3


_to_thread = asyncio.to_thread
_in_threads = 0


async def to_thread(function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """In place of `asyncio.to_thread`: counts what is under way, so that `settled` waits for files too."""
    global _in_threads
    _in_threads += 1
    try:
        return await _to_thread(function, *arguments, **named)
    finally:
        _in_threads -= 1


class Deadline:
    """Up after ten seconds of this process' own work, or a minute and a half by the clock."""

    def __init__(self) -> None:
        self._work, self._clock = process_time() + DEADLINE, monotonic() + PATIENCE

    @property
    def is_up(self) -> bool:
        return process_time() > self._work or monotonic() > self._clock


async def settled(pilot: Pilot[Any]) -> None:
    """Returns when the key queue is empty, no widget has anything to do and no file is read or written. Fails at the
    deadline."""
    keys: KeyQueue | None = getattr(pilot.app, "keys", None)
    deadline = Deadline()
    passes = 0
    while passes < 3:
        assert not deadline.is_up, f"The app did not settle; keys: {_state(keys)}"
        await asyncio.sleep(0.002)
        idle = not _in_threads and everything_idle(pilot.app) and (keys is None or _heard(pilot.app, keys))
        passes = passes + 1 if idle else 0


async def when_done(*_seconds: float) -> None:
    """In place of the fixed time that Pilot gives each key: returns as soon as nothing is left to do, or it is up."""
    app, until, calm = active_app.get(), get_time() + PAUSE_OF_PILOT, 0
    keys = getattr(app, "keys", None)
    while calm < CALM_PASSES and get_time() < until:
        await asyncio.sleep(0.0005)
        idle = everything_idle(app) and (keys is None or keys.idle)
        calm = calm + 1 if idle else 0


def _heard(app: App[Any], keys: KeyQueue) -> bool:
    """Whether no key is on its way, and the screen says how many wait, and for what."""
    return keys.idle and app.key_status.is_told  # type: ignore[attr-defined]


def _state(keys: KeyQueue | None) -> str:
    return "no queue" if keys is None else f"{keys.waiting} waiting, held by {keys.reason or 'nothing'}"
