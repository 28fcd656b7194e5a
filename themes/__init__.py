"""Themes as data: one TOML file each, beside the style sheet that they colour."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from textual.theme import Theme

FOLDER: Final = Path(__file__).parent
BASE_STYLES: Final = FOLDER / "base.tcss"
DEFAULT: Final = "dark"


@cache
def names() -> tuple[str, ...]:
    """The names of all themes, the default one first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


@cache
def load(name: str) -> Theme:
    """The theme of that name.

    Raises `LookupError` naming those that exist, and `TypeError` for an entry that no theme has.
    """
    if name not in names():
        raise LookupError(f"There is no theme {name!r}; there are: {', '.join(names())}.")
    entries = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return Theme(name=name, **entries)
