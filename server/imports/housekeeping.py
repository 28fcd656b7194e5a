"""Which uploaded files nobody needs any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from server.core.retention import outdated
from server.imports.models import ImportFile, ImportFileChunk, ImportSession
from server.imports.reading.storage import RECEIVING

UNFINISHED_KEPT = dt.timedelta(days=1)
KEPT = dt.timedelta(days=30)
ENDED = (ImportSession.State.APPLIED, ImportSession.State.FAILED, ImportSession.State.UNDONE)


@outdated("uploaded files")
def files_of_ended_sessions(now: dt.datetime) -> Iterator[QuerySet]:
    """The bytes of files whose sessions have all ended a while ago.

    Sessions and the hashes of their files stay: what was taken in, and that it was, is history.
    """
    ended = Q(state__in=ENDED, updated_at__lt=now - KEPT)
    used = Q(file=OuterRef("pk")) | Q(table=OuterRef("pk"))
    needed = ImportSession.objects.across_organizations().filter(~ended & used)
    files = ImportFile.objects.across_organizations().filter(~Exists(needed), created_at__lt=now - KEPT)
    yield ImportFileChunk.objects.across_organizations().filter(file__in=files)


@outdated("unfinished uploads")
def files_that_never_came(now: dt.datetime) -> Iterator[QuerySet]:
    """What a server left that was killed while it received a file: no session has it, and none will."""
    files = ImportFile.objects.across_organizations().filter(
        sha256__startswith=RECEIVING, created_at__lt=now - UNFINISHED_KEPT
    )
    yield ImportFileChunk.objects.across_organizations().filter(file__in=files)
    yield files
