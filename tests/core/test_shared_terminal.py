"""What a shared terminal keeps: a token for one server alone, a lock that nothing undoes, everybody's place."""

from __future__ import annotations

import json
from pathlib import Path

import keyring
import pytest

from erp_tui.core.errors import SignInRequired
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.api import Api
from erp_tui.core.remote.tokens import MemoryStore, Tokens
from erp_tui.core.sessions import vault as vault_module
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.shared_terminal import LockMark, Place, SharedTerminal
from erp_tui.core.sessions.vault import Vault, VaultStore
from tests.core.conftest import QUICK
from tests.core.fake_server import Answer, FakeServer, Request, problem, signed_in

pytestmark = pytest.mark.client

TOKEN = "terminal.prefix.secret"
HERE = Profile("gate", "https://erp.example.com")


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_KEYRING", "off")


def shared(folder: Path, profile: Profile = HERE) -> SharedTerminal:
    return SharedTerminal(profile, Vault(profile, folder))


def test_an_enrolment_is_kept_for_its_owner_and_its_server_alone(tmp_path: Path) -> None:
    notice = shared(tmp_path).keep("Gate 3", "MEAT", TOKEN)
    assert "only you can read" in notice
    (path,) = tmp_path.glob("*.terminal")
    assert path.stat().st_mode & 0o777 == 0o600
    kept = shared(tmp_path).enrolment()
    assert kept is not None and (kept.name, kept.organization) == ("Gate 3", "MEAT")
    assert TOKEN not in repr(kept)
    assert shared(tmp_path).token() == TOKEN
    assert shared(tmp_path, Profile("gate", "https://elsewhere.example.com")).token() == ""
    shared(tmp_path).forget()
    assert (shared(tmp_path).enrolment(), shared(tmp_path).token()) == (None, "")


def test_a_token_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    shared(tmp_path).keep("Gate 3", "MEAT", TOKEN)
    (path,) = tmp_path.glob("*.terminal")
    path.chmod(0o644)
    assert shared(tmp_path).enrolment() is None
    assert shared(tmp_path).token() == ""


def test_the_token_goes_to_the_keyring_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.delenv("ERP_KEYRING")
    monkeypatch.setattr(vault_module, "_refuse_unsafe", lambda _ring: None)
    monkeypatch.setattr(keyring, "set_password", lambda *given: kept.update({given[:2]: given[2]}))
    monkeypatch.setattr(keyring, "get_password", lambda *names: kept.get(names))
    monkeypatch.setattr(keyring, "delete_password", lambda *names: kept.pop(names))
    assert shared(tmp_path).keep("Gate 3", "MEAT", TOKEN) == ""
    assert TOKEN not in "".join(path.read_text() for path in tmp_path.iterdir())
    assert shared(tmp_path).token() == TOKEN
    shared(tmp_path).forget()
    assert kept == {}


def test_a_lock_that_cannot_be_read_is_a_lock_all_the_same(tmp_path: Path) -> None:
    mark = LockMark(Vault(HERE, tmp_path))
    assert mark.since() is None
    since = mark.set()
    assert LockMark(Vault(HERE, tmp_path)).since() == since
    (tmp_path / "gate.locked").write_text("{")
    assert mark.since() is not None
    mark.clear()
    assert mark.since() is None


def test_a_place_is_one_persons_and_taken_up_once(tmp_path: Path) -> None:
    ana, bob = (Place(Scope(HERE.url, name, "MEAT"), tmp_path) for name in ("ana", "bob"))
    ana.leave("po 10023")
    assert bob.take_up() == ""
    assert (ana.take_up(), ana.take_up()) == ("po 10023", "")


# On the wire


async def test_a_badge_and_a_pin_open_a_session_and_its_tokens_are_kept(server: FakeServer) -> None:
    server.on("POST", "/api/v1/auth/terminal-sign-in/", lambda _request: signed_in("access-1", "refresh-1"))
    store = MemoryStore(None)
    api = Api(server.url, store=store, patience=QUICK)
    await api.sign_in_at_terminal(TOKEN, "B-1", "735191")
    (request,) = server.sent("/api/v1/auth/terminal-sign-in/")
    assert request.json == {"terminal": TOKEN, "who": "B-1", "secret": "735191"}
    assert "authorization" not in request.headers
    assert store.tokens is not None and store.tokens.access == "access-1"
    await api.aclose()


async def test_a_wrong_pin_at_the_lock_ends_no_session(server: FakeServer) -> None:
    server.on("POST", "/api/v1/auth/unlock/", lambda _request: problem(401, "invalid_credentials"))
    tokens = Tokens("access-1", "refresh-1", 9e9, "ana", "MEAT")
    api = Api(server.url, tokens=tokens, patience=QUICK)
    with pytest.raises(SignInRequired):
        await api.unlock("0000", terminal=TOKEN)
    assert api.tokens == tokens
    server.on("POST", "/api/v1/auth/unlock/", lambda _request: Answer(200, {"by": "pin"}))
    assert await api.unlock("735191", terminal=TOKEN) == "pin"
    await api.aclose()


async def test_whoever_was_before_never_follows_into_the_session_of_the_next_person(
    server: FakeServer, tmp_path: Path
) -> None:
    """A write still on its way would otherwise be repeated in another name."""

    def refresh(request: Request) -> Answer:
        assert request.json["refresh_token"] == "of ana"
        return signed_in("ana again", "of ana 2")

    server.on("POST", "/api/v1/auth/refresh/", refresh)
    vault = Vault(Profile("gate", server.url), tmp_path)
    before = Api(
        server.url, store=VaultStore(vault), tokens=Tokens("a", "of ana", 0, "ana", "MEAT"), patience=QUICK
    )
    vault.store(Tokens("b", "of bob", 9e9, "bob", "MEAT"))
    await before.refresh()
    assert before.tokens is not None and before.tokens.access == "ana again"
    stored = json.loads((tmp_path / "gate.json").read_text())
    assert (stored["username"], stored["access"]) == ("bob", "b"), (
        "nor are the tokens of the next written over"
    )
    await before.aclose()


async def test_signing_out_the_person_before_ends_theirs_alone(server: FakeServer, tmp_path: Path) -> None:
    server.on("POST", "/api/v1/auth/sign-out/", lambda _request: Answer(204))
    vault = Vault(Profile("gate", server.url), tmp_path)
    ana = Tokens("a", "of ana", 9e9, "ana", "MEAT")
    before = Api(server.url, store=VaultStore(vault), tokens=ana, patience=QUICK)
    vault.store(Tokens("b", "of bob", 9e9, "bob", "MEAT"))
    before.part_from_store(ana)
    await before.sign_out()
    (request,) = server.sent("/api/v1/auth/sign-out/")
    assert request.json == {"refresh_token": "of ana"}
    kept = vault.load()
    assert kept is not None and kept.username == "bob"
    await before.aclose()
