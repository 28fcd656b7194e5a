"""What was confirmed is done once, and the person learns what became of it (promise P3)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from erp_tui.core.errors import InvalidError, OutcomeUnknown, ServerUnreachable, SignInRequired
from erp_tui.core.kept.outbox import Intent, IntentPending, Outbox, State
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.models import OperationResult, Record
from tests.core.conftest import QUICK
from tests.core.fake_server import Answer, FakeServer, Fault, Request, problem

SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")
RECEIVE = "/api/v1/operations/purchasing.receive/"
ORDERS = "/api/v1/purchase-orders/"
RESULT = {
    "operation": "purchasing.receive",
    "message": "Received 4.",
    "result": {"receipt": 9},
    "change_set": "c1",
}


def receipt(title: str = "Receive order 10023") -> Intent:
    return Intent("operate", "purchasing.receive", {"order": 7, "all": True}, title, version=3)


@pytest.fixture
def receiving(server: FakeServer) -> FakeServer:
    server.writes("POST", RECEIVE, lambda _request: Answer(200, RESULT))
    return server


@pytest.fixture
async def outbox(server: FakeServer, tmp_path: Path) -> AsyncIterator[Outbox]:
    api = Api(server.url, patience=replace(QUICK, deadline=0.4))
    yield Outbox(api, SCOPE, tmp_path)
    await api.aclose()


async def test_an_intent_is_on_disk_with_its_key_before_it_is_sent(
    server: FakeServer, outbox: Outbox
) -> None:
    on_disk: list[tuple[str, State]] = []

    def look(request: Request) -> Answer:
        on_disk.extend((entry.intent.key, entry.state) for entry in outbox.entries())
        return Answer(200, RESULT)

    server.on("POST", RECEIVE, look)
    intent = receipt()
    result = await outbox.submit(intent)
    assert isinstance(result, OperationResult)
    assert result.message == "Received 4."
    assert on_disk == [(intent.key, State.SENT)]
    assert server.requests[0].headers["idempotency-key"] == intent.key
    assert server.requests[0].headers["if-match"] == '"3"'
    assert outbox.entries() == []


async def test_an_unanswered_intent_is_unknown_until_its_key_settles_it_and_is_done_once(
    receiving: FakeServer, outbox: Outbox
) -> None:
    intent = receipt()
    receiving.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await outbox.submit(intent)
    assert [entry.state for entry in outbox.unsettled()] == [State.SENT]
    (settled,) = await outbox.settle_all()
    assert (settled.state, settled.result["message"]) == (State.SETTLED, "Received 4.")
    assert len(receiving.effects) == 1
    assert outbox.unsettled() == []
    outbox.acknowledge(intent.key)
    assert outbox.entries() == []


async def test_a_sent_intent_can_be_neither_changed_nor_thrown_away(
    receiving: FakeServer, outbox: Outbox
) -> None:
    intent = receipt()
    receiving.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await outbox.submit(intent)
    with pytest.raises(IntentPending):
        outbox.discard(intent.key)
    with pytest.raises(IntentPending):
        await outbox.submit(replace(intent, body={"order": 8}))
    assert isinstance(await outbox.submit(intent), OperationResult)
    assert len(receiving.effects) == 1


async def test_an_intent_that_found_no_server_waits_and_may_be_given_up(
    server: FakeServer, outbox: Outbox
) -> None:
    await server.stop()
    intent = receipt()
    with pytest.raises(ServerUnreachable):
        await outbox.submit(intent)
    assert [entry.state for entry in outbox.unsettled()] == [State.PENDING]
    settled = await outbox.settle(intent.key)
    assert settled is not None
    assert settled.state is State.PENDING
    outbox.discard(intent.key)
    assert outbox.entries() == []


async def test_an_ended_session_leaves_the_intent_to_be_sent_after_signing_in(
    receiving: FakeServer, outbox: Outbox
) -> None:
    receiving.on("POST", RECEIVE, problem(401, "session_revoked"))
    intent = receipt()
    with pytest.raises(SignInRequired):
        await outbox.submit(intent)
    receiving.writes("POST", RECEIVE, lambda _request: Answer(200, RESULT))
    assert isinstance(await outbox.submit(intent), OperationResult)
    assert len(receiving.effects) == 1


async def test_a_refusal_is_told_and_kept_until_it_is_seen(server: FakeServer, outbox: Outbox) -> None:
    error = {"field": "lines[0].accepted", "code": "not_positive", "message": "must be above zero"}
    server.on("POST", RECEIVE, problem(422, "invalid", "Nothing was received.", errors=[error]))
    intent = receipt()
    with pytest.raises(InvalidError):
        await outbox.submit(intent)
    (entry,) = outbox.entries()
    assert entry.state is State.REFUSED
    assert entry.problem is not None
    assert "lines[0].accepted: must be above zero" in entry.problem
    assert outbox.unsettled() == []
    outbox.acknowledge(intent.key)
    assert outbox.entries() == []


async def test_pressing_the_key_twice_does_it_once(receiving: FakeServer, outbox: Outbox) -> None:
    intent = receipt()
    await asyncio.gather(outbox.submit(intent), outbox.submit(intent))
    assert len(receiving.effects) == 1


async def test_every_kind_of_write_goes_through(server: FakeServer, outbox: Outbox) -> None:
    order = {"id": 7, "version": 1}
    server.writes("POST", ORDERS, lambda _request: Answer(201, order))
    server.on("PATCH", ORDERS + "7/", Answer(200, order | {"version": 2}))
    server.on("DELETE", ORDERS + "7/", Answer(204))
    created = await outbox.submit(Intent("create", "purchase-orders", {"supplier": 1}))
    assert isinstance(created, Record)
    changed = await outbox.submit(Intent("update", "purchase-orders", {"notes": "x"}, id=7, version=1))
    assert isinstance(changed, Record)
    assert changed.version == 2
    assert await outbox.submit(Intent("delete", "purchase-orders", id=7, version=2)) is None
    assert outbox.entries() == []
    with pytest.raises(ValueError, match="id and version"):
        await outbox.submit(Intent("update", "purchase-orders", {}))


async def test_an_answer_is_kept_until_it_was_shown_where_the_screen_asks_for_that(
    receiving: FakeServer, outbox: Outbox
) -> None:
    intent = receipt()
    await outbox.submit(intent, acknowledge=False)
    assert [entry.state for entry in outbox.entries()] == [State.SETTLED]
    assert [entry.state for entry in await outbox.settle_all()] == [State.SETTLED]
    assert len(receiving.requests) == 1
    outbox.acknowledge(intent.key)
    assert outbox.entries() == []


CLIENT = """
import asyncio, sys
from pathlib import Path
from erp_tui.core.remote.api import Api
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope

async def main():
    api = Api(sys.argv[1])
    outbox = Outbox(api, Scope("https://erp.example.com", "clerk", "MEAT"), Path(sys.argv[2]))
    for number in range(1000):
        intent = Intent("operate", "purchasing.receive", {"order": number}, version=3, key=f"k-{sys.argv[3]}-{number}")
        print(intent.key, flush=True)
        await outbox.submit(intent)

asyncio.run(main())
"""


async def test_a_client_killed_at_any_point_has_done_what_it_confirmed_once_and_can_say_so(
    receiving: FakeServer, outbox: Outbox, tmp_path: Path
) -> None:
    confirmed: list[str] = []
    for round_number in range(6):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            CLIENT,
            receiving.url,
            str(tmp_path),
            str(round_number),
            stdout=subprocess.PIPE,
        )
        assert child.stdout
        # Killed at another point of its work each time: after so many confirmations, at once.
        for _ in range(round_number + 2):
            confirmed.append((await child.stdout.readline()).decode().strip())
        os.kill(child.pid, signal.SIGKILL)
        rest = (await child.stdout.read()).decode().split("\n")[:-1]
        confirmed.extend(rest)
        await child.wait()
    told = {entry.intent.key: entry.state for entry in await outbox.settle_all()}
    assert set(told.values()) <= {State.SETTLED}
    done = [request.headers["idempotency-key"] for request in receiving.effects]
    assert len(done) == len(set(done))
    # Only the very last confirmation of a killed client may not have reached its disk: it was not accepted yet.
    lost = [key for key in confirmed if key not in done]
    assert len(lost) <= 6
    last_of_round = {
        max((k for k in confirmed if k.startswith(f"k-{n}-")), key=lambda k: int(k.split("-")[2]))
        for n in range(6)
    }
    assert set(lost) <= last_of_round
    assert outbox.unsettled() == []
