"""What the tests of the client's core share: a misbehaving server and folders of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from erp_tui.core.remote.api import Api
from erp_tui.core.remote.transport import Patience
from tests.core.fake_server import FakeServer

QUICK = Patience(deadline=5.0, one_try=2.0, connect=1.0, wait_initial=0.01, wait_max=0.05, wait_jitter=0.01)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ERP_KEYRING", "off")
    for name in ("ERP_PROFILE", "ERP_URL", "ERP_API_KEY", "ERP_LANGUAGE", "ERP_THEME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    server = FakeServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def api(server: FakeServer, tmp_path: Path) -> AsyncIterator[Api]:
    api = Api(server.url, cache_folder=tmp_path / "descriptions", patience=QUICK)
    yield api
    await api.aclose()
