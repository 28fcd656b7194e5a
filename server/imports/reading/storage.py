"""Uploaded files: stored in pieces under their hash, read back as a stream."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, TooLarge
from server.imports.models import ImportFile, ImportFileChunk

CHUNK_BYTES = 1 << 20
# What stands in the place of the hash while a file is on its way; no two of these are the same.
RECEIVING = "receiving "
DROPPED_AT_ONCE = 16


class Received(NamedTuple):
    """A file whose bytes are stored, by its hash and its size in bytes. No session has it before `claim`."""

    file: ImportFile
    sha256: str
    size: int


def receive(actor: SecurityContext, pieces: Iterable[bytes], *, sha256: str = "") -> Received:
    """Stores the bytes of a file; where `sha256` is given and known, the file that is there already.

    Outside of a transaction each piece is committed by itself, so that nobody waits while a large file is written;
    then `drop_unclaimed` must follow, come what may. Raises `TooLarge` beyond `UPLOAD_LIMIT_BYTES`.
    """
    known = ImportFile.objects.within(actor).filter(sha256=sha256).first() if sha256 else None
    if known is not None and _is_whole(known):
        return Received(known, sha256, known.size)
    file = ImportFile.objects.create(
        organization_id=actor.organization_id, sha256=f"{RECEIVING}{uuid.uuid4().hex}", size=0
    )
    try:
        return _written(file, pieces)
    except BaseException:
        if not transaction.get_connection().in_atomic_block:
            drop_unclaimed(file)
        raise


def claim(actor: SecurityContext, received: Received) -> ImportFile:
    """Returns the file of these bytes to be kept, the one that is there already where they came before.

    Call inside the transaction that keeps what refers to it.
    """
    files = ImportFile.objects.within(actor)
    known = files.filter(sha256=received.sha256).first()
    if known is None:
        files.filter(pk=received.file.pk).update(sha256=received.sha256, size=received.size)
        return files.get(pk=received.file.pk)
    if known.pk != received.file.pk and not _is_whole(known):
        # Its bytes were deleted, be it in part: these take their place.
        ours, theirs = (
            ImportFileChunk.objects.within(file).filter(file=file) for file in (known, received.file)
        )
        ours.delete()
        theirs.update(file=known)
    return known


def drop_unclaimed(file: ImportFile) -> None:
    """Drops a file that `claim` has not kept, a few pieces at a time; one that was kept stays."""
    files = ImportFile.objects.within(file).filter(pk=file.pk, sha256__startswith=RECEIVING)
    if not files.exists():
        return
    chunks = ImportFileChunk.objects.within(file).filter(file=file)
    while keys := list(chunks.values_list("pk", flat=True)[:DROPPED_AT_ONCE]):
        chunks.filter(pk__in=keys).delete()
    files.delete()


def _written(file: ImportFile, pieces: Iterable[bytes]) -> Received:
    digest, size = hashlib.sha256(), 0
    for number, chunk in enumerate(_evenly(pieces)):
        digest.update(chunk)
        size += len(chunk)
        if size > settings.UPLOAD_LIMIT_BYTES:
            raise TooLarge(
                _("The file is larger than %(limit)d MB. Divide it, or ask the operator to raise the limit.")
                % {"limit": settings.UPLOAD_LIMIT_BYTES >> 20},
                limit=settings.UPLOAD_LIMIT_BYTES,
            )
        ImportFileChunk.objects.create(
            organization_id=file.organization_id, file=file, number=number, content=chunk
        )
    return Received(file, digest.hexdigest(), size)


def _is_whole(file: ImportFile) -> bool:
    """Whether all bytes of a file are kept."""
    count = ImportFileChunk.objects.within(file).filter(file=file).count()
    return count == -(-file.size // CHUNK_BYTES)


def require_bytes(file: ImportFile) -> None:
    """Raises `Conflict` where the bytes of the file are not kept any more."""
    if file.size and not ImportFileChunk.objects.within(file).filter(file=file, number=0).exists():
        raise Conflict(
            _("The uploaded file was deleted some time after its import had ended. Upload it again.")
        )


def opener(file: ImportFile) -> Callable[[], Iterator[bytes]]:
    """Returns a function that gives the bytes of the file, from the beginning, a piece at a time.

    Raises `Conflict` where they are not kept any more.
    """
    require_bytes(file)

    def chunks() -> Iterator[bytes]:
        number = 0
        rows = ImportFileChunk.objects.within(file).filter(file=file)
        while (content := rows.filter(number=number).values_list("content", flat=True).first()) is not None:
            yield bytes(content)
            number += 1

    return chunks


def _evenly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    pending = bytearray()
    for piece in pieces:
        pending += piece
        while len(pending) >= CHUNK_BYTES:
            yield bytes(pending[:CHUNK_BYTES])
            del pending[:CHUNK_BYTES]
    if pending:
        yield bytes(pending)
