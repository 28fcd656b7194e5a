"""Whether a file goes in as a whole or in parts: by its size, unless its rows leave no choice or a person chooses.

As a whole means one transaction: stopped, nothing of it is in. In parts means one transaction for each block of rows,
so that nobody waits for long and a killed one goes on where it was: stopped, what is in is taken back.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from server.core.errors import Conflict, Invalid
from server.core.resources.registry import Resource
from server.imports import limits
from server.imports.models import ImportSession

SIZE, DOCUMENTS, WITHIN, CHOSEN = "size", "documents", "within", "chosen"


def goes_whole(session: ImportSession, resource: Resource) -> bool:
    """Whether the file goes in as a whole unless a person chooses otherwise."""
    return session.rows <= limits.atomic_rows() or _forced(session, resource) is not None


def reason_of(session: ImportSession, resource: Resource) -> str:
    """Returns why it goes in as the session says: `documents`, rows that refer to rows `within` it, `chosen`, or its
    `size`."""
    return _forced(session, resource) or (SIZE if session.atomic == goes_whole(session, resource) else CHOSEN)


def chosen(session: ImportSession, resource: Resource, wanted: bool | None) -> bool:
    """Returns whether it goes in as a whole; None wants it as the session says.

    Raises `Invalid` where parts are wanted of what can only be a whole, `Conflict` where a part is in already.
    """
    if wanted is None or wanted == session.atomic:
        return session.atomic
    if session.applied_through:
        raise Conflict(_("A part of the file is in already; it can only go on in parts."))
    forced = _forced(session, resource)
    if forced == DOCUMENTS:
        message = _("Documents go in as a whole: each takes all of its lines.")
        raise Invalid.field("atomic", "not_a_choice", message)
    if forced == WITHIN:
        message = _("Rows of the file refer to each other, so it goes in as a whole.")
        raise Invalid.field("atomic", "not_a_choice", message)
    return wanted


def _forced(session: ImportSession, resource: Resource) -> str | None:
    """Returns why parts are no choice, None where they are one."""
    if resource.lines is not None:
        return DOCUMENTS
    return WITHIN if session.refers_within else None
