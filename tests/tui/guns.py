"""A barcode gun for Pilot tests: the keys of a code as the driver would bring them, at a gun's speed."""

from __future__ import annotations

from typing import Any, Final

from textual.events import Key
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.terminal.settling import now
from tests.tui.settle import settled

NAMES: Final = {
    "\r": "enter", "\n": "ctrl+j", "\t": "tab", "\x04": "ctrl+d", "\x1d": "ctrl+right_square_bracket",
    "\x02": "ctrl+b", "\x03": "ctrl+c",
}  # fmt: skip


def keys_of(code: str, *, pause: float = 0.0, at: float | None = None) -> list[Key]:
    """The keys, so many seconds apart by the time at which they were read."""
    keys = []
    start = now() if at is None else at
    for place, character in enumerate(code):
        key = Key(NAMES.get(character, character), character)
        key.time = start + place * pause
        keys.append(key)
    return keys


async def scan(app: ErpApp, pilot: Pilot[Any], code: str) -> None:
    """Reads a code, terminator included, and waits until its effects are over."""
    for key in keys_of(code):
        app.post_message(key)
    await settled(pilot)
