"""P1: over a line that drops, stalls, cuts and doubles, and a server that is killed, everything happens once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from erp_tui.core.errors import DeadlineExceeded, OutcomeUnknown, ServerUnreachable
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.calls import new_key
from erp_tui.core.remote.transport import Patience
from tests.e2e.fault_proxy import FaultProxy
from tests.e2e.shop import PASSWORD, USERNAME, Shop, adjustment, house_like, open_shop

SEED = 20261121
CLERKS = 8
CALLS = 100
IMPATIENT = Patience(
    deadline=4.0, one_try=1.0, connect=1.0, tries=3, wait_initial=0.02, wait_max=0.2, wait_jitter=0.05
)
ONE_TRY = Patience(deadline=4.0, one_try=1.0, connect=1.0, tries=1)
UNANSWERED = (OutcomeUnknown, ServerUnreachable, DeadlineExceeded)


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with house_like(request, tmp_path_factory.mktemp("p1") / "data", request.param) as house:
        yield open_shop(house)


@contextlib.asynccontextmanager
async def signed_in(shop: Shop, port: int, patience: Patience) -> AsyncIterator[Api]:
    """A client that has signed in over a good line and goes on over the one at this port."""
    good = Api(f"http://127.0.0.1:{shop.house.port}")
    await good.sign_in(USERNAME, PASSWORD)
    await good.aclose()
    api = Api(f"http://127.0.0.1:{port}", tokens=good.tokens, patience=patience)
    try:
        yield api
    finally:
        await api.aclose()


class Killer:
    """Kills the server with -9, all its processes, whenever so many of `calls` are confirmed, and starts it again."""

    def __init__(self, shop: Shop, calls: int, kills: int) -> None:
        self.shop = shop
        self.due = [calls * (number + 1) // (kills + 1) for number in range(kills)]
        self.kills = 0
        self.busy = asyncio.Lock()

    async def confirmed(self, count: int) -> None:
        if not self.due or count < self.due[0] or self.busy.locked():
            return
        async with self.busy:
            self.due.pop(0)
            await asyncio.to_thread(self.shop.kill)
            await asyncio.to_thread(self.shop.start_again)
            self.kills += 1


async def adjust_exactly_once(api: Api, reason: str) -> None:
    """Ask with one key until the answer is known, as the outbox does."""
    key = new_key()
    while True:
        try:
            await api.operate("inventory.adjust", adjustment("1", reason), key=key)
        except UNANSWERED:
            await asyncio.sleep(0.05)
        else:
            return


async def work(shop: Shop, *, calls: int, kills: int, seed: int = SEED) -> FaultProxy:
    """So many adjustments by clerks side by side over the bad line. The proxy tells what they met."""
    killer = Killer(shop, calls, kills)
    numbers = iter(range(calls))
    done = 0

    async def clerk(api: Api) -> None:
        nonlocal done
        for number in numbers:
            await adjust_exactly_once(api, f"call {number}")
            done += 1
            await killer.confirmed(done)

    async with (
        FaultProxy(shop.house.port, seed) as proxy,
        signed_in(shop, proxy.port, IMPATIENT) as api,
        asyncio.TaskGroup() as clerks,
    ):
        for _ in range(CLERKS):
            clerks.create_task(clerk(api))
    assert killer.kills == kills
    return proxy


def assert_each_once(shop: Shop, calls: int) -> None:
    moves = shop.moves("call ")
    lost = [number for number in range(calls) if f"call {number}" not in moves]
    doubled = {reason: count for reason, count in moves.items() if count > 1}
    assert not lost, f"confirmed and not in the ledger: {lost}"
    assert not doubled
    assert shop.on_hand() == Decimal(calls)


async def test_every_confirmed_adjustment_is_in_the_ledger_once_over_a_bad_line(shop: Shop) -> None:
    proxy = await work(shop, calls=CALLS, kills=1)
    assert proxy.faulted > CALLS / 2, f"the line was too good: {proxy.dealt}"
    shop.sign_in()
    assert_each_once(shop, CALLS)


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
async def test_a_client_that_takes_a_fresh_key_at_every_try_doubles(shop: Shop) -> None:
    """The control: over the same line, without the one key, more than a fifth of the faulted calls are doubled."""
    numbers = iter(range(CALLS))
    tries: Counter[str] = Counter()

    async def clerk(api: Api) -> None:
        for number in numbers:
            reason = f"fresh {number}"
            while True:
                tries[reason] += 1
                try:
                    await api.operate("inventory.adjust", adjustment("1", reason), key=new_key())
                except UNANSWERED:
                    continue
                break

    async with (
        FaultProxy(shop.house.port, SEED) as proxy,
        signed_in(shop, proxy.port, ONE_TRY) as api,
        asyncio.TaskGroup() as clerks,
    ):
        for _ in range(CLERKS):
            clerks.create_task(clerk(api))
    doubled = [reason for reason, count in shop.moves("fresh ").items() if count > 1]
    faulted = [reason for reason, count in tries.items() if count > 1]
    print(f"{len(doubled)} doubled of {len(faulted)} faulted")
    assert len(doubled) > 0.2 * len(faulted), (len(doubled), len(faulted), proxy.dealt)
    assert shop.on_hand() > CALLS


@pytest.mark.soak
async def test_ten_thousand_faulted_connections_and_twenty_kills_lose_and_double_nothing(shop: Shop) -> None:
    calls = 8_000
    proxy = await work(shop, calls=calls, kills=20)
    assert proxy.faulted >= 10_000 * 0.65 and proxy.dealt.total() >= 10_000, proxy.dealt
    shop.sign_in()
    assert_each_once(shop, calls)
