"""The file of a backup: a tar of the manifest and the compressed data, its checksum at the end, encrypted with age.

What `age --decrypt` gives is read by any tar. The file appears under its name once it is complete and on the disk.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from .errors import Damaged, UpkeepError
from .manifest import Manifest

MANIFEST, DATA = "manifest.json", "data.gz"
CHUNK = 1 << 20
TRAILER = len(b"sha256 ") + 64 + 1
ENDING = ".tar"
ENCRYPTED = ".tar.age"


class _Hashing(io.RawIOBase):
    """A file to write to that keeps the checksum of all that passed."""

    def __init__(self, inner: IO[bytes] | None = None) -> None:
        super().__init__()
        self.digest = hashlib.sha256()
        self._inner = inner

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.digest.update(content)
        if self._inner is not None:
            self._inner.write(content)
        return len(content)


def pack(manifest: Manifest, data: Path, target: Path) -> None:
    """Write the plain archive of a file of data."""
    compressed = target.with_suffix(".gz")
    with data.open("rb") as source, gzip.open(compressed, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(source, packed, CHUNK)
    with target.open("wb") as file:
        hashing: Any = _Hashing(file)
        with tarfile.open(fileobj=hashing, mode="w|") as tar:
            content = manifest.as_json()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
            tar.add(compressed, arcname=DATA)
        file.write(b"sha256 " + hashing.digest.hexdigest().encode() + b"\n")
    compressed.unlink()


def unpack(plain: Path, data: Path) -> Manifest:
    """The manifest of a plain archive, its data written to a file. Raises `Damaged` unless every byte is as written."""
    _check(plain)
    try:
        with tarfile.open(plain, "r:") as tar:
            inside = tar.extractfile(MANIFEST)
            packed = tar.extractfile(DATA)
            if inside is None or packed is None:
                raise Damaged(_("The backup is damaged: a part of it is missing."))
            manifest = Manifest.read(inside.read())
            with gzip.open(packed) as source, data.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
    except (tarfile.TarError, KeyError, EOFError, gzip.BadGzipFile, OSError) as error:
        raise Damaged(_("The backup is damaged: %(reason)s.") % {"reason": error}) from error
    return manifest


def _check(plain: Path) -> None:
    size = plain.stat().st_size - TRAILER
    digest = hashlib.sha256()
    with plain.open("rb") as file:
        left = size
        while left > 0 and (block := file.read(min(CHUNK, left))):
            digest.update(block)
            left -= len(block)
        trailer = file.read()
    if size <= 0 or trailer != b"sha256 " + digest.hexdigest().encode() + b"\n":
        raise Damaged(_("The backup is damaged: its checksum does not fit. Take another one."))


def seal(plain: Path, target: Path, recipients: Sequence[str]) -> None:
    """Put a plain archive under its name, encrypted to these recipients; plain where there are none.

    What was written is read back: to decrypt it without anybody's key, it is encrypted to a key of this moment too,
    which nobody keeps. Raises `UpkeepError` where it cannot be written or does not read back.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            if recipients:
                _encrypt(plain, file, recipients, part)
            else:
                with plain.open("rb") as source:
                    shutil.copyfileobj(source, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
        if not recipients:
            _check(part)
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise UpkeepError(
            _("The backup cannot be written to %(path)s: %(reason)s.") % {"path": target, "reason": error}
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _encrypt(plain: Path, file: IO[bytes], recipients: Sequence[str], part: Path) -> None:
    pyrage = encryption()
    momentary = pyrage.x25519.Identity.generate()
    with plain.open("rb") as source:
        pyrage.encrypt_io(source, file, [*_recipients(recipients), momentary.to_public()])
    file.flush()
    written = _Hashing()
    with part.open("rb") as back:
        pyrage.decrypt_io(back, written, [momentary])
    with plain.open("rb") as source:
        if hashlib.file_digest(source, "sha256").digest() != written.digest.digest():
            raise UpkeepError(_("What was written does not read back. Check the disk."))


@contextlib.contextmanager
def opened(path: Path, folder: Path, identity: str) -> Iterator[Path]:
    """The plain archive of a backup, in this private folder while the block lasts. Raises `Damaged`, `UpkeepError`."""
    if not path.is_file():
        raise UpkeepError(_("There is no backup at %(path)s.") % {"path": path})
    with path.open("rb") as file:
        is_encrypted = file.read(12) == b"age-encrypti"
    if not is_encrypted:
        yield path
        return
    if not identity:
        raise UpkeepError(_("The backup is encrypted. Name the file of its key by --identity."))
    pyrage = encryption()
    try:
        key = pyrage.x25519.Identity.from_str(identity)
    except pyrage.IdentityError as error:
        raise UpkeepError(_("The file of the key holds no key of age.")) from error
    plain = folder / "plain.tar"
    try:
        try:
            with path.open("rb") as source, plain.open("wb") as file:
                pyrage.decrypt_io(source, file, [key])
        except (pyrage.DecryptError, OSError) as error:
            raise Damaged(
                _("The backup does not open: it is damaged, or encrypted to another key (%(reason)s).")
                % {"reason": error}
            ) from error
        yield plain
    finally:
        plain.unlink(missing_ok=True)


def encryption() -> Any:
    """The library of age. Raises `UpkeepError` where it is not installed."""
    try:
        import pyrage
    except ImportError as error:
        raise UpkeepError(_("Encryption is not installed: pip install 'erp-tui[backup]'.")) from error
    return pyrage


def _recipients(texts: Sequence[str]) -> list[Any]:
    pyrage = encryption()
    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError as error:
        raise UpkeepError(_("A recipient is a public key of age, such as age1….")) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
