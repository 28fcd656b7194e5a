"""What this machine keeps as a terminal that several people share: its enrolment, its lock, everybody's place.

The enrolment is the organization's; whoever has it may use badges and PINs. Its token lies where the sessions'
tokens lie: in the keyring, else in a file that only its owner can read.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erp_tui.core.i18n import _
from erp_tui.core.kept.files import readable_by_others, write_atomically
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.sessions.vault import SERVICE, KeyringUnusable, Vault

if TYPE_CHECKING:
    from erp_tui.core.kept.scope import Scope
    from erp_tui.core.sessions.profiles import Profile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """This machine as the organization knows it."""

    name: str
    organization: str
    enrolled_at: str = ""
    token: str = field(default="", repr=False)


class SharedTerminal:
    """The enrolment of this machine on the server of one profile."""

    def __init__(self, profile: Profile, vault: Vault) -> None:
        self._profile = profile
        self._vault = vault
        self._path = vault.beside("terminal")

    def enrolment(self) -> Enrolment | None:
        """The enrolment without its token unless that is in the file; never opens the keyring. None where there is none."""
        stored = _read(self._path)
        # It belongs to the server that gave it; a changed address must not receive its token.
        if stored is None or stored.get("url") != self._profile.url:
            return None
        try:
            if readable_by_others(self._path):
                log.warning("%s can be read by others and is not used", self._path)
                return None
        except OSError:
            return None
        return Enrolment(
            str(stored.get("name", "")),
            str(stored.get("organization", "")),
            str(stored.get("enrolled_at", "")),
            str(stored.get("token", "")),
        )

    def token(self) -> str:
        """The token, from the keyring where the file does not hold it; empty where it cannot be had."""
        enrolment = self.enrolment()
        if enrolment is None or enrolment.token:
            return enrolment.token if enrolment else ""
        try:
            return self._vault.bounded(lambda keyring: keyring.get_password(SERVICE, self._entry)) or ""
        except KeyringUnusable as error:
            log.warning("the terminal's token cannot be read: %s", error)
            return ""

    def keep(self, name: str, organization: str, token: str) -> str:
        """Keep an enrolment; returns a sentence worth showing where the keyring is not used. Raises ``OSError``."""
        kept = {
            "url": self._profile.url,
            "name": name,
            "organization": organization,
            "enrolled_at": datetime.now(UTC).isoformat(),
        }
        notice = ""
        try:
            self._vault.bounded(lambda keyring: keyring.set_password(SERVICE, self._entry, token))
        except KeyringUnusable as error:
            kept["token"] = token
            notice = _(
                "The keyring is not used ({reason}); the enrolment is kept in {path}, which only you can read."
            ).format(reason=error, path=self._path)
        write_atomically(self._path, json.dumps(kept).encode())
        return notice

    def forget(self) -> None:
        """Remove the enrolment from this machine; on the server it stands until it is revoked there."""
        enrolment = self.enrolment()
        self._path.unlink(missing_ok=True)
        if enrolment is not None and not enrolment.token:
            try:
                self._vault.bounded(lambda keyring: keyring.delete_password(SERVICE, self._entry))
            except KeyringUnusable as error:
                log.info("the keyring keeps an ended enrolment: %s", error)

    @property
    def _entry(self) -> str:
        return f"terminal {self._profile.name} {self._profile.url}"


class LockMark:
    """That the terminal is locked, on disk: whoever ends the program and starts it anew finds it locked."""

    def __init__(self, vault: Vault) -> None:
        self._path = vault.beside("locked")

    def since(self) -> datetime | None:
        """When it was locked, in UTC; None where it is not."""
        stored = _read(self._path)
        if stored is None:
            return None
        try:
            return datetime.fromisoformat(str(stored.get("since")))
        except ValueError:
            return datetime.now(UTC)

    def set(self) -> datetime:
        """It is locked from now on; returns since when. Raises ``OSError``."""
        now = datetime.now(UTC)
        write_atomically(self._path, json.dumps({"since": now.isoformat()}).encode())
        return now

    def clear(self) -> None:
        """It is open."""
        self._path.unlink(missing_ok=True)


class Place:
    """Where a person was when somebody else took the terminal over: a command word, by person and server."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._path = (folder or data_folder() / "places") / f"{scope.folder_name}.json"

    def leave(self, word: str) -> None:
        """Keep the word; an empty one forgets. Raises ``OSError``."""
        if word:
            write_atomically(self._path, json.dumps({"word": word}).encode(), durable=False)
        else:
            self._path.unlink(missing_ok=True)

    def take_up(self) -> str:
        """The word that was left, once; empty where there is none."""
        stored = _read(self._path)
        self._path.unlink(missing_ok=True)
        return str(stored.get("word", "")) if stored else ""


def _read(path: Path) -> dict[str, Any] | None:
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", path, error)
        # A lock that cannot be read is a lock all the same.
        return {}
    return stored if isinstance(stored, dict) else {}
