"""Adding, changing and taking away notes and files. Each is one piece of work inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, Stale, missing
from server.core.locks import lock
from server.core.recording import record_changes
from server.core.records import created, deleted, snapshot, updated

from . import contents
from .media_types import HEAD_BYTES, media_type
from .models import Annotation, Attachment, AttachmentContent, Note
from .rights import require_adding, require_changing
from .showing import as_json
from .targets import Target

MOST_PINNED = 20
Kind = TypeVar("Kind", bound=Annotation)


@transaction.atomic
def add_note(*, actor: SecurityContext, target: Target, text: str, pinned: bool = False) -> Note:
    """The new note. Raises `Forbidden`, and `Conflict` where too many are pinned already."""
    require_adding(actor, target.resource)
    if pinned:
        _require_room_for_pin(actor, target)
    note = Note.objects.create(
        organization_id=actor.organization_id,
        table_name=target.table,
        record_id=target.key,
        author_id=actor.user_id,
        text=text,
        pinned=pinned,
    )
    record_changes(actor, [created(note, root=target.root)])
    return note


@transaction.atomic
def change_note(
    *,
    actor: SecurityContext,
    target: Target,
    key: int,
    version: int,
    text: str | None = None,
    pinned: bool | None = None,
) -> Note:
    """The changed note; None leaves as it is. Raises `NotFound`, `Stale`, `Forbidden`, `Conflict`."""
    note = _locked(actor, target, Note, key, version)
    require_changing(actor, target.resource, note)
    before = snapshot(note)
    if pinned and not note.pinned:
        _require_room_for_pin(actor, target)
    note.text = note.text if text is None else text
    note.pinned = note.pinned if pinned is None else pinned
    if updated(note, before) is None:
        return note
    note.changed_at = timezone.now()
    note.version += 1
    note.save()
    change = updated(note, before, root=target.root)
    record_changes(actor, [change] if change else [])
    return note


@transaction.atomic
def remove_note(*, actor: SecurityContext, target: Target, key: int, version: int) -> None:
    """Raises `NotFound`, `Stale`, `Forbidden`."""
    note = _locked(actor, target, Note, key, version)
    require_changing(actor, target.resource, note)
    record_changes(actor, [deleted(note, root=target.root)])
    note.delete()


@transaction.atomic
def attach(*, actor: SecurityContext, target: Target, name: str, pieces: Iterable[bytes]) -> Attachment:
    """The new attachment. Raises `Forbidden`, `TooLarge`."""
    require_adding(actor, target.resource)
    head = bytearray()
    content = contents.store(actor, _seen(pieces, head))
    attachment = Attachment.objects.create(
        organization_id=actor.organization_id,
        table_name=target.table,
        record_id=target.key,
        author_id=actor.user_id,
        name=name,
        media_type=media_type(bytes(head[:HEAD_BYTES])),
        size=content.size,
        sha256=content.sha256,
        content=content,
    )
    record_changes(actor, [created(attachment, root=target.root)])
    return attachment


@transaction.atomic
def detach(*, actor: SecurityContext, target: Target, key: int, version: int) -> None:
    """Take a file away; its bytes stay for a while, so that this can be undone. Raises as `remove_note`."""
    attachment = _locked(actor, target, Attachment, key, version)
    require_changing(actor, target.resource, attachment)
    record_changes(actor, [deleted(attachment, root=target.root)])
    AttachmentContent.objects.within(actor).filter(pk=attachment.content_id).update(
        released_at=timezone.now()
    )
    attachment.delete()


def _locked(actor: SecurityContext, target: Target, model: type[Kind], key: int, version: int) -> Kind:
    rows = lock(target.of(model, actor).filter(pk=key))
    if not rows:
        raise missing(str(model._meta.verbose_name), key)
    row: Kind = rows[0]
    if row.version != version:
        raise Stale(
            _("It was changed after you read it. Read it again and decide."),
            current=as_json(actor, target, row),
            version=row.version,
        )
    return row


def _require_room_for_pin(actor: SecurityContext, target: Target) -> None:
    if target.of(Note, actor).filter(pinned=True).count() >= MOST_PINNED:
        raise Conflict(
            _("%(most)d notes are pinned here already. Take the pin off one of them first.")
            % {"most": MOST_PINNED}
        )


def _seen(pieces: Iterable[bytes], head: bytearray) -> Iterator[bytes]:
    """The pieces as they come, their beginning kept in `head`."""
    for piece in pieces:
        if len(head) < HEAD_BYTES:
            head += piece[:HEAD_BYTES]
        yield piece
