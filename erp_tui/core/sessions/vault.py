"""Where a session's tokens outlive the process: the keyring, else a file that only its owner can read.

The refresh token goes to the keyring. A locked keyring can hang for ever, so every call to it is bounded;
where it does not answer, the file holds the refresh token too and ``notice`` says so. The short access
token always lies in the 0600 file, so that most starts never open the keyring. ``ERP_KEYRING=off`` uses the
file at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from erp_tui.core.i18n import _
from erp_tui.core.kept.files import locked, readable_by_others, write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.remote.tokens import Tokens
from erp_tui.core.sessions.profiles import Profile

log = logging.getLogger(__name__)

SERVICE = "erp-tui"
KEYRING_SECONDS = 3.0
UNSAFE_BACKENDS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Backends that keep nothing, or keep it in plain text without a word."""

Value = TypeVar("Value")


class KeyringUnusable(Exception):
    """The keyring is missing, unsafe, refuses or does not answer in time."""


class Vault:
    """The tokens of one profile on this machine. ``notice`` tells plainly where the keyring was not used."""

    def __init__(self, profile: Profile, folder: Path | None = None) -> None:
        self._profile = profile
        self._path = (folder or data_folder() / "sessions") / f"{profile.name}.json"
        self._keyring_usable = os.environ.get("ERP_KEYRING", "").lower() != "off"
        self.notice: str | None = None

    def peek(self) -> Tokens | None:
        """The stored session without its refresh token unless that is in the file; never opens the keyring.

        None where there is no session, it is for another address, or others may read its file (``notice``).
        """
        try:
            if readable_by_others(self._path):
                self.notice = _(
                    "{path} can be read by others on this machine, so its session is not used. Sign in again."
                ).format(path=self._path)
                return None
            stored = json.loads(self._path.read_bytes())
            # A session belongs to the server that gave it; a changed address must not receive it.
            if stored["url"] != self._profile.url:
                return None
            return Tokens(
                access=str(stored["access"]),
                refresh=str(stored.get("refresh", "")),
                expires_at=float(stored["expires_at"]),
                username=str(stored["username"]),
                organization=str(stored["organization"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.notice = _("The stored session in {path} cannot be read ({reason}). Sign in again.").format(
                path=self._path, reason=error
            )
            return None

    def load(self) -> Tokens | None:
        """The stored session with its refresh token, from the keyring where the file does not hold it."""
        tokens = self.peek()
        if tokens is None or tokens.refresh:
            return tokens
        try:
            secret = self.bounded(lambda keyring: keyring.get_password(SERVICE, self._entry))
        except KeyringUnusable as error:
            self.notice = _("The keyring cannot be opened ({reason}). Unlock it, or sign in again.").format(
                reason=error
            )
            return tokens
        return Tokens(tokens.access, secret or "", tokens.expires_at, tokens.username, tokens.organization)

    def store(self, tokens: Tokens) -> None:
        """Keep the session. Raises ``OSError`` where the file cannot be written."""
        kept = {
            "url": self._profile.url,
            "username": tokens.username,
            "organization": tokens.organization,
            "access": tokens.access,
            "expires_at": tokens.expires_at,
        }
        try:
            self.bounded(lambda keyring: keyring.set_password(SERVICE, self._entry, tokens.refresh))
        except KeyringUnusable as error:
            kept["refresh"] = tokens.refresh
            self.notice = _(
                "The keyring is not used ({reason}); the session is kept in {path}, which only you can read."
            ).format(reason=error, path=self._path)
        write_atomically(self._path, json.dumps(kept).encode())

    def forget(self) -> None:
        """Remove the session from this machine."""
        in_keyring = self._path.exists() and not (self.peek() or Tokens()).refresh
        self._path.unlink(missing_ok=True)
        if in_keyring:
            try:
                self.bounded(lambda keyring: keyring.delete_password(SERVICE, self._entry))
            except KeyringUnusable as error:
                log.info("the keyring keeps an ended session: %s", error)

    def beside(self, kind: str) -> Path:
        """Where something else that belongs to the profile is kept: the file of its session, of another kind."""
        return self._path.with_suffix(f".{kind}")

    @property
    def lock_path(self) -> Path:
        """The file that a process holds while it renews the session."""
        return self._path.with_suffix(".lock")

    @property
    def _entry(self) -> str:
        return f"{self._profile.name} {self._profile.url}"

    def bounded(self, action: Callable[[Any], Value]) -> Value:
        """What ``action`` returns for the keyring, within ``KEYRING_SECONDS``. Raises ``KeyringUnusable``."""
        if not self._keyring_usable:
            raise KeyringUnusable(_("it is switched off or did not answer before"))
        outcome: list[Value] = []
        failure: list[BaseException] = []

        def work() -> None:
            try:
                import keyring

                _refuse_unsafe(keyring.get_keyring())
                outcome.append(action(keyring))
            except BaseException as error:  # noqa: BLE001 - a backend may raise anything; it is reported below
                failure.append(error)

        # A daemon, because nothing can interrupt a D-Bus call that waits for a locked keyring.
        thread = threading.Thread(target=work, name="keyring", daemon=True)
        thread.start()
        thread.join(KEYRING_SECONDS)
        if outcome:
            return outcome[0]
        self._keyring_usable = False
        if failure:
            raise KeyringUnusable(str(failure[0]) or type(failure[0]).__name__) from failure[0]
        raise KeyringUnusable(_("no answer within {count} seconds").format(count=int(KEYRING_SECONDS)))


def _refuse_unsafe(backend: object) -> None:
    for candidate in getattr(backend, "backends", None) or [backend]:
        module = type(candidate).__module__
        if module.startswith(UNSAFE_BACKENDS):
            raise KeyringUnusable(_("this machine has no safe one"))


class VaultStore:
    """A vault as the ``TokenStore`` of an ``Api``: its waiting happens in threads."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    async def load(self) -> Tokens | None:
        """The stored session with its refresh token."""
        return await asyncio.to_thread(self.vault.load)

    async def save(self, tokens: Tokens | None) -> None:
        """Keep the session; None forgets it."""
        if tokens is None:
            await asyncio.to_thread(self.vault.forget)
        else:
            await asyncio.to_thread(self.vault.store, tokens)

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Keeps the person's other terminals from renewing the same session meanwhile."""
        lock = locked(self.vault.lock_path)
        try:
            await asyncio.to_thread(lock.__enter__)
        except TimeoutError as error:
            # Renewing beside a hung process is better than not working: the server tolerates it for 60 s.
            log.warning("the session is renewed without its lock: %s", error)
            yield
            return
        try:
            yield
        finally:
            lock.__exit__(None, None, None)
