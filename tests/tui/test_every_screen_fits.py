"""Every screen of the registry at several sizes: complete at 80x24, alive at 20x5, nothing cut without a sign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.registry import SCREENS
from tests.tui.fake_api import FakeApi
from tests.tui.running import at_work, running, shown, until
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from tests.tui.trade import TradeApi
from widgets.form_panel import FormPanel
from widgets.frame.key_bar import AT_MOST, KeyBar

pytestmark = pytest.mark.client

GENERIC = ("suppliers", "suppliers S002", "suppliers new", "products", "po", "po id:1")
"""Lists, a record and forms of the sample, where resources have them."""

WORDS = sorted(
    {entry.word for entry in SCREENS if entry.resource is None or entry.operation or entry.creates}
)
SIGNS = ("…", "›", "‹")


def api_for(word: str) -> FakeApi:
    return sample_api() if word in GENERIC else TradeApi()


def cut(app: App[Any]) -> Iterator[str]:
    """Texts of which a person does not see all, and is not told so."""
    screen = app.screen
    for widget in screen.walk_children(Widget):
        if not widget.is_on_screen or not widget.display or not widget.region.area:
            continue
        if not isinstance(widget, Static) or isinstance(widget, Input):
            continue
        content = widget.visual
        text = str(content) if isinstance(content, Content) else ""
        if not text.strip():
            continue
        needed = widget.get_content_height(widget.container_size, app.size, max(widget.content_size.width, 1))
        lines = needed > max(widget.content_size.height, 0)
        told = widget.styles.text_overflow == "ellipsis" or any(sign in text for sign in SIGNS)
        if lines and not told and not scrolls(widget):
            yield f"{type(widget).__name__} {widget.css_identifier_styled}: {text!r} has {needed} lines"
        if outside(widget) and not scrolls(widget):
            yield f"{type(widget).__name__} {widget.css_identifier_styled}: {text!r} stands outside"


def words_of(app: App[Any]) -> str:
    """What stands on the screen, but for the handle of a scroll bar, which may rest elsewhere."""
    return "\n".join(line.rstrip("▁▂▃▄▅▆▇█ ") for line in shown(app).splitlines())


def outside(widget: Widget) -> bool:
    return not widget.screen.region.contains_region(widget.region)


def scrolls(widget: Widget) -> bool:
    """Whether one of those around it shows by a scroll bar that there is more."""
    return any(
        isinstance(node, Widget) and (node.show_vertical_scrollbar or node.show_horizontal_scrollbar)
        for node in widget.ancestors
    )


@pytest.mark.parametrize("word", [*GENERIC, *WORDS])
async def test_nothing_is_cut_silently_at_80x24(word: str, tmp_path: Path) -> None:
    async with running(api_for(word), word, tmp_path, size=(80, 24)) as (app, _pilot):
        assert list(cut(app)) == []
        for bar in app.screen.query(KeyBar):
            assert len(bar.shown(80)) <= AT_MOST


@pytest.mark.parametrize("size", [(20, 5), (60, 20), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("word", [*GENERIC, *WORDS])
async def test_no_size_ends_a_screen_and_coming_back_it_is_whole(
    word: str, size: tuple[int, int], tmp_path: Path
) -> None:
    async with running(api_for(word), word, tmp_path, size=(80, 24)) as (app, pilot):
        await until(pilot, lambda: not at_work(app))
        before = words_of(app)
        await pilot.resize_terminal(*size)
        await settled(pilot)
        if size == (20, 5):
            assert shown(app).startswith("Make")
        elif size == (200, 60):
            assert list(cut(app)) == []
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        if word != "doctor":  # Its report tells of the window itself.
            await until(pilot, lambda: words_of(app) == before)


async def test_what_was_typed_is_there_after_a_window_that_was_too_small(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path, size=(80, 24)) as (app, pilot):
        await pilot.press(*"S900", "enter", *"Meat")
        await pilot.resize_terminal(20, 5)
        await settled(pilot)
        assert shown(app).startswith("Make")
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "S900" in shown(app)
        assert app.screen.focused.value == "Meat"  # type: ignore[union-attr]


async def test_a_text_that_is_cut_would_be_found() -> None:
    """The control."""

    class Cutting(App[None]):
        CSS = "#cut { height: 1; width: 20; } #told { height: 1; width: 20; text-wrap: nowrap; text-overflow: ellipsis; }"

        def compose(self) -> ComposeResult:
            yield Static("Far more words than this one line can take in", id="cut")
            yield Static("Far more words than this one line can take in", id="told")

    app = Cutting()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert ["#cut" in line for line in cut(app)] == [True]


@pytest.mark.parametrize(("columns", "side_by_side"), [(119, 1), (120, 2), (200, 2)])
async def test_a_wide_window_shows_a_form_in_two_columns(
    columns: int, side_by_side: int, tmp_path: Path
) -> None:
    async with running(sample_api(), "suppliers new", tmp_path, size=(columns, 40)) as (app, pilot):
        fields = list(app.screen.query_one(FormPanel).fields.values())
        assert len({field.region.x for field in fields}) == side_by_side
        await pilot.press("down")
        await settled(pilot)
        assert fields[side_by_side].has_focus_within, "Down stays in its column"
        await pilot.press("up")
        await settled(pilot)
        assert fields[0].has_focus_within
        await pilot.press("tab")
        await settled(pilot)
        assert fields[1].has_focus_within, "Tab skips no field"
