"""Keystrokes of the commonest tasks, as the tests in a terminal have counted and committed them."""

from __future__ import annotations

import json
from pathlib import Path

COUNTED = Path(__file__).resolve().parents[1] / "pty" / "keystrokes.json"


def table() -> str:
    """A line a task; a sentence where none has been counted yet."""
    if not COUNTED.exists():
        return "keystrokes: not counted yet"
    counted = json.loads(COUNTED.read_text(encoding="utf-8"))
    return "\n".join(f"{f'keystrokes: {task}':<58} {count!s:>26}" for task, count in counted.items())
