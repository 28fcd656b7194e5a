"""The real client over a real server: one app a terminal, each with a disk of its own, signed in as one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from erp_tui.app import ErpApp
from erp_tui.core.remote.api import Api
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from tests.e2e.shop import ORGANIZATION, PASSWORD, USERNAME, Shop
from tests.tui.running import until
from tests.tui.settle import settled


@asynccontextmanager
async def client(
    shop: Shop,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    is_open: Callable[[ErpApp], bool],
    *,
    username: str = USERNAME,
    password: str = PASSWORD,
) -> AsyncIterator[tuple[ErpApp, Pilot[Any]]]:
    """The client on a machine of its own with the screen of ``word`` before the person.

    Several may be open at once: each learns its folders when it starts.
    """
    monkeypatch.setenv("ERP_DATA_DIR", str(folder))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(folder))
    monkeypatch.setenv("ERP_KEYRING", "off")
    monkeypatch.setattr("erp_tui.core.kept.draft_sync.terminal_name", lambda: folder.name)
    url = f"http://127.0.0.1:{shop.house.port}"
    api = Api(url)
    await api.sign_in(username, password)
    profile = Profile(name="test", url=url, organization=ORGANIZATION, username=username)
    session = Session(Settings(folder / "config.yaml", {}, {}), profile, Vault(profile), api)
    app = ErpApp("test", Options(session=session, word=word))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await until(pilot, lambda: is_open(app))
        yield app, pilot
    await api.aclose()
