"""The real app over a server in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

from textual.app import App
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.core.profiles import Profile
from erp_tui.core.session import Session
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.generic.words import register_resources
from screens.registry import SCREENS
from tests.tui.fake_api import FakeApi
from tests.tui.settle import DEADLINE, settled

Running = tuple[ErpApp, Pilot[Any]]


@asynccontextmanager
async def running(
    api: FakeApi,
    word: str,
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    options: Options | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[Running]:
    """The client, signed in, with the screen of a word open and at rest; without a word, as it opens itself."""
    os.environ["ERP_DATA_DIR"] = str(folder)
    profile = Profile(name="test", url=api.base_url, organization="DEMO", username="clerk")
    own = Settings(folder / "config.yaml", settings or {}, {})
    session = cast("Session", SimpleNamespace(api=api, profile=profile, signed_in=True, settings=own))
    register_resources(SCREENS, await api.meta())
    app = ErpApp("test", replace(options or Options(), session=session))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        if word:
            app.open_word(word)
            await settled(pilot)
        yield app, pilot


async def until(pilot: Pilot[Any], condition: Callable[[], Any]) -> None:
    """Returns when the condition holds and the app is at rest; fails after ten seconds."""
    deadline = monotonic() + DEADLINE
    while True:
        await settled(pilot)
        if condition():
            return
        assert monotonic() < deadline, f"the condition was never met; on the screen:\n{shown(pilot.app)}"
        await pilot.pause(0.005)


def shown(app: App[Any]) -> str:
    """What is on the screen, as plain lines without spaces at their ends."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join(strip.text[:width].rstrip() for strip in lines)
