"""The bytes of attached files: written in pieces, read back as a stream, never held as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import TooLarge

from .models import AttachmentChunk, AttachmentContent

CHUNK_BYTES = 1 << 18


def too_large() -> TooLarge:
    """The refusal of a file beyond the limit."""
    limit = settings.ATTACHMENT_LIMIT_BYTES
    return TooLarge(
        _(
            "The file is larger than %(limit)d MB. Attach a smaller one, or ask the operator to raise the limit."
        )
        % {"limit": limit >> 20},
        limit=limit,
    )


def store(actor: SecurityContext, pieces: Iterable[bytes]) -> AttachmentContent:
    """The stored bytes. Call inside a transaction. Raises `TooLarge` beyond `ATTACHMENT_LIMIT_BYTES`."""
    digest, size = hashlib.sha256(), 0
    content = AttachmentContent.objects.create(organization_id=actor.organization_id, sha256="", size=0)
    for number, data in enumerate(_evenly(pieces)):
        digest.update(data)
        size += len(data)
        if size > settings.ATTACHMENT_LIMIT_BYTES:
            raise too_large()
        AttachmentChunk.objects.create(
            organization_id=actor.organization_id, content=content, number=number, data=data
        )
    content.sha256, content.size = digest.hexdigest(), size
    content.save(update_fields=["sha256", "size"])
    return content


def pieces_of(actor: SecurityContext, content_id: int) -> Iterator[bytes]:
    """The bytes, a piece at a time."""
    rows = AttachmentChunk.objects.within(actor).filter(content_id=content_id)
    number = 0
    while (data := rows.filter(number=number).values_list("data", flat=True).first()) is not None:
        yield bytes(data)
        number += 1


def _evenly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    pending = bytearray()
    for piece in pieces:
        pending += piece
        while len(pending) >= CHUNK_BYTES:
            yield bytes(pending[:CHUNK_BYTES])
            del pending[:CHUNK_BYTES]
    if pending:
        yield bytes(pending)
