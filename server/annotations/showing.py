"""Notes and files as docs/api.md shows them, a page at a time."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils.translation import gettext as _

from server.core.changes import json_value
from server.core.context import SecurityContext
from server.core.errors import Malformed

from .models import Annotation, Attachment, Note
from .rights import why_not_added, why_not_changed
from .targets import Target

PAGE = 50
Kind = TypeVar("Kind", bound=Annotation)


def as_json(actor: SecurityContext, target: Target, row: Annotation) -> dict[str, Any]:
    """One note or file, with what this actor may do with it."""
    reason = why_not_changed(actor, target.resource, row)
    own: dict[str, Any]
    if isinstance(row, Note):
        own = {"text": row.text, "pinned": row.pinned, "changed_at": json_value(row.changed_at)}
    else:
        assert isinstance(row, Attachment)
        own = {"name": row.name, "media_type": row.media_type, "size": row.size, "sha256": row.sha256}
    return {
        "id": row.pk,
        "version": row.version,
        **own,
        "author": row.author.username if row.author else None,
        "added_at": json_value(row.added_at),
        "may_change": not reason,
        "why_not": reason,
    }


def page(actor: SecurityContext, target: Target, model: type[Kind], after: str | None) -> dict[str, Any]:
    """The newest first, the pinned before them all; `after` is the `next` of the page before. Raises `Malformed`."""
    rows = target.of(model, actor).select_related("author").order_by("-pk")
    pinned: list[Kind] = []
    if model is Note:
        pinned = [] if after else list(rows.filter(pinned=True))
        rows = rows.filter(pinned=False)
    if after:
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise Malformed(_("“after” is the “next” of the page before."))
        rows = rows.filter(pk__lt=int(after))
    listed = list(rows[: PAGE + 1])
    more = len(listed) > PAGE
    listed = listed[:PAGE]
    reason = why_not_added(actor, target.resource)
    return {
        "results": [as_json(actor, target, row) for row in (*pinned, *listed)],
        "next": str(listed[-1].pk) if more else None,
        "may_add": not reason,
        "why_not": reason,
    }


def one(actor: SecurityContext, target: Target, model: type[Kind], key: int) -> Kind | None:
    """The note or file of this key on this record."""
    row: Kind | None = target.of(model, actor).select_related("author").filter(pk=key).first()
    return row
