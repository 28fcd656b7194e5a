"""Names of files that somebody else chose, made safe for this machine's disk."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from erp_tui.core.safe_text import UNSAFE

FALLBACK = "file"
LONGEST_BYTES = 200
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')


def safe_name(given: str) -> str:
    """A name for a file in one folder on any system: it leads nowhere, hides nothing, and is never a device's.

    What cannot be seen or is forbidden somewhere becomes ``_``; a name that is too long keeps its ending.
    """
    name = _FORBIDDEN.sub("_", UNSAFE.sub("_", unicodedata.normalize("NFC", given)))
    # A leading dot would hide it, a leading dash reads as an option; Windows drops dots and spaces at the end.
    name = name.lstrip(". -").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = LONGEST_BYTES - len((dot + ending).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem}{dot}{ending}" or FALLBACK


def free_path(folder: Path, given: str) -> Path:
    """Where a file of this name is saved without writing over another: ``scan.pdf``, then ``scan (2).pdf``."""
    path = folder / safe_name(given)
    number = 2
    while path.exists() or path.is_symlink():
        path = folder / safe_name(given)
        path = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return path
