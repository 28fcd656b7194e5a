"""A path as a person typed or pasted it: whatever it is, asking the disk about it ends nothing."""

from __future__ import annotations

import os
from pathlib import Path


def typed_path(text: str) -> Path:
    """The path, with ``~`` for the home folder; where there is no such home it stays as it was typed."""
    text = text.strip().replace("\0", "")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        # Half a character, which a terminal can send and no disk can hold.
        text = text.encode(errors="replace").decode()
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def is_file(path: Path) -> bool:
    """Whether there is a file; False too for a name that no disk takes, and where one may not look."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False too for a name that no disk takes, and where one may not look."""
    try:
        return path.is_dir()
    except OSError:
        return False
