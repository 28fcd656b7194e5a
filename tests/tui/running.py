"""The real app over a server in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from screens.generic.words import register_resources
from screens.registry import SCREENS
from tests.tui.fake_api import FakeApi
from tests.tui.settle import Deadline, settled

Running = tuple[ErpApp, Pilot[Any]]


def session_over(api: FakeApi, folder: Path, settings: Mapping[str, Any] | None = None) -> Session:
    """A session of somebody who is signed in, with its files in a folder."""
    os.environ["ERP_DATA_DIR"] = str(folder)
    profile = Profile(name="test", url=api.base_url, organization="DEMO", username="clerk")
    own = Settings(folder / "config.yaml", settings or {}, {})
    vault = Vault(profile, folder / "sessions")
    return cast(
        "Session",
        SimpleNamespace(
            api=api,
            profile=profile,
            signed_in=True,
            by_key="ERP_API_KEY" in os.environ,
            settings=own,
            vault=vault,
            hint="",
        ),
    )


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
    session = session_over(api, folder, settings)
    register_resources(SCREENS, await api.meta())
    app = ErpApp("test", replace(options or Options(), session=session))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        if word:
            app.open_word(word)
            await settled(pilot)
        yield app, pilot
        assert not app.faults.met, f"mistakes of the program that did not end it: {app.faults.met}"


async def until(pilot: Pilot[Any], condition: Callable[[], Any]) -> None:
    """Returns when the condition holds and the app is at rest; fails at the deadline."""
    deadline = Deadline()
    while True:
        await settled(pilot)
        if condition():
            return
        assert not deadline.is_up, f"the condition was never met; on the screen:\n{shown(pilot.app)}"
        await pilot.pause(0.005)


def at_work(app: App[Any]) -> bool:
    """Whether the screen on top still waits for something that it asked for."""
    return any(worker.node is app.screen and not worker.is_finished for worker in app.workers)


def shown(app: App[Any]) -> str:
    """What is on the screen, as plain lines without spaces at their ends."""
    width, height = app.size
    # As the app paints: what a dialog does not cover is drawn from the screens beneath it.
    visible_screen_stack.set(app._background_screens)
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join(strip.text[:width].rstrip() for strip in lines)
