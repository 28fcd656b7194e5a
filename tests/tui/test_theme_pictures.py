"""How the four themes look, in colour: a list and a form. Text snapshots show the rest (`test_snapshots.py`).

Taken anew with `pytest tests/tui/test_theme_pictures.py --snapshot-update -n 0`; look at them before committing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

import themes
from erp_tui.app import ErpApp
from erp_tui.options import Options
from screens.generic.words import register_resources
from screens.home import HomeScreen
from screens.registry import SCREENS
from tests.tui.running import session_over, until
from tests.tui.sample import sample_api

pytestmark = [pytest.mark.client, pytest.mark.paints]

SHOWN = {"list": "suppliers", "form": "suppliers new"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine shows in a picture."""
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path))  # What a session sets is undone.
    for name in ("NO_COLOR", "ERP_COLOURS", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("screen", SHOWN)
@pytest.mark.parametrize("theme", themes.names())
def test_the_theme_looks_as_it_did(
    theme: str, screen: str, tmp_path: Path, snap_compare: Callable[..., bool]
) -> None:
    api = sample_api()
    asyncio.run(_register(api))
    app = ErpApp("test", Options(theme=theme, session=session_over(api, tmp_path)))

    async def open_it(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.open_word(SHOWN[screen])
        await until(pilot, lambda: not isinstance(app.screen, HomeScreen))

    assert snap_compare(app, terminal_size=(80, 24), run_before=open_it)


async def _register(api: Any) -> None:
    register_resources(SCREENS, await api.meta())


def test_the_pictures_of_the_themes_differ_in_colour_alone() -> None:
    folder = Path(__file__).parent / "__snapshots__" / "test_theme_pictures"
    for screen in SHOWN:
        texts = {
            " ".join(re.findall(r">([^<>]+)</text>", file.read_text(encoding="utf-8")))
            for file in folder.glob(f"*-{screen}*.svg")
        }
        pictures = {file.read_bytes() for file in folder.glob(f"*-{screen}*.svg")}
        assert len(pictures) == len(themes.names())
        # Runs of letters are cut where a style ends, which differs; the letters do not.
        assert len({re.sub(r"\s|&#160;", "", text) for text in texts}) == 1
