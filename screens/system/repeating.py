"""Doing what a line of the log says once more: as a new write, on the record as it is now, shown before it is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from erp_tui.core.commands.shell_words import why_no_command
from erp_tui.core.i18n import _
from erp_tui.core.remote.current_versions import named_records
from screens.generic.labels import as_question
from screens.records.in_words import preview_in_words
from widgets.dialogs.confirm_dialog import ConfirmDialog
from widgets.dialogs.preview_dialog import PreviewDialog

if TYPE_CHECKING:
    from textual.app import App

    from erp_tui.core.kept.journal import Line
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import Preview
    from screens.base import Host

ATTACHMENTS = "attachments"


class NotRepeatable(Exception):
    """Its text is the sentence why."""


async def repeat(app: App[Any], host: Host, line: Line) -> bool:
    """Whether it was done again. To be run in a worker; raises `NotRepeatable` and `ErpError`."""
    if (reason := why_no_command(line)) or line.holds_secret:
        raise NotRepeatable(
            reason or _("It holds a secret, which is not kept. Enter it again on its screen.")
        )
    parts = line.target.split("/")
    if len(parts) == 3 and parts[2] == ATTACHMENTS and line.kind == "create":
        return await _attach_again(app, host, line, parts[0], int(parts[1]))
    intent = await _intent(host, line)
    preview = await preview_in_words(host.api, await _dry(host, intent))
    note = _("You did this before. Done again, it is a new change.")
    if not await app.push_screen_wait(PreviewDialog(line.title, preview, note=note)):
        return False
    try:
        await host.outbox.submit_once(intent)
    finally:
        host.outbox_changed()
    app.notify(_("Done again: {title}").format(title=line.title))
    return True


async def _intent(host: Host, line: Line) -> Intent:
    from erp_tui.core.kept.outbox import Intent

    kind: Any = line.kind
    body = dict(line.body or {})
    if kind == "batch":
        keys = [int(each["id"]) for each in body.get("records", ())]
        body["records"] = await named_records(host.api, line.target, keys)
    version = None if kind == "batch" else await _version(host, line)
    return Intent(kind, line.target, body, line.title, line.id, version, line.reason)


async def _version(host: Host, line: Line) -> int | None:
    """The version that the record has now, where the write needs one."""
    if line.kind == "operate":
        target = (await host.api.describe_operation(line.target)).target
        record = (line.body or {}).get(target.parameter) if target else None
        if target is None or record is None:
            return None
        ref = record if isinstance(record, int) else f"code:{record}".replace("code:id:", "id:")
        return (await host.api.get(target.resource, ref)).version
    if line.id is None:
        return None
    parts = line.target.split("/")
    if len(parts) == 3:
        read = host.api.note if parts[2] == "notes" else host.api.attachment
        return (await read(parts[0], int(parts[1]), line.id)).version
    return (await host.api.get(line.target, line.id)).version


async def _dry(host: Host, intent: Intent) -> Preview:
    api = host.api
    if intent.kind == "operate":
        return await api.operate(intent.target, intent.body, version=intent.version, dry_run=True)
    if intent.kind == "batch":
        return await api.batch(intent.target, intent.body, dry_run=True)
    if intent.kind == "create":
        return await api.create(intent.target, intent.body, dry_run=True)
    record, version = intent.id or 0, intent.version or 0
    if intent.kind == "delete":
        return await api.delete(intent.target, record, version=version, dry_run=True)
    return await api.update(intent.target, record, intent.body, version=version, dry_run=True)


async def _attach_again(app: App[Any], host: Host, line: Line, resource: str, record: int) -> bool:
    from erp_tui.core.transfer.attaching import attach
    from erp_tui.core.transfer.typed_path import is_file

    path = Path(str((line.body or {}).get("file", "")))
    if not is_file(path):
        raise NotRepeatable(_("There is no file {path} any more.").format(path=path))
    question = ConfirmDialog(as_question(line.title), _("It will hang there once more."))
    if not await app.push_screen_wait(question):
        return False
    await attach(host.api, host.outbox, resource, record, path, title=line.title)
    return True
