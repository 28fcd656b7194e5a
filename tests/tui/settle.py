"""Waiting for the app in a Pilot test: never for a time, always until it has nothing left to do."""

from __future__ import annotations

import asyncio
from typing import Any

from textual._time import get_time
from textual.pilot import Pilot

from erp_tui.keys import KeyQueue
from erp_tui.settling import everything_idle

DEADLINE = 10.0


async def settled(pilot: Pilot[Any]) -> None:
    """Returns when the key queue is empty and no widget has anything to do. Fails after ten seconds."""
    keys: KeyQueue | None = getattr(pilot.app, "keys", None)
    deadline = get_time() + DEADLINE
    passes = 0
    while passes < 3:
        assert get_time() < deadline, f"The app did not settle in {DEADLINE:.0f} s; keys: {_state(keys)}"
        await asyncio.sleep(0.002)
        idle = everything_idle(pilot.app) and (keys is None or keys.idle)
        passes = passes + 1 if idle else 0


def _state(keys: KeyQueue | None) -> str:
    return "no queue" if keys is None else f"{keys.waiting} waiting, held by {keys.reason or 'nothing'}"
