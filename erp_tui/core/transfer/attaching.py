"""Attaching a file: the one write that is too large for the outbox, so its key and its line are kept here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from erp_tui.core.errors import ApiError, BadAnswer, ErpError, OutcomeUnknown
from erp_tui.core.i18n import _
from erp_tui.core.kept.journal import Line, Outcome, line_of
from erp_tui.core.kept.outbox import Intent
from erp_tui.core.kept.uploads import is_refusal
from erp_tui.core.remote.annotation_api import hanging

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Outbox
    from erp_tui.core.kept.uploads import Upload
    from erp_tui.core.remote.annotations import Attachment
    from erp_tui.core.remote.api import Api


async def attach(
    api: Api,
    outbox: Outbox,
    resource: str,
    record: int,
    file: Path,
    *,
    title: str = "",
    key: str | None = None,
) -> Attachment:
    """The attachment that ``file`` has become on a record; the log tells of it. ``title`` names the record.

    The same file after an unknown outcome, or after a crash, is sent under the same key: it hangs there once. Raises
    what ``Api.attach`` raises, and ``NotKept`` where the disk takes no note of it.
    """
    sentence = _("Attach {file} to {record}").format(file=file.name, record=title)
    target = hanging(resource, record, "attachments")
    async with outbox.uploads.sending(target, file, sentence, key=key) as upload:
        line, journal = line_of_upload(upload), outbox.journal
        await asyncio.to_thread(journal.write, line)
        try:
            made = await api.attach(resource, record, file, key=upload.key)
        except (OutcomeUnknown, BadAnswer):
            raise
        except (ErpError, OSError) as error:
            if is_refusal(error) or not upload.again:
                outcome = Outcome.REFUSED if isinstance(error, ApiError) else Outcome.NOT_SENT
                problem = error.sentence() if isinstance(error, ErpError) else str(error)
                await asyncio.to_thread(journal.write, replace(line, outcome=outcome, problem=problem))
            raise
        done = replace(line, outcome=Outcome.DONE, change_set=api.change_set_of(upload.key), record=made.id)
        await asyncio.to_thread(journal.write, done)
    return made


def intent_of(upload: Upload) -> Intent:
    """An upload as what was confirmed with it."""
    return Intent("create", upload.target, {"file": upload.file}, upload.title, key=upload.key)


def line_of_upload(upload: Upload) -> Line:
    """The line of the log for an upload that is about to be sent."""
    return replace(line_of(intent_of(upload)), at=upload.began_at)
