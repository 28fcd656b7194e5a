"""Only what differs goes out on the line, and the terminal shows the same as if everything had."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from erp_tui.terminal.shown import ShownCells
from tests.tui.running import running, until
from tests.tui.sample import million_api
from tests.tui.settle import settled

pytestmark = pytest.mark.client

WIDTH, HEIGHT, ROUNDS = 40, 6, 400
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH)
STYLES = [Style(), Style(reverse=True), Style(color="red", bold=True), Style(bgcolor="blue")]
WORDS = ["", "a", "ab", "SKU-0000010", "日本", "é", "e\u0301", "│ ▲", "   ", "✓ x", "👍"]


class Screenful:
    """A terminal in memory, fed with what is sent."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")  # as Textual does: a line ends where it ends

    def cells(self) -> list[list[Any]]:
        return [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


def piece(random: Random, width: int) -> Strip:
    """A part of a line with some words in some styles, just as wide."""
    segments = [Segment(random.choice(WORDS), random.choice(STYLES)) for _word in range(random.randint(1, 4))]
    return Strip(Segment.adjust_line_length(segments, width, random.choice(STYLES)), width)


def cuts(random: Random) -> list[int]:
    return sorted({0, WIDTH, *random.choices(range(1, WIDTH), k=random.randint(0, 3))})


def line(random: Random, ends: list[int]) -> dict[int, Strip]:
    return {start: piece(random, end - start) for start, end in pairwise(ends)}


def painted(
    random: Random, before: list[dict[int, Strip]]
) -> tuple[CompositorUpdate, list[dict[int, Strip]]]:
    """An update as the compositor makes them, mostly of lines that are cut as before and look much the same."""
    if random.random() < 0.1:
        lines = [line(random, cuts(random)) for _y in range(HEIGHT)]
        return LayoutUpdate([each.values() for each in lines], Region(0, 0, WIDTH, HEIGHT)), lines
    lines = [dict(each) if random.random() < 0.7 else line(random, cuts(random)) for each in before]
    for each in lines:
        for x, strip in each.items():
            if random.random() < 0.4:
                each[x] = piece(random, strip.cell_length)
    ends = [[x + strip.cell_length for x, strip in each.items()] for each in lines]
    spans = [(y, 0, WIDTH) for y in range(HEIGHT) if lines[y] != before[y]] or [(0, 0, WIDTH)]
    return ChopsUpdate(lines, spans, ends), lines


@pytest.mark.parametrize("seed", range(4))
def test_the_terminal_shows_what_it_would_if_everything_were_sent(seed: int) -> None:
    random, shown = Random(seed), ShownCells()
    ours, stock = Screenful(), Screenful()
    lines = [line(random, [0, WIDTH]) for _y in range(HEIGHT)]
    update: CompositorUpdate = LayoutUpdate([each.values() for each in lines], Region(0, 0, WIDTH, HEIGHT))
    less = more = 0
    for _round in range(ROUNDS):
        everything, only = update.render_segments(CONSOLE), shown.sent(update, CONSOLE)
        stock.stream.feed(everything)
        ours.stream.feed(only)
        assert ours.screen.display == stock.screen.display
        assert ours.cells() == stock.cells()
        less, more = less + len(only), more + len(everything)
        update, lines = painted(random, lines)
    assert less < more * 0.8


def test_what_is_there_is_not_sent_again_until_the_terminal_may_show_anything() -> None:
    shown = ShownCells()
    text = Strip([Segment("Purchase orders".ljust(WIDTH), Style(bold=True))], WIDTH)
    update = LayoutUpdate([[text]], Region(0, 0, WIDTH, 1))
    first = shown.sent(update, CONSOLE)
    assert "Purchase orders" in first
    same = Strip([Segment("Purchase orders".ljust(WIDTH), Style(bold=True))], WIDTH)
    assert shown.sent(LayoutUpdate([[same]], Region(0, 0, WIDTH, 1)), CONSOLE) == ""
    other = Strip([Segment("Purchase offers".ljust(WIDTH), Style(bold=True))], WIDTH)
    assert (
        shown.sent(LayoutUpdate([[other]], Region(0, 0, WIDTH, 1)), CONSOLE) == "\x1b[1;11H\x1b[1mff\x1b[0m"
    )
    assert shown.forget()
    assert not shown.forget(), "nothing was held any more"
    assert "Purchase offers" in shown.sent(LayoutUpdate([[other]], Region(0, 0, WIDTH, 1)), CONSOLE)


def test_a_text_of_uncertain_width_is_sent_whole() -> None:
    """Where the terminal takes another number of cells for a letter, what follows it stands elsewhere there."""
    shown = ShownCells()
    for text in ("👍 ten", "👍 tan"):
        strip = Strip([Segment(text, Style())], 6)
        sent = shown.sent(LayoutUpdate([[strip]], Region(0, 0, 6, 1)), CONSOLE)
    assert sent == "\x1b[1;1H👍 tan"


@pytest.mark.paints
async def test_another_size_draws_everything_anew(tmp_path: Path) -> None:
    async with running(million_api(), "products", tmp_path, size=(120, 40)) as (app, pilot):
        await settled(pilot)
        compositor = app.screen._compositor
        app.shown.sent(compositor.render_full_update(), app.console)
        assert app.shown.sent(compositor.render_full_update(), app.console) == ""
        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        assert len(app.shown.sent(compositor.render_full_update(), app.console)) > 3_000


@pytest.mark.paints
async def test_f5_draws_the_whole_screen_anew(tmp_path: Path) -> None:
    """A message of the system that was written over the screen goes away with it."""
    async with running(million_api(), "products", tmp_path, size=(120, 40)) as (app, pilot):
        await settled(pilot)
        compositor = app.screen._compositor
        app.shown.sent(compositor.render_full_update(), app.console)
        await pilot.press("f5")
        await settled(pilot)
        assert len(app.shown.sent(compositor.render_full_update(), app.console)) > 3_000


@pytest.mark.paints
async def test_a_move_asks_the_table_alone_for_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    original = Widget.render_lines

    def render_lines(self: Widget, crop: Region) -> list[Strip]:
        asked.append((type(self).__name__, crop.height))
        return original(self, crop)

    alone = {"beside": False}
    async with running(million_api(), "products", tmp_path, size=(120, 40), settings=alone) as (_app, pilot):
        for _move in range(4):
            await pilot.press("down")
            await settled(pilot)
        monkeypatch.setattr(Widget, "render_lines", render_lines)
        await pilot.press("down")
        await until(pilot, lambda: bool(asked))
        assert asked == [("PagedTable", 2)]
