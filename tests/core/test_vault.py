"""Tokens on disk: the keyring never hangs the client, and a file is private or not used (promise P17)."""

from __future__ import annotations

import stat
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from erp_tui.core.remote.tokens import Tokens
from erp_tui.core.sessions import vault as vault_module
from erp_tui.core.sessions.profiles import Profile
from erp_tui.core.sessions.vault import Vault

PROFILE = Profile("prod", "https://erp.example.com")
TOKENS = Tokens("access-1", "refresh-1", time.time() + 600, "clerk", "MEAT")


class Keyring(ModuleType):
    """A keyring in memory, in place of the machine's own."""

    def __init__(self, backend_module: str = "keyring.backends.SecretService") -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.calls = 0
        self._backend = type("Backend", (), {"__module__": backend_module})()

    def get_keyring(self) -> Any:
        return self._backend

    def get_password(self, service: str, name: str) -> str | None:
        self.calls += 1
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.calls += 1
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        self.calls += 1
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    return use(monkeypatch, Keyring())


def use(monkeypatch: pytest.MonkeyPatch, keyring: Keyring) -> Keyring:
    monkeypatch.delenv("ERP_KEYRING")
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    return keyring


def path(folder: Path) -> Path:
    return folder / "prod.json"


def test_the_refresh_token_is_in_the_keyring_and_in_no_file(keyring: Keyring, tmp_path: Path) -> None:
    Vault(PROFILE, tmp_path).store(TOKENS)
    assert list(keyring.kept.values()) == ["refresh-1"]
    assert "refresh-1" not in path(tmp_path).read_text()
    vault = Vault(PROFILE, tmp_path)
    assert vault.load() == TOKENS
    assert vault.notice is None


def test_a_start_with_a_good_access_token_does_not_open_the_keyring(keyring: Keyring, tmp_path: Path) -> None:
    Vault(PROFILE, tmp_path).store(TOKENS)
    keyring.calls = 0
    peeked = Vault(PROFILE, tmp_path).peek()
    assert peeked is not None
    assert peeked.access == "access-1"
    assert keyring.calls == 0


def test_a_keyring_that_hangs_is_given_up_after_its_bound_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    released = threading.Event()

    class Hanging(Keyring):
        def set_password(self, service: str, name: str, value: str) -> None:
            released.wait(60)

    use(monkeypatch, Hanging())
    monkeypatch.setattr(vault_module, "KEYRING_SECONDS", 0.2)
    vault = Vault(PROFILE, tmp_path)
    started = time.monotonic()
    try:
        vault.store(TOKENS)
        vault.store(TOKENS)
        assert time.monotonic() - started < 30, "it waited for the keyring, which takes a minute"
        assert vault.notice is not None
        assert str(path(tmp_path)) in vault.notice
        assert Vault(PROFILE, tmp_path).load() == TOKENS
        assert stat.S_IMODE(path(tmp_path).stat().st_mode) == 0o600
    finally:
        released.set()


@pytest.mark.parametrize("module", ["keyring.backends.fail", "keyring.backends.null", "keyrings.alt.file"])
def test_a_keyring_that_keeps_nothing_or_plain_text_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    keyring = use(monkeypatch, Keyring(module))
    vault = Vault(PROFILE, tmp_path)
    vault.store(TOKENS)
    assert keyring.kept == {}
    assert vault.notice is not None
    assert Vault(PROFILE, tmp_path).load() == TOKENS


def test_switched_off_the_file_is_used_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    Vault(PROFILE, tmp_path).store(TOKENS)
    assert keyring.calls == 0
    assert Vault(PROFILE, tmp_path).load() == TOKENS


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused_and_said_so(tmp_path: Path, mode: int) -> None:
    Vault(PROFILE, tmp_path).store(TOKENS)
    path(tmp_path).chmod(mode)
    vault = Vault(PROFILE, tmp_path)
    assert vault.load() is None
    assert vault.notice is not None
    assert "can be read by others" in vault.notice
    vault.store(TOKENS)
    assert stat.S_IMODE(path(tmp_path).stat().st_mode) == 0o600


def test_a_session_is_not_given_to_another_address(tmp_path: Path) -> None:
    Vault(PROFILE, tmp_path).store(TOKENS)
    assert Vault(Profile("prod", "https://evil.example.com"), tmp_path).load() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": "https://erp.example.com"}', b"\xff\xfe"])
def test_a_damaged_file_means_to_sign_in_again(tmp_path: Path, content: bytes) -> None:
    path(tmp_path).write_bytes(content)
    path(tmp_path).chmod(0o600)
    vault = Vault(PROFILE, tmp_path)
    assert vault.load() is None
    assert vault.notice is not None
    assert "Sign in again" in vault.notice


def test_forgetting_leaves_nothing(keyring: Keyring, tmp_path: Path) -> None:
    vault = Vault(PROFILE, tmp_path)
    vault.store(TOKENS)
    vault.forget()
    assert keyring.kept == {}
    assert not path(tmp_path).exists()
    vault.forget()
