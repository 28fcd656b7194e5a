"""P10: while the server is away the clerk goes on typing and scanning, and always knows the state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from erp_tui.app import ErpApp
from erp_tui.core.errors import ApiError, ErpError
from erp_tui.core.kept.outbox import Intent, State
from erp_tui.core.remote.api import Api
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.session import Session
from erp_tui.core.sessions.vault import Vault
from erp_tui.core.settings import Settings
from erp_tui.options import Options
from tests.e2e.shop import ORGANIZATION, PASSWORD, USERNAME, Shop, adjustment, house_like, open_shop
from tests.tui.running import shown
from tests.tui.settle import settled
from widgets.frame.status_line import Connection


@dataclass(frozen=True)
class Within:
    """Seconds by the clock."""

    told: float
    """From the server's end until the clerk is told of it."""
    back: float
    """From its return until the clerk is online again."""
    settled: float
    """From then until all that was confirmed is settled."""


PROMISED = Within(told=3.0, back=5.0, settled=30.0)
ON_A_BUSY_MACHINE = Within(told=30.0, back=60.0, settled=90.0)
"""For the short form, which runs beside others: there it holds what happens, and the soak holds when."""
SETTLED_A_SECOND = 10
"""What is settled in a second at least, where more waits than fits in that time."""
BETWEEN_SCANS = 0.5
"""Seconds: nobody takes up one thing after another faster."""

FORBIDDEN = ("failed", "refused", "error")
"""Words that would be a lie about a write whose outcome is not known."""


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("p10") / "data", "sqlite") as house:
        yield open_shop(house)


class Clerk:
    """Types letters into the stock screen and scans, each scan a confirmed write through the outbox."""

    def __init__(self, app: ErpApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot
        self.scanned = 0
        self.typed = ""
        self.said: list[str] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._scanned_at = 0.0

    async def work(self) -> None:
        """One letter, and a scan where a hand could be there again; what the screen says meanwhile is kept."""
        letter = "abcdefghij"[len(self.typed) % 10]
        await self.pilot.press(letter)
        self.typed += letter
        if monotonic() - self._scanned_at >= BETWEEN_SCANS:
            self._scanned_at = monotonic()
            task = asyncio.create_task(self._scan(f"scan {self.scanned}"))
            self.scanned += 1
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self.said.append(shown(self.app))

    async def _scan(self, reason: str) -> None:
        intent = Intent("operate", "inventory.adjust", adjustment("1", reason), title=reason)
        try:
            await self.app.outbox.submit(intent)
        except ErpError as error:
            # Kept in the outbox; whoever is told of it hears that it is not known yet.
            self.said.append(error.sentence())
            assert not isinstance(error, ApiError) or error.status in (409, 503), error

    async def until(self, condition: Callable[[], Any], within: float, what: str) -> float:
        """Goes on working until the condition holds; returns after how many seconds. Fails when it takes longer."""
        started = monotonic()
        while not condition():
            assert monotonic() - started < within, f"not within {within} s: {what}\n{shown(self.app)}"
            await self.work()
            await asyncio.sleep(0.05)
        return monotonic() - started

    async def for_seconds(self, seconds: float) -> None:
        """Goes on working for so long."""
        end = monotonic() + seconds
        await self.until(lambda: monotonic() >= end, seconds + 60, "time passes")

    async def finished(self) -> None:
        """Every scan has been given to the outbox and was answered or left there."""
        await asyncio.gather(*self._sending)


@asynccontextmanager
async def at_work(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[ErpApp, Clerk]]:
    """A clerk on the stock screen of the real app, signed in to the real server."""
    monkeypatch.setenv("ERP_DATA_DIR", str(folder))
    monkeypatch.setenv("ERP_CONFIG_DIR", str(folder))
    monkeypatch.setenv("ERP_KEYRING", "off")
    url = f"http://127.0.0.1:{shop.house.port}"
    api = Api(url)
    await api.sign_in(USERNAME, PASSWORD)
    profile = Profile(name="test", url=url, organization=ORGANIZATION, username=USERNAME)
    session = Session(Settings(folder / "config.yaml", {}, {}), profile, Vault(profile), api)
    app = ErpApp("test", Options(session=session))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        app.open_word("stock")
        await settled(pilot)
        clerk = Clerk(app, pilot)
        await clerk.until(lambda: app.status.connection is Connection.ONLINE, 60, "online")
        yield app, clerk
    await api.aclose()


async def outage(
    shop: Shop, app: ErpApp, clerk: Clerk, *, killed: bool, seconds: float, within: Within
) -> None:
    """The server is away for so long, killed or mute; asserts what the clerk is told, and when."""
    told_before = len(clerk.said)
    await asyncio.to_thread(shop.kill if killed else shop.freeze)
    await clerk.until(
        lambda: app.status.connection is Connection.OFFLINE, within.told, "the screen says that it is away"
    )
    assert "No answer from the server" in shown(app)
    await clerk.for_seconds(seconds)
    assert app.status.connection is Connection.OFFLINE
    said = clerk.said[told_before:]
    assert not [text for text in said for word in FORBIDDEN if word in text.lower()]
    assert all(entry.state is not State.REFUSED for entry in app.outbox.entries())
    await asyncio.to_thread(shop.start_again if killed else shop.thaw)
    await clerk.until(
        lambda: app.status.connection in (Connection.ONLINE, Connection.SLOW), within.back, "online again"
    )


async def outages(
    shop: Shop,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    kinds: list[bool],
    seconds: float,
    within: Within,
) -> None:
    async with at_work(shop, folder, monkeypatch) as (app, clerk):
        for killed in kinds:
            await outage(shop, app, clerk, killed=killed, seconds=seconds, within=within)
        await clerk.finished()
        end = monotonic() + max(within.settled, len(app.outbox.unsettled()) / SETTLED_A_SECOND)
        while app.outbox.unsettled():
            assert monotonic() < end, f"{len(app.outbox.unsettled())} of {clerk.scanned} are not settled"
            await asyncio.sleep(1.0)  # a look at the outbox reads all of it
        await settled(clerk.pilot)
        assert app._exception is None and app.return_code is None
        assert app.screen.query_one(Input).value == clerk.typed, "a letter was lost"
        scanned = clerk.scanned
    await asyncio.to_thread(shop.sign_in)  # the first token has expired in the long form
    assert await asyncio.to_thread(shop.moves, "scan ") == {f"scan {n}": 1 for n in range(scanned)}


async def test_typing_and_scanning_go_on_while_the_server_is_away_and_nothing_is_lost(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once killed with -9, once alive and mute: a line that swallows everything."""
    await outages(shop, tmp_path, monkeypatch, [True, False], 4.0, ON_A_BUSY_MACHINE)


@pytest.mark.soak
async def test_twenty_minutes_of_outages_lose_nothing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outages(shop, tmp_path, monkeypatch, [True, False] * 10, 60.0, PROMISED)
