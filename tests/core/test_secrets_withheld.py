"""A confirmed secret stands in no file (promise P17); once its program has ended, its person is told to look."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from erp_tui.core.errors import OutcomeUnknown, ServerUnreachable, SignInRequired
from erp_tui.core.kept.outbox import Intent, NotKept, Outbox, State
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.tokens import Tokens
from tests.core.conftest import QUICK
from tests.core.fake_server import Answer, FakeServer, Fault, Request

pytestmark = pytest.mark.client

SCOPE = Scope("https://erp.example.com", "clerk", "MEAT")
CANARY = "correct horse battery staple"
PATH = "/api/v1/operations/accounts.set-password/"
DONE = {"operation": "accounts.set-password", "message": "Set.", "result": {"api_key": CANARY}}
LONG_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def intent(**other: Any) -> Intent:
    body = {"user": 5, "password": CANARY, "way_in": CANARY}
    return Intent("operate", "accounts.set-password", body, "Set password", secrets=("way_in",), **other)


def on_disk(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def setting(server: FakeServer) -> FakeServer:
    server.writes("POST", PATH, lambda _request: Answer(200, DONE))
    return server


@pytest.fixture
async def api(server: FakeServer) -> AsyncIterator[Api]:
    api = Api(server.url, patience=replace(QUICK, deadline=0.4))
    yield api
    await api.aclose()


async def test_no_secret_is_on_the_disk_while_a_write_is_on_its_way_nor_after(
    server: FakeServer, api: Api, tmp_path: Path
) -> None:
    seen: list[str] = []

    def look(request: Request) -> Answer:
        seen.append(on_disk(tmp_path))
        assert request.json["password"] == request.json["way_in"] == CANARY
        return Answer(200, DONE)

    server.on("POST", PATH, look)
    result: Any = await Outbox(api, SCOPE, tmp_path).submit(intent(), acknowledge=False)
    assert result.result["api_key"] == CANARY, "the person is shown what the server said"
    assert seen and '"sent"' in seen[0]
    assert CANARY not in seen[0] and CANARY not in on_disk(tmp_path)


async def test_the_program_that_knows_the_secret_settles_it_as_any_other(
    setting: FakeServer, api: Api, tmp_path: Path
) -> None:
    outbox, wanted = Outbox(api, SCOPE, tmp_path), intent()
    setting.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await outbox.submit(wanted)
    settled = await outbox.settle(wanted.key)
    assert settled is not None and settled.state is State.SETTLED
    assert settled.result["result"]["api_key"] == CANARY
    assert len(setting.effects) == 1 and setting.requests[-1].json["password"] == CANARY
    assert CANARY not in on_disk(tmp_path)


@pytest.mark.parametrize("sent", [True, False])
async def test_another_program_never_sends_what_is_left_of_it_and_says_what_to_do(
    setting: FakeServer, api: Api, tmp_path: Path, *, sent: bool
) -> None:
    wanted = intent(made_at=LONG_AGO)
    if sent:
        setting.faults.append(Fault.STALL)
    else:
        await setting.stop()
    with pytest.raises(OutcomeUnknown if sent else ServerUnreachable):
        await Outbox(api, SCOPE, tmp_path).submit(wanted)
    requests = len(setting.requests)
    outbox = Outbox(api, SCOPE, tmp_path)
    (entry,) = await outbox.settle_all()
    assert entry.state is State.LAPSED and len(setting.requests) == requests
    assert entry.problem is not None
    assert ("It is not known" if sent else "This was not sent") in entry.problem
    assert "do it again" in entry.problem.lower()
    assert outbox.unsettled() == []
    outbox.acknowledge(wanted.key)
    assert outbox.entries() == []


async def test_another_program_that_still_waits_for_its_answer_is_not_judged(
    setting: FakeServer, api: Api, tmp_path: Path
) -> None:
    setting.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await Outbox(api, SCOPE, tmp_path).submit(intent())
    (entry,) = await Outbox(api, SCOPE, tmp_path).settle_all()
    assert entry.state is State.SENT


async def test_whoever_gives_the_secret_again_with_the_key_learns_the_outcome(
    setting: FakeServer, api: Api, tmp_path: Path
) -> None:
    """`erp accounts set-password … --key K`, run again as it said."""
    wanted = intent()
    setting.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await Outbox(api, SCOPE, tmp_path).submit(wanted)
    result: Any = await Outbox(api, SCOPE, tmp_path).submit(wanted)
    assert result.message == "Set." and len(setting.effects) == 1


# What else must not go wrong on the way


async def test_what_the_disk_refuses_is_not_sent_and_says_what_to_do(
    setting: FakeServer, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("erp_tui.core.kept.intents.write_atomically", full)
    with pytest.raises(NotKept) as refusal:
        await Outbox(api, SCOPE, tmp_path).submit(intent())
    assert "No space left on device" in refusal.value.sentence() and "Make room" in refusal.value.sentence()
    assert setting.requests == []


async def test_a_disk_that_is_full_once_it_is_done_hides_no_answer(
    setting: FakeServer, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(api, SCOPE, tmp_path)

    def fill(_request: Request) -> Answer:
        def full(*_given: Any, **_options: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("erp_tui.core.kept.intents.write_atomically", full)
        return Answer(200, DONE)

    setting.on("POST", PATH, fill)
    result: Any = await outbox.submit(intent())
    assert result.message == "Set." and outbox.entries() == []


async def test_nothing_goes_on_in_the_name_of_somebody_who_signed_in_since(
    setting: FakeServer, api: Api, tmp_path: Path
) -> None:
    """The one before had no session left; the next one signs in through the same connection."""
    far = 9e12
    api.use_tokens(Tokens("a", "r", far, "clerk", "MEAT"))
    outbox, wanted = Outbox(api, SCOPE, tmp_path), intent()
    setting.faults.append(Fault.STALL)
    with pytest.raises(OutcomeUnknown):
        await outbox.submit(wanted)
    requests = len(setting.requests)
    api.use_tokens(Tokens("b", "r", far, "buyer", "MEAT"))
    settled = await outbox.settle(wanted.key)
    assert settled is not None and settled.state is State.SENT
    with pytest.raises(SignInRequired):
        await outbox.submit(wanted)
    assert len(setting.requests) == requests
