"""Uploaded files: stored in pieces under their hash, read back as a stream."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, TooLarge

from .models import ImportFile, ImportFileChunk

CHUNK_BYTES = 1 << 20


@transaction.atomic
def store_file(actor: SecurityContext, pieces: Iterable[bytes]) -> ImportFile:
    """Returns the stored file of these bytes, the one that is there already where they came before.

    Raises `TooLarge` beyond `UPLOAD_LIMIT_BYTES`; nothing is kept then.
    """
    digest, size = hashlib.sha256(), 0
    stored = ImportFile.objects.create(organization_id=actor.organization_id, sha256="", size=0)
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
            organization_id=actor.organization_id, file=stored, number=number, content=chunk
        )
    sha256 = digest.hexdigest()
    if known := ImportFile.objects.within(actor).filter(sha256=sha256).first():
        _keep_bytes(known, stored)
        return known
    stored.sha256, stored.size = sha256, size
    stored.save(update_fields=["sha256", "size"])
    return stored


def _keep_bytes(known: ImportFile, stored: ImportFile) -> None:
    """Drop the second copy, or take its bytes where those of the first were deleted, be it in part."""
    ours, theirs = (ImportFileChunk.objects.within(file).filter(file=file) for file in (known, stored))
    if ours.count() != theirs.count():
        ours.delete()
        theirs.update(file=known)
    stored.delete()


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
