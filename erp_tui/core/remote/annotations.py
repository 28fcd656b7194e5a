"""Notes and files on records, as the server tells them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from erp_tui.core.remote.models import Answer


class Annotation(Answer):
    """What hangs on a record; ``why_not`` says why this person may not change it."""

    id: int
    version: int
    author: str | None = None
    added_at: datetime
    may_change: bool = False
    why_not: str = ""


class Note(Annotation):
    """A text; a pinned one stands before all others."""

    text: str
    pinned: bool = False
    changed_at: datetime | None = None


class Attachment(Annotation):
    """A file: its name as somebody else chose it, its kind as its bytes tell it."""

    name: str
    media_type: str = ""
    size: int = 0
    sha256: str = ""


class Notes(Answer):
    """A page of notes; ``why_not`` says why this person may add none."""

    notes: list[Note] = Field(default=[], alias="results")
    next: str | None = None
    may_add: bool = False
    why_not: str = ""


class Attachments(Answer):
    """A page of files; ``why_not`` says why this person may add none."""

    attachments: list[Attachment] = Field(default=[], alias="results")
    next: str | None = None
    may_add: bool = False
    why_not: str = ""
