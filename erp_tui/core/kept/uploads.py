"""The files on their way to the server: each is known on the disk, with its idempotency key, before a byte is sent.

A file is too large for the outbox, so only its name, its place and its checksum are kept. What a crash or a lost
line cut off is found here at the next start, and the same file sent again under its key arrives once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from erp_tui.core.errors import ApiError, BadAnswer, ErpError, OutcomeUnknown
from erp_tui.core.kept.files import locked, write_atomically
from erp_tui.core.kept.intents import NotKept
from erp_tui.core.kept.paths import data_folder
from erp_tui.core.kept.scope import Scope
from erp_tui.core.remote.calls import new_key

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=14)
"""Shorter than the server keeps the answer of a key (30 days), so that a key sent again is still known there."""

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was begun to be sent to ``target``; ``changed`` is its time in nanoseconds, ``began_at`` in UTC.

    ``told`` says that its person knows that it was cut off, ``again`` that this is not the first attempt.
    """

    key: str
    target: str
    file: str
    size: int
    changed: int
    sha256: str
    title: str
    began_at: str
    told: bool = False
    again: bool = False

    @property
    def path(self) -> Path:
        """Where the file lay."""
        return Path(self.file)

    @property
    def is_outdated(self) -> bool:
        """Whether the server may have forgotten its key."""
        return datetime.now(UTC) - datetime.fromisoformat(self.began_at) > KEPT_FOR

    def is_unchanged(self) -> bool:
        """Whether the file is still there with the content that was begun to be sent. Reads all of it."""
        try:
            return self.path.stat().st_size == self.size and checksum(self.path) == self.sha256
        except OSError as error:
            log.info("the file of the upload %s cannot be read: %s", self.key, error)
            return False


class Uploads:
    """The uploads of one scope that are not over."""

    def __init__(self, scope: Scope, folder: Path | None = None) -> None:
        self._folder = (folder or data_folder() / "uploads") / scope.folder_name

    @contextlib.asynccontextmanager
    async def sending(
        self, target: str, file: Path, title: str, *, key: str | None = None
    ) -> AsyncIterator[Upload]:
        """The upload to be sent inside, under its key: that of the last attempt where one of the same file is open.

        It is over when the block ends, or with an error that says what became of it; while that is not known it
        stays. Raises ``OSError`` where the file cannot be read, ``NotKept`` where the disk takes no note of it.
        """
        upload = await asyncio.to_thread(self._begun, target, file, title, key)
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(locked(self._path(upload.key, "lock"), timeout=0))
            except TimeoutError:
                log.info("the upload %s is sent by another process too; its key joins the two", upload.key)
            try:
                yield upload
            except (OutcomeUnknown, BadAnswer):
                raise
            except (ErpError, OSError) as error:
                # Of an attempt before this one it is known only by an answer what became of it.
                if not upload.again or is_refusal(error):
                    await asyncio.to_thread(self.forget, upload.key)
                raise
            await asyncio.to_thread(self.forget, upload.key)

    def left(self) -> list[Upload]:
        """Those that nobody sends just now, the oldest first: they were cut off."""
        found = (self._read(path) for path in self._folder.glob("*.json"))
        ours = [upload for upload in found if upload is not None and not self._is_being_sent(upload.key)]
        return sorted(ours, key=lambda upload: upload.began_at)

    def tell(self, upload: Upload) -> None:
        """Its person has been told. Where the disk refuses the note they are told once more."""
        try:
            self._write(replace(upload, told=True))
        except OSError as error:
            log.warning("the upload %s cannot be marked as told: %s", upload.key, error)

    def forget(self, key: str) -> None:
        """It is over; none there is as good."""
        for kind in ("json", "lock"):
            self._path(key, kind).unlink(missing_ok=True)

    def _begun(self, target: str, file: Path, title: str, key: str | None) -> Upload:
        path = file.absolute()
        facts, digest = path.stat(), checksum(path)
        for upload in self.left():
            same = (upload.target, upload.file, upload.sha256) == (target, str(path), digest)
            if same and not upload.is_outdated and key in {None, upload.key}:
                return replace(upload, again=True)
        now = datetime.now(UTC).isoformat()
        fields = (target, str(path), facts.st_size, facts.st_mtime_ns, digest, title, now)
        upload = Upload(key or new_key(), *fields)
        try:
            self._write(upload)
        except OSError as error:
            raise NotKept(error) from error
        return upload

    def _is_being_sent(self, key: str) -> bool:
        try:
            with locked(self._path(key, "lock"), timeout=0):
                return False
        except TimeoutError:
            return True

    def _path(self, key: str, kind: str = "json") -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return self._folder / f"{name}.{kind}"

    def _write(self, upload: Upload) -> None:
        write_atomically(self._path(upload.key), json.dumps(asdict(upload)).encode())

    @staticmethod
    def _read(path: Path) -> Upload | None:
        try:
            return Upload(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("the upload %s cannot be read: %s", path, error)
            return None


def is_refusal(error: Exception) -> bool:
    """Whether the server has answered that it does not take the file, and never will under this key."""
    return isinstance(error, ApiError) and error.status < 500 and error.status not in {401, 429}


def checksum(path: Path) -> str:
    """The SHA-256 of a file, as the server tells it. Raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
