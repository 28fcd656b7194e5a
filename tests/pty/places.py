"""Which of its screens a program shows, told through a file: the screen itself belongs to what is tested."""

from __future__ import annotations

import os
from pathlib import Path


def print_place(place: int, count: int) -> None:
    """Says, to the file that the environment names as `PLACE`, which of how many places is shown."""
    Path(os.environ["PLACE"]).write_text(f"{place}/{count}")


def place(file: Path) -> tuple[int, int]:
    """(place shown, number of places); (-1, 1) before the first one."""
    if not file.exists() or "/" not in (text := file.read_text()):
        return -1, 1
    shown, count = text.split("/")
    return int(shown), int(count)
