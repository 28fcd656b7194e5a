"""A window that changes its size in the middle of a wizard: nothing typed is lost, the cursor stays, all is in reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.css.query import NoMatches
from textual.errors import NoWidget
from textual.pilot import Pilot

from erp_tui.init_app import InitApp
from screens.home import FEW_LINES, MANY_LINES, HomeScreen
from screens.system.init_wizard import InitWizard
from tests.tui.running import running, shown, until
from tests.tui.settle import settled
from tests.tui.test_init_wizard import Maker
from tests.tui.trade import TradeApi
from widgets.frame.too_small import TooSmall

pytestmark = pytest.mark.client

SIZES = ((80, 24), (60, 20), (20, 5), (120, 40))
"""As a person drags the corner of a window of 120x40 cells, beyond what can be worked in, and back."""

REPAINTS = 20
"""How often it is looked whether a widget has come into sight: scrolling is over only with the next painting."""

LINE = (*"S001", "f10", *"P1", "enter", *"12")
FILE = tuple("f.csv")
STAGES: dict[str, tuple[str, Sequence[str], str]] = {
    "order: head": ("po new", (*"S001", "enter", *"15"), "15"),
    "order: lines": ("po new", LINE, "12"),
    "order: review": ("po new", (*LINE, "enter", "enter", "f8"), "Nothing is ordered yet"),
    "receipt: product": ("receive 10023", tuple("P"), "P"),
    "receipt: quantity": ("receive 10023", (*"P1", "enter", *"3"), "3"),
    "import: file": ("import products", FILE, "It begins:"),
    "import: columns": ("import products", (*FILE, "enter"), "comes from"),
    "import: check": ("import products", (*FILE, "enter", "f10"), "1 refused"),
}
"""What is open, what was typed into it, and what shows that it was."""

SETUP: dict[str, Sequence[str]] = {
    "organization": (*"PRAIRIE", "enter", *"Prairie Prov"),
    "units": (*"PRAIRIE", "enter", *"Prairie", "enter", *"eur", "f10", "down", "space"),
    "locations": (*"PRAIRIE", "enter", *"Prairie", "enter", *"eur", "f10", "f10", *"COLD", "enter", *"Co"),
    "numbers": (*"PRAIRIE", "enter", *"Prairie", "enter", *"eur", "f10", "f10", "f10", "end", *"X-"),
    "administrator": (
        *(*"PRAIRIE", "enter", *"Prairie", "enter", *"eur", "f10", "f10", "f10", "f10"),
        *(*"anna", "enter", "enter", "enter", *"four words"),
    ),
}


async def assert_the_size_changes_nothing(pilot: Pilot[Any]) -> None:
    """What was typed, where the cursor is and what is shown outlive every size; at each all of it is in reach."""
    app: Any = pilot.app
    await until(pilot, lambda: "keys waiting" not in shown(app))
    screen, focused = app.screen, app.focused
    typed, before = screen.dump(), shown(app)
    assert focused is not None
    for size in SIZES:
        await pilot.resize_terminal(*size)
        await settled(pilot)
        assert app._exception is None
        assert app.screen is screen
        assert app.focused is focused, f"the cursor is elsewhere at {size}"
        assert screen.dump() == typed, f"what was typed is another at {size}"
        if screen.query_one(TooSmall).display:
            assert "Make the window larger" in " ".join(shown(app).split())
            continue
        assert is_seen(app, focused), f"the cursor is not seen at {size}:\n{shown(app)}"
        assert await out_of_reach(pilot) == [], f"at {size}:\n{shown(app)}"
    await until(pilot, lambda: shown(app) == before)


async def out_of_reach(pilot: Pilot[Any]) -> list[str]:
    """What Tab leads to and no scrolling brings into sight."""
    app = pilot.app
    hidden = []
    for widget in app.screen.focus_chain:
        widget.scroll_visible(animate=False, immediate=True)
        for _repaint in range(REPAINTS):
            await settled(pilot)
            if is_seen(app, widget):
                break
            await pilot.pause(0.01)
        else:
            hidden.append(f"{widget.parent} {widget}")
    if app.focused is not None:
        app.focused.scroll_visible(animate=False, immediate=True)
        await settled(pilot)
    return hidden


def is_seen(app: App[Any], widget: Any) -> bool:
    try:
        return bool(app.screen.find_widget(widget).visible_region)
    except (NoWidget, NoMatches):
        return False


@pytest.mark.parametrize("stage", STAGES)
async def test_a_wizard_outlives_every_size_of_its_window(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.csv").write_text("sku,what\nA1,[/x]\nA2,Bet\x1ba\nP1,New\n")
    word, keys, sign = STAGES[stage]
    async with running(TradeApi(), word, tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: sign in shown(app))
        await assert_the_size_changes_nothing(pilot)


@pytest.mark.parametrize("step", SETUP)
async def test_the_setup_outlives_every_size_of_its_window(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path / "config"))
    app = InitApp(initializer=Maker())  # type: ignore[arg-type]
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, InitWizard))
        await pilot.press(*SETUP[step])
        await settled(pilot)
        wizard: Any = app.screen
        assert wizard.frame.index == list(SETUP).index(step)
        await assert_the_size_changes_nothing(pilot)


async def test_the_first_screen_reaches_to_the_edge_also_beneath_a_dialog(tmp_path: Path) -> None:
    async with running(TradeApi(), "", tmp_path) as (app, pilot):
        home = app.screen
        assert isinstance(home, HomeScreen)

        def longest() -> int:
            options = (home.menu.get_option_at_index(place) for place in range(home.menu.option_count))
            return max(len(str(option.prompt)) for option in options if "." in str(option.id))

        await until(pilot, lambda: home.menu.option_count and longest() == 80 - 4)
        await pilot.resize_terminal(100, 24)
        await until(pilot, lambda: longest() == 100 - 4)
        await pilot.press("ctrl+g", *"keys", "enter")
        await until(pilot, lambda: app.screen is not home)
        for width in (120, 80):
            await pilot.resize_terminal(width, 40)
            await until(pilot, lambda width=width: longest() == width - 4)
        assert app.screen is not home


async def test_a_taller_window_lists_more_of_what_waits(tmp_path: Path) -> None:
    async with running(TradeApi(), "", tmp_path) as (app, pilot):
        home = app.screen
        assert isinstance(home, HomeScreen)
        await until(pilot, lambda: home._asked_for == FEW_LINES)
        await pilot.resize_terminal(80, 50)
        await until(pilot, lambda: home._asked_for == MANY_LINES)
