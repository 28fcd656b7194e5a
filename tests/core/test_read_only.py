"""`--read-only`: nothing leaves that would change anything, and nothing lies in wait for a start without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp_tui.core.errors import ErpError, InvalidError, ReadOnlyMode, ServerUnreachable
from erp_tui.core.kept.outbox import Intent, Outbox
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.api import Api
from tests.core.fake_server import Answer, FakeServer, problem

ORDERS = "/api/v1/purchase-orders/"
SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")


async def test_no_write_leaves_a_client_that_only_looks_and_none_is_kept(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    api.read_only = True
    outbox = Outbox(api, SCOPE, tmp_path)
    intent = Intent("create", "purchase-orders", {"supplier": 1}, "Save order")
    with pytest.raises(ReadOnlyMode):
        await outbox.submit(intent)
    with pytest.raises(ReadOnlyMode) as refusal:
        await api.upload_import("products", "prices.csv", b"code")
    assert "--read-only" in refusal.value.sentence()
    assert server.requests == []
    assert outbox.entries() == []


async def test_a_client_that_only_looks_still_previews(server: FakeServer, api: Api) -> None:
    server.on("POST", ORDERS, Answer(200, {"dry_run": True, "changes": [], "result": None, "warnings": []}))
    api.read_only = True
    await api.create("purchase-orders", {"supplier": 1}, dry_run=True)
    assert server.requests[0].query == {"dry_run": "true"}


async def test_what_was_pending_before_stays_pending_while_only_looking(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    outbox = Outbox(api, SCOPE, tmp_path)
    await server.stop()
    intent = Intent("create", "purchase-orders", {"supplier": 1}, "Save order")
    with pytest.raises(ServerUnreachable):
        await outbox.submit(intent)
    api.read_only = True
    await outbox.settle_all()
    assert [entry.intent.key for entry in outbox.unsettled()] == [intent.key]


async def test_every_outcome_of_a_call_is_heard(server: FakeServer, api: Api) -> None:
    outcomes: list[ErpError | None] = []
    api.listen(outcomes.append)
    server.on("GET", "/api/v1/changes/", Answer(200, {"next": 5, "results": []}))
    assert (await api.changes()).next == 5
    await server.stop()
    with pytest.raises(ErpError):
        await api.changes(5)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], ErpError)


async def test_an_intent_that_no_form_holds_is_forgotten_when_it_was_refused_or_not_sent(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    outbox = Outbox(api, SCOPE, tmp_path)
    server.on("POST", ORDERS, problem(422, "invalid"))
    with pytest.raises(InvalidError):
        await outbox.submit_once(Intent("create", "purchase-orders", {}, "Save order"))
    await server.stop()
    with pytest.raises(ServerUnreachable):
        await outbox.submit_once(Intent("create", "purchase-orders", {}, "Save order"))
    assert outbox.entries() == []


async def test_settling_leaves_out_what_an_open_form_holds(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    outbox = Outbox(api, SCOPE, tmp_path)
    port = server.port
    await server.stop()
    intents = [Intent("create", "purchase-orders", {"supplier": n}, "Save order") for n in (1, 2)]
    for intent in intents:
        with pytest.raises(ServerUnreachable):
            await outbox.submit(intent)
    await server.start(port)
    server.writes("POST", ORDERS, lambda _request: Answer(201, {"id": 9, "version": 1}))
    settled = await outbox.settle_all(held={intents[0].key})
    assert [entry.intent.key for entry in settled] == [intents[1].key]
    assert [request.json for request in server.effects] == [{"supplier": 2}]
