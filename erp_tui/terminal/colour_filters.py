"""Drawing without colours, or with sixteen: the last step before a line leaves for the terminal.

Textual's own way without colours turns them grey. Here none is sent at all, and what stood on a light ground is
shown reversed; the theme `themes.PLAIN` has only light and dark ones.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from themes.contrast import ratio

LIGHT: Final = 0.25
"""From this brightness on a ground counts as light."""

READABLE: Final = 4.5
GREYISH: Final = 0.3
"""Below this saturation a colour counts as a grey."""

PALETTE: Final = tuple(
    Color(*parts)
    for parts in (
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    )
)
"""The sixteen colours as xterm shows them. Terminals let people change them; which of two is lighter stays."""

GROUNDS: Final = range(8)
"""The eight that every terminal has as a ground; on some the bright ones blink."""


class PlainLines(LineFilter):
    """Sends no colour. Attributes stay: bold, underlined, reversed, struck through."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, colourless."""
        return [Segment(text, _plain(style), control) for text, style, control in segments]


class SixteenColours(LineFilter):
    """Sends the sixteen colours of every terminal alone, ink always readable on its ground."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in the colours of the palette."""
        return [Segment(text, _of_sixteen(style), control) for text, style, control in segments]


@lru_cache(maxsize=4096)
def _plain(style: Style | None) -> Style | None:
    if style is None:
        return None
    ground = style.bgcolor
    light = ground is not None and Color.from_rich_color(ground).brightness >= LIGHT
    bare = style.without_color
    return bare + Style(reverse=True) if light and not style.reverse else bare


@lru_cache(maxsize=4096)
def _of_sixteen(style: Style | None) -> Style | None:
    if style is None or (style.color is None and style.bgcolor is None):
        return style
    ground = _nearest_ground(style.bgcolor) if style.bgcolor is not None else None
    ink = _readable_ink(style.color, ground or 0) if style.color is not None else None
    chosen = Style(
        color=RichColor.from_ansi(ink) if ink is not None else None,
        bgcolor=RichColor.from_ansi(ground) if ground is not None else None,
    )
    return style.without_color + chosen


def _nearest_ground(colour: RichColor) -> int:
    return min(GROUNDS, key=partial(_unlike, Color.from_rich_color(colour)))


def _readable_ink(colour: RichColor, ground: int) -> int:
    """The nearest colour that can be read on the ground; black or white can on every one."""
    near = sorted(range(len(PALETTE)), key=partial(_unlike, Color.from_rich_color(colour)))
    return next(number for number in near if ratio(PALETTE[number], PALETTE[ground]) >= READABLE)


def _unlike(wanted: Color, number: int) -> tuple[float, float]:
    """How unlike a colour of the palette is: by its hue, and where two share it by their lightness.

    The nearest by distance alone would turn a pale red into grey: a red says more by being red than by being pale.
    """
    hue, saturation, lightness = wanted.hsl
    own_hue, own_saturation, own_lightness = PALETTE[number].hsl
    if saturation < GREYISH or not 0.1 < lightness < 0.95:
        return own_saturation, abs(own_lightness - lightness)
    turn = abs(own_hue - hue)
    return (1.0 if own_saturation < GREYISH else min(turn, 1 - turn)), abs(own_lightness - lightness)
