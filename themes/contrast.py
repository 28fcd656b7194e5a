"""Whether a theme can be read: the contrast ratio of WCAG 2.2 (1.4.3: 4.5:1 for text)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from textual.color import Color
from textual.constants import DIM_FACTOR
from textual.theme import Theme

LEAST: Final = 4.5
GROUNDS: Final = ("background", "surface", "panel")
FITTING: Final = "auto"
"""Black or white, whichever parts better from its ground: nothing to check."""
INKS: Final = ("foreground", "error", "success", "warning", "accent", "primary")


class Pair(NamedTuple):
    """Ink on a ground, as the style sheet uses them together, and how well they part."""

    ink: str
    ground: str
    ratio: float


def ratio(one: Color, other: Color) -> float:
    """The contrast ratio of two opaque colours, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs(theme: Theme) -> Iterator[Pair]:
    """Every pair of ink and ground that text is drawn with."""
    values = theme.to_color_system().generate()
    colours = {name: Color.parse(values[name]) for name in {*GROUNDS, *INKS}}
    for ground in GROUNDS:
        for ink in INKS:
            yield Pair(ink, ground, ratio(colours[ink], colours[ground]))
        dim = colours[ground].blend(colours["foreground"], DIM_FACTOR)
        yield Pair("foreground, dim", ground, ratio(dim, colours[ground]))
    for ground in ("error", "success", "warning"):
        yield Pair("background", ground, ratio(colours["background"], colours[ground]))
    for cursor in ("block-cursor", "block-cursor-blurred"):
        ink, ground = values[f"{cursor}-foreground"], values[f"{cursor}-background"]
        if not ink.startswith(FITTING):
            told = ratio(Color.parse(ink), Color.parse(ground))
            yield Pair(f"{cursor}-foreground", f"{cursor}-background", told)
    selection = colours["background"] + _with_strength(values["input-selection-background"])
    yield Pair("foreground", "input-selection-background", ratio(colours["foreground"], selection))


def too_faint(theme: Theme, least: float = LEAST) -> list[Pair]:
    """The pairs that are hard to read, the worst first."""
    return sorted((pair for pair in pairs(theme) if pair.ratio < least), key=lambda pair: pair.ratio)


def _with_strength(value: str) -> Color:
    name, _blank, strength = value.partition(" ")
    colour = Color.parse(name)
    return colour.with_alpha(float(strength.rstrip("%")) / 100) if strength else colour


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
