"""No state rests on colour, nothing blinks, nothing moves by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from erp_tui.core.colours import Colours
from erp_tui.core.errors import FieldError, InvalidError
from erp_tui.options import Options
from screens.forms.form_screen import FormScreen
from screens.lists.list_screen import ListScreen
from tests.tui.running import running
from tests.tui.sample import sample_api
from tests.tui.settle import settled
from widgets.form_panel import FormPanel
from widgets.frame.status_line import Connection

pytestmark = pytest.mark.client

ROOT = Path(__file__).resolve().parents[2]
PLAIN = Options(colours=Colours.NONE)


def drawn(app: App[Any]) -> str:
    """What a terminal without colours is sent: letters and attributes."""
    _width, height = app.size
    return "\n".join(strip.render(app.console) for strip in app.screen._compositor.render_strips()[:height])


Change = Callable[[Any, Pilot[Any]], Any]


async def down(app: Any, pilot: Pilot[Any]) -> None:
    await pilot.press("down")


async def mark(app: Any, pilot: Pilot[Any]) -> None:
    await pilot.press("space", "up")


async def leave_the_table(app: Any, pilot: Pilot[Any]) -> None:
    app.screen.set_focus(None)


async def sort(app: Any, pilot: Pilot[Any]) -> None:
    app.screen.table.ordering = "-code"
    app.screen.table.refresh()


async def number_typed(app: Any, pilot: Pilot[Any]) -> None:
    await pilot.press("5")


@pytest.mark.parametrize("change", [down, mark, leave_the_table, sort, number_typed])
async def test_every_state_of_a_list_is_seen_without_colour(change: Change, tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, options=PLAIN) as (app, pilot):
        assert isinstance(app.screen, ListScreen)
        before = drawn(app)
        await change(app, pilot)
        await settled(pilot)
        assert drawn(app) != before
        assert not re.search("\x1b\\[[0-9;]*\\b(3|4|9|10)[0-9]\\b", drawn(app)), "no colour is sent"


async def test_every_state_of_a_field_is_seen_without_colour(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers new", tmp_path, options=PLAIN) as (app, pilot):
        assert isinstance(app.screen, FormScreen)
        looks = [drawn(app)]
        await pilot.press("down")
        await settled(pilot)
        looks.append(drawn(app))
        app.screen.query_one(FormPanel).show_errors([FieldError("name", "taken", "It is taken.")])
        await settled(pilot)
        looks.append(drawn(app))
        app.screen.query_one(FormPanel).fields["since"].disabled = True
        await settled(pilot)
        looks.append(drawn(app))
        assert [looks.index(look) for look in looks] == [0, 1, 2, 3]
        assert "✗" in looks[2]


async def test_every_state_of_the_foot_is_seen_without_colour(tmp_path: Path) -> None:
    async with running(sample_api(), "suppliers", tmp_path, options=PLAIN) as (app, pilot):
        states: list[dict[str, Any]] = [{"connection": each} for each in Connection]
        states += [
            {"production": True},
            {"read_only": True},
            {"waiting": 3},
            {"unsettled": 2},
            {"alert": "The server does not answer.", "grave": True},
            {"alert": "The server answers again."},
        ]
        first, seen = app.status, []
        for state in states:
            app.status = replace(first, **state)
            await settled(pilot)
            seen.append(drawn(app))
        # One of them is how it was.
        assert len(set(seen)) == len(states)


async def test_a_problem_is_told_by_a_mark_and_words(tmp_path: Path) -> None:
    api = sample_api()
    async with running(api, "suppliers", tmp_path, options=PLAIN) as (app, pilot):
        api.fail["list"] = [InvalidError(422, "invalid", "The filter names no field.")]
        await pilot.press("f5")
        await settled(pilot)
        assert "The filter names no field." in drawn(app).replace("\n", " ")


# No motion


def test_nothing_of_ours_blinks_or_is_animated() -> None:
    sources = [
        path
        for folder in ("screens", "widgets", "themes", "erp_tui")
        for ending in ("*.py", "*.tcss", "*.toml")
        for path in (ROOT / folder).rglob(ending)
    ]
    assert len(sources) > 100
    moving = re.compile(r"text-style: [^;]*blink|\btransition:|\.animate\(|animate=True|cursor_blink = True")
    assert [str(path) for path in sources if moving.search(path.read_text(encoding="utf-8"))] == []


async def test_animation_is_off_and_no_cursor_blinks(tmp_path: Path) -> None:
    from textual.widgets import Input, TextArea

    async with running(sample_api(), "suppliers new", tmp_path) as (app, _pilot):
        assert app.animation_level == "none"
        editors = [*app.screen.query(Input), *app.screen.query(TextArea)]
        assert editors and not any(editor.cursor_blink for editor in editors)
