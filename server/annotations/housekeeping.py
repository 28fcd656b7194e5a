"""What hangs on records that are gone for good, and bytes that no file shows any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from server.audit.models import AuditEntry
from server.audit.reversals import model_of_table
from server.core.retention import outdated

from .models import Attachment, AttachmentContent, Note

KEPT = dt.timedelta(days=30)


@outdated("annotations")
def orphans(now: dt.datetime) -> Iterator[QuerySet]:
    """Notes and files of records that were deleted long enough ago; an undo of the deletion finds them again."""
    deleted_lately = AuditEntry.objects.across_organizations().filter(
        organization_id=OuterRef("organization_id"),
        root_table=OuterRef("table_name"),
        root_id=OuterRef("record_id"),
        action="delete",
        created_at__gte=now - KEPT,
    )
    for kind in (Note, Attachment):
        everything = kind.objects.across_organizations()
        tables = list(everything.order_by().values_list("table_name", flat=True).distinct())
        for table in tables:
            hanging = everything.filter(~Exists(deleted_lately), table_name=table)
            if (model := model_of_table(table)) is not None:
                hanging = hanging.filter(~Exists(model._base_manager.filter(pk=OuterRef("record_id"))))
            yield hanging


@outdated("contents of attachments")
def released(now: dt.datetime) -> Iterator[QuerySet]:
    """Bytes that no attachment has shown for a while; their pieces go with them."""
    yield (
        AttachmentContent.objects.across_organizations()
        .alias(since=Coalesce("released_at", "created_at"))
        .filter(attachments=None, since__lt=now - KEPT)
    )
