"""What a screen looks like, letter by letter, kept beside the tests.

Run with UPDATE_SNAPSHOTS=1 to take new ones; read the difference before committing it.
"""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path
from typing import Any

from textual.app import App

from tests.tui.running import shown

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40))


def assert_looks_as_kept(app: App[Any], name: str) -> None:
    """Fails where the screen differs from the one kept under this name for its size."""
    width, height = app.size
    text = shown(app) + "\n"
    kept = FOLDER / f"{name}-{width}x{height}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    before = kept.read_text(encoding="utf-8")
    assert text == before, "\n".join(unified_diff(before.splitlines(), text.splitlines(), "kept", "now", n=1))
