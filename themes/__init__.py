"""Themes as data: one file each, beside the style sheet that they colour.

Ours are TOML, which the standard library reads before the first paint; a person's own are YAML, as the rest of
their configuration is. Both have the same entries and go through `themes.entries`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from textual.theme import Theme

from themes.entries import theme_of

FOLDER: Final = Path(__file__).parent
BASE_STYLES: Final = FOLDER / "base.tcss"
DEFAULT: Final = "dark"

PLAIN: Final = Theme(
    name="plain",
    dark=True,
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    success="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    text_alpha=1.0,
    variables={
        "input-selection-background": "#ffffff",
        "input-selection-foreground": "#000000",
        "input-cursor-text-style": "none",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#000000",
        "block-cursor-blurred-text-style": "underline",
    },
)
"""What is drawn with where there are no colours: a light ground is what is shown reversed."""


@cache
def names() -> tuple[str, ...]:
    """The names of the themes that are shipped, the default one first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


@cache
def load(name: str) -> Theme:
    """The shipped theme of that name.

    Raises `LookupError` naming those that exist, and `ThemeError` for an entry that no theme has.
    """
    if name not in names():
        raise LookupError(f"There is no theme {name!r}; there are: {', '.join(names())}.")
    return theme_of(name, tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
