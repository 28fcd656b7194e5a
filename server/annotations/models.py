"""What people add to a record without changing it: notes, and attached files.

A record is named by its table and its key, not by a foreign key: there is one such table for all resources, and
several resources may show one row. What hangs on a deleted record waits for its return; see `housekeeping`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel

LONGEST_NOTE = 10_000
LONGEST_NAME = 200
TITLE_LENGTH = 60


class Annotation(TenantModel):
    """What hangs on one record, and who put it there."""

    table_name = models.CharField(_("table"), max_length=100)
    record_id = models.BigIntegerField(_("record"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        abstract = True


class Note(Annotation):
    """A text. A pinned one stands before all others."""

    text = models.TextField(_("text"), max_length=LONGEST_NOTE)
    pinned = models.BooleanField(_("pinned"), default=False)
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            models.Index(fields=["organization", "table_name", "record_id", "-id"], name="note_of_record")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The beginning of its first line, by which people tell it from another."""
        first = self.text.strip().partition("\n")[0].strip()
        return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…"


class AttachmentContent(TenantModel):
    """The bytes of an attached file, by themselves: they stay for a while where the attachment is taken away."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.sha256


class AttachmentChunk(TenantModel):
    """One piece of the bytes."""

    content = models.ForeignKey(AttachmentContent, on_delete=models.CASCADE, db_index=False, related_name="+")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "content", "number"], name="attachment_chunk_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.content_id}/{self.number}"


class Attachment(Annotation):
    """A file. `media_type` is what its bytes look like, never what somebody called it."""

    name = models.CharField(_("file name"), max_length=LONGEST_NAME)
    media_type = models.CharField(_("kind of file"), max_length=100)
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    content = models.ForeignKey(
        AttachmentContent, verbose_name=_("content"), on_delete=models.PROTECT, related_name="attachments"
    )

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [
            models.Index(
                fields=["organization", "table_name", "record_id", "-id"], name="attachment_of_record"
            )
        ]

    def __str__(self) -> str:
        return self.name
