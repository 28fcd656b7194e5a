"""The formats of a list as a file, and how its file is called."""

from __future__ import annotations

from datetime import date
from pathlib import Path

FORMATS = ("csv", "xlsx", "json", "jsonl")


def default_path(resource: str, format: str, folder: Path | None = None) -> Path:
    """``~/products-2026-11-21.csv``."""
    return (folder or Path.home()) / f"{resource}-{date.today().isoformat()}.{format}"


def format_of(path: Path) -> str | None:
    """The format that the end of a name stands for, or None."""
    ending = path.suffix.removeprefix(".").lower()
    return ending if ending in FORMATS else None
