"""What becomes of an upload that a crash or a lost line cut off: finished under its key, or told to its person."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from erp_tui.core.errors import ApiError, ErpError
from erp_tui.core.i18n import _
from erp_tui.core.kept.intents import Entry, State
from erp_tui.core.kept.journal import Outcome
from erp_tui.core.kept.uploads import is_refusal
from erp_tui.core.transfer.attaching import attach, intent_of, line_of_upload

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Outbox
    from erp_tui.core.kept.uploads import Upload
    from erp_tui.core.remote.api import Api

log = logging.getLogger(__name__)

ATTACHMENTS = "attachments"


async def settle_uploads(api: Api, outbox: Outbox) -> list[Entry]:
    """What became of the uploads that were cut off; those of which nothing is known yet are left for the next time.

    A file that was to be attached is sent again under its key, so that it hangs there once; one that has changed or
    is gone is looked for on the record. A file to be taken in is only told of: its person goes on with it, under
    the same key, in the import.
    """
    became = []
    for upload in await asyncio.to_thread(outbox.uploads.left):
        entry = await _settle(api, outbox, upload)
        if entry is not None:
            became.append(entry)
    return became


def open_uploads(outbox: Outbox) -> list[Upload]:
    """Those whose outcome can still be found out by asking the server."""
    return [upload for upload in outbox.uploads.left() if _attached_to(upload) is not None]


async def _settle(api: Api, outbox: Outbox, upload: Upload) -> Entry | None:
    place = _attached_to(upload)
    if place is None:
        return await asyncio.to_thread(_tell_once, outbox, upload)
    resource, record = place
    try:
        if not upload.is_outdated and await asyncio.to_thread(upload.is_unchanged):
            await attach(api, outbox, resource, record, upload.path, key=upload.key)
            return Entry(intent_of(upload), State.SETTLED)
        found = await _hangs_there(api, upload, resource, record)
    except (ErpError, OSError) as error:
        if isinstance(error, ApiError) and is_refusal(error):
            return await asyncio.to_thread(_over, outbox, upload, State.REFUSED, error.sentence(), None)
        log.info("the upload %s stays open: %s", upload.key, error)
        return None
    if found is not None:
        return await asyncio.to_thread(_over, outbox, upload, State.SETTLED, "", found)
    problem = _(
        "It was cut off, and the file is no longer what it was; nothing is attached. Attach it again if it is still "
        "wanted."
    )
    return await asyncio.to_thread(_over, outbox, upload, State.LAPSED, problem, None)


async def _hangs_there(api: Api, upload: Upload, resource: str, record: int) -> int | None:
    after: str | None = None
    while True:
        page = await api.attachments(resource, record, after)
        for attached in page.attachments:
            if attached.sha256 == upload.sha256:
                return attached.id
        if page.next is None:
            return None
        after = page.next


def _over(outbox: Outbox, upload: Upload, state: State, problem: str, record: int | None) -> Entry:
    """It is over: the log has what became of it, and the note on the disk goes."""
    outcome = {State.SETTLED: Outcome.DONE, State.REFUSED: Outcome.REFUSED, State.LAPSED: Outcome.NOT_SENT}
    line = replace(line_of_upload(upload), outcome=outcome[state], problem=problem, record=record)
    outbox.journal.write(line)
    outbox.uploads.forget(upload.key)
    return Entry(intent_of(upload), state, problem=problem)


def _tell_once(outbox: Outbox, upload: Upload) -> Entry | None:
    if upload.is_outdated:
        outbox.uploads.forget(upload.key)
    elif not upload.told:
        outbox.uploads.tell(upload)
    if upload.told:
        return None
    problem = _("It was cut off; nothing is taken in. Choose the file again under :import, it is sent once.")
    return Entry(intent_of(upload), State.LAPSED, problem=problem)


def _attached_to(upload: Upload) -> tuple[str, int] | None:
    """The record that a file was to hang on; None where it was to be taken in."""
    resource, _slash, rest = upload.target.partition("/")
    record, _slash, kind = rest.partition("/")
    return (resource, int(record)) if kind == ATTACHMENTS and record.isdecimal() else None
