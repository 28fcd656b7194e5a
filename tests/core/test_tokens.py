"""One session for many requests and many terminals: renewed once, lost never (promise P15)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from erp_tui.core.errors import ServerUnreachable, SignInRequired
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.tokens import MemoryStore, Tokens
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.vault import Vault, VaultStore
from tests.core.conftest import QUICK
from tests.core.fake_server import Answer, FakeServer, Fault, Request, problem, signed_in

PRODUCTS = "/api/v1/products/"
REFRESH = "/api/v1/auth/refresh/"
EMPTY = {"count": 0, "next": None, "previous": None, "results": []}


def tokens(
    access: str = "access-1", refresh: str = "refresh-1", left: float = 600, organization: str = "MEAT"
) -> Tokens:
    return Tokens(access, refresh, time.time() + left, "clerk", organization)


@pytest.fixture
def guarded(server: FakeServer) -> FakeServer:
    """A server on which `access-1` has expired and `refresh-1` gives `access-2`."""

    def products(request: Request) -> Answer:
        good = request.headers.get("authorization") == "Bearer access-2"
        return Answer(200, EMPTY) if good else problem(401, "token_expired")

    async def refresh(request: Request) -> Answer:
        await asyncio.sleep(0.02)
        if request.json["refresh_token"] != "refresh-1":
            return problem(401, "session_revoked")
        return signed_in("access-2", "refresh-2")

    server.on("GET", PRODUCTS, products)
    server.on("POST", REFRESH, refresh)
    return server


def client(server: FakeServer, given: Tokens, store: MemoryStore | VaultStore | None = None) -> Api:
    return Api(server.url, tokens=given, store=store or MemoryStore(given), patience=QUICK)


async def test_fifty_expired_requests_at_once_cause_one_refresh(guarded: FakeServer) -> None:
    api = client(guarded, tokens())
    pages = await asyncio.gather(*(api.list("products") for _ in range(50)))
    assert [page.rows for page in pages] == [[]] * 50
    assert len(guarded.sent(REFRESH)) == 1
    await api.aclose()


async def test_a_token_about_to_expire_is_renewed_before_it_is_used(guarded: FakeServer) -> None:
    api = client(guarded, tokens(left=5))
    await asyncio.gather(*(api.list("products") for _ in range(10)))
    assert len(guarded.sent(REFRESH)) == 1
    assert {request.headers["authorization"] for request in guarded.sent(PRODUCTS)} == {"Bearer access-2"}
    await api.aclose()


async def test_a_caller_who_gives_up_does_not_take_the_refresh_from_the_others(guarded: FakeServer) -> None:
    api = client(guarded, tokens(left=5))
    impatient = asyncio.create_task(api.list("products"))
    patient = asyncio.create_task(api.list("products"))
    while not guarded.sent(REFRESH):
        await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).rows == []
    assert len(guarded.sent(REFRESH)) == 1
    await api.aclose()


async def test_a_lost_answer_to_the_refresh_is_asked_for_again(guarded: FakeServer) -> None:
    """The previous refresh token stays good while the new one is unused (docs/api.md)."""
    api = client(guarded, tokens(left=5))
    guarded.faults.append(Fault.DROP_AFTER)
    assert (await api.list("products")).rows == []
    assert [request.json["refresh_token"] for request in guarded.sent(REFRESH)] == ["refresh-1"] * 2
    await api.aclose()


async def test_a_write_keeps_its_key_over_a_refresh(guarded: FakeServer) -> None:
    def create(request: Request) -> Answer:
        good = request.headers.get("authorization") == "Bearer access-2"
        return Answer(201, {"id": 1, "version": 1}) if good else problem(401, "token_expired")

    guarded.on("POST", PRODUCTS, create)
    api = client(guarded, tokens())
    await api.create("products", {"code": "A"})
    keys = [request.headers["idempotency-key"] for request in guarded.sent(PRODUCTS)]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    await api.aclose()


async def test_a_revoked_session_asks_to_sign_in_and_is_forgotten(guarded: FakeServer) -> None:
    store = MemoryStore(tokens(refresh="stolen"))
    api = Api(guarded.url, tokens=store.tokens, store=store, patience=QUICK)
    with pytest.raises(SignInRequired) as caught:
        await api.list("products")
    assert "Sign in again" in caught.value.sentence()
    assert api.tokens is None
    assert store.tokens is None
    await api.aclose()


async def test_a_refresh_without_a_server_keeps_the_session(server: FakeServer) -> None:
    store = MemoryStore(tokens(left=-1))
    api = Api(server.url, tokens=store.tokens, store=store, patience=QUICK)
    server.faults.extend([Fault.DROP_BEFORE] * 20)
    with pytest.raises(ServerUnreachable):
        await api.list("products")
    assert store.tokens is not None
    await api.aclose()


async def test_a_write_whose_refresh_found_no_server_was_not_sent(server: FakeServer) -> None:
    api = client(server, tokens(left=-1))
    await server.stop()
    with pytest.raises(ServerUnreachable):
        await api.create("products", {"code": "A"})
    await api.aclose()


async def test_two_terminals_of_one_person_renew_their_session_once(
    guarded: FakeServer, tmp_path: Path
) -> None:
    """A replayed refresh token would revoke the session of both."""
    profile = Profile("one", guarded.url)
    Vault(profile, tmp_path).store(tokens())
    terminals = []
    for _ in range(2):
        vault = Vault(profile, tmp_path)
        given = vault.peek()
        assert given
        terminals.append(client(guarded, given, VaultStore(vault)))
    await asyncio.gather(*(terminal.list("products") for terminal in terminals))
    assert len(guarded.sent(REFRESH)) == 1
    for terminal in terminals:
        await terminal.aclose()


async def test_a_terminal_does_not_follow_another_one_into_its_organization(guarded: FakeServer) -> None:
    store = MemoryStore(tokens())
    api = client(guarded, tokens(left=5), store)
    store.tokens = tokens("access-of-other", "refresh-of-other", organization="OTHER")
    await api.list("products")
    assert guarded.sent(REFRESH)[0].json == {"refresh_token": "refresh-1"}
    assert api.tokens is not None
    assert api.tokens.organization == "MEAT"
    await api.aclose()


async def test_signing_out_ends_the_session_here_even_when_the_server_is_away(server: FakeServer) -> None:
    store = MemoryStore(tokens())
    api = Api(server.url, tokens=store.tokens, store=store, patience=QUICK)
    await server.stop()
    await api.sign_out()
    assert store.tokens is None
    await api.aclose()


async def test_signing_out_tells_the_server_which_session_ended(server: FakeServer) -> None:
    server.on("POST", "/api/v1/auth/sign-out/", Answer(204))
    api = client(server, tokens())
    await api.sign_out()
    assert server.requests[-1].json == {"refresh_token": "refresh-1"}
    assert api.tokens is None
    await api.aclose()


async def test_sign_in_and_switch_keep_their_tokens(server: FakeServer) -> None:
    store = MemoryStore()
    api = Api(server.url, store=store, patience=QUICK)
    server.on("POST", "/api/v1/auth/sign-in/", signed_in())
    await api.sign_in("clerk", "secret", totp="123456")
    assert server.requests[-1].json == {"username": "clerk", "password": "secret", "totp": "123456"}
    other = {"id": 2, "code": "OTHER", "name": "Other"}
    server.on("POST", "/api/v1/auth/switch/", signed_in("access-3", "refresh-3", organization=other))
    await api.switch("OTHER")
    assert server.requests[-1].headers["authorization"] == "Bearer access-1"
    assert store.tokens is not None
    assert (store.tokens.access, store.tokens.organization) == ("access-3", "OTHER")
    await api.aclose()
