"""What the terminal shows, so that only what differs goes out on the line.

Textual sends every region that it painted, whether it looks as before or not: a list of candidates for each letter,
the whole screen when a bar opens. Here each line is held as it was sent last, and what is painted is sent from the
first cell that differs to the last one.

What is held is a guess: a message of the system may have been written over it. Whatever makes the terminal blank,
another size among it, has to `forget`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from textual.screen import Screen

ONE_CELL_EACH: Final = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u25c7\u2713]*"
).fullmatch
"""Texts of which every character takes one cell on every terminal. Within others nothing is left out: where a
terminal thinks otherwise of a width, what was drawn before stands elsewhere than one would say."""

Piece = tuple[int, Strip]
"""A part of a line, and the column where it begins."""


class ShownCells:
    """What was sent last, line by line. One for an app, since all of its screens share the terminal."""

    def __init__(self) -> None:
        self._lines: list[dict[int, Strip]] = []

    def forget(self) -> bool:
        """The terminal may show anything. Returns whether anything was held."""
        held, self._lines = bool(self._lines), []
        return held

    def sent(self, update: CompositorUpdate, console: Console) -> str:
        """What has to be sent for an update, which counts as sent from now on."""
        if not isinstance(update, LayoutUpdate | ChopsUpdate):
            self.forget()
            return update.render_segments(console)
        height = update.region.height if isinstance(update, LayoutUpdate) else len(update.chops)
        if height != len(self._lines):
            self._lines = [{} for _line in range(height)]
        painted = _whole_lines(update) if isinstance(update, LayoutUpdate) else _parts(update)
        return "".join(
            f"\x1b[{y + 1};{x + start + 1}H{strip.crop(start, end).render(console)}"
            for y, x, strip in painted
            for start, end in self._differing(y, x, strip)
        )

    def _differing(self, y: int, x: int, strip: Strip) -> Iterator[tuple[int, int]]:
        """From which cell to which one this part of a line looks otherwise than before; nothing where it does not."""
        line = self._lines[y]
        before = line.get(x)
        if before is None or before.cell_length != strip.cell_length:
            before = _taken_out(line, x, x + strip.cell_length)
        line[x] = strip
        if before is None:
            yield 0, strip.cell_length
        elif before is not strip:
            old, new = [*before], [*strip]
            if old != new:
                yield _differing_cells(old, new, strip)


class OnlyWhatDiffers(CompositorUpdate):
    """An update of which only what the terminal does not show yet is sent."""

    def __init__(self, update: CompositorUpdate, shown: ShownCells) -> None:
        self._update = update
        self._shown = shown

    def render_segments(self, console: Console) -> str:
        """The bytes to send. Asked for once, when they are sent."""
        return self._shown.sent(self._update, console)


class SparingApp(App[int]):
    """The part of the app that says nothing to the terminal twice."""

    shown: ShownCells

    def __init__(self) -> None:
        self.shown = ShownCells()
        super().__init__()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable = OnlyWhatDiffers(renderable, self.shown)
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        """Comes with another size, and after the program was stopped and goes on in a terminal wiped clean."""
        self.draw_anew()

    def draw_anew(self) -> None:
        """Sends the whole screen, whatever the terminal is thought to show."""
        if self.shown.forget():
            self.screen.refresh()


def _whole_lines(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, strips in enumerate(update.strips, update.region.y):
        pieces = list(strips)
        starts = accumulate((strip.cell_length for strip in pieces), initial=update.region.x)
        for x, strip in zip(starts, pieces, strict=False):
            yield y, x, strip


def _parts(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Every painted part that a span touches, whole: the rest of it looks as before and is left out in the end."""
    for y, start, end in update.spans:
        for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < end and stop > start:
                yield y, x, strip


def _taken_out(line: dict[int, Strip], start: int, end: int) -> Strip | None:
    """What a line shows between two columns, None where that is not known; taken out of the line."""
    inside: list[Strip] = []
    for x, strip in sorted(_overlapping(line.items(), start, end)):
        del line[x]
        if ONE_CELL_EACH(strip.text) is None:
            continue
        if x < start:
            line[x] = strip.crop(0, start - x)
        if x + strip.cell_length > end:
            line[end] = strip.crop(end - x)
        inside.append(strip.crop(max(0, start - x), end - x))
    if sum(strip.cell_length for strip in inside) != end - start:
        return None
    return Strip.join(inside)


def _overlapping(pieces: Iterable[Piece], start: int, end: int) -> list[Piece]:
    return [(x, strip) for x, strip in pieces if x < end and x + strip.cell_length > start]


def _differing_cells(old: list[Segment], new: list[Segment], strip: Strip) -> tuple[int, int]:
    """The first cell that differs, and the one behind the last."""
    end = strip.cell_length
    if not all(ONE_CELL_EACH(segment.text) for segment in (*old, *new)):
        return 0, end
    start = _alike(old, new)
    # From the right no further than to where they part from the left: "aa" and "aaa" have both in common.
    return start, max(end - _alike(old[::-1], new[::-1], backwards=True), start)


def _alike(old: list[Segment], new: list[Segment], *, backwards: bool = False) -> int:
    """How many characters at the beginning, or at the end, have the same text and style."""
    count = 0
    for before, after in zip(old, new, strict=False):
        if before == after:
            count += len(after.text)
            continue
        if before.style == after.style:
            step = -1 if backwards else 1
            count += _begins_alike(before.text[::step], after.text[::step])
        break
    return count


def _begins_alike(one: str, other: str) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
