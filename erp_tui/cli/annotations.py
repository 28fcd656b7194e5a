"""`erp <resource> notes|attach|attachments CODE`: what hangs on a record."""

from __future__ import annotations

import argparse
from pathlib import Path

from erp_tui.cli import writing
from erp_tui.cli.output import chosen_format, print_json, print_table
from erp_tui.core.i18n import _
from erp_tui.core.kept.file_names import free_path
from erp_tui.core.remote.annotation_api import hanging
from erp_tui.core.safe_text import lines, one_line
from erp_tui.core.sessions.session import Session, open_session

WORDS = ("notes", "attach", "attachments")


def add_actions(parser: argparse.ArgumentParser, word: str) -> None:
    """The flags of one of `WORDS`."""
    parser.add_argument("ref", help=_("the record's code, or id:123 for its key"))
    if word == "attach":
        parser.add_argument("files", nargs="+", type=Path, help=_("the files to attach"))
    elif word == "notes":
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--add", metavar="TEXT", default=None, help=_("add a note"))
        which.add_argument("--change", metavar="N", type=int, default=None, help=_("change note N"))
        which.add_argument("--delete", metavar="N", type=int, default=None, help=_("delete note N"))
        parser.add_argument("--text", default=None, help=_("the new text, with --change"))
        parser.add_argument("--pin", action=argparse.BooleanOptionalAction, default=None)
    else:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--save", metavar="N", type=int, default=None, help=_("save attachment N"))
        which.add_argument("--delete", metavar="N", type=int, default=None, help=_("delete attachment N"))
        parser.add_argument(
            "--to", metavar="FOLDER", type=Path, default=Path(), help=_("where to save (default: here)")
        )
    writing.add_write_flags(parser)


async def run(options: argparse.Namespace) -> int:
    """Show, add, change, save or delete what hangs on a record of ``options.resource``."""
    session = open_session(options.profile)
    try:
        record = (await session.api.get(options.resource, writing.reference(options.ref))).id
        if options.action == "attach":
            await _attach(session, record, options)
        elif options.action == "notes":
            await _notes(session, record, options)
        else:
            await _attachments(session, record, options)
    finally:
        await session.api.aclose()
    return 0


async def _notes(session: Session, record: int, options: argparse.Namespace) -> None:
    from erp_tui.core.kept.outbox import Intent

    target = hanging(options.resource, record, "notes")
    body = {} if options.pin is None else {"pinned": options.pin}
    if options.add is not None:
        body = {"text": options.add, **body}
        title = _("Note on {ref}").format(ref=options.ref)
        await _write(session, Intent("create", target, body, title, reason=options.reason), options)
    elif options.change is not None:
        if options.text is not None:
            body = {"text": options.text, **body}
        version = (await session.api.note(options.resource, record, options.change)).version
        title = _("Change a note on {ref}").format(ref=options.ref)
        intent = Intent(
            "update", target, body, title, id=options.change, version=version, reason=options.reason
        )
        await _write(session, intent, options)
    elif options.delete is not None:
        version = (await session.api.note(options.resource, record, options.delete)).version
        await _delete(session, target, options.delete, version, options)
    else:
        await _list_notes(session, record, options)


async def _write(session: Session, intent: object, options: argparse.Namespace) -> None:
    from erp_tui.core.kept.outbox import Intent

    assert isinstance(intent, Intent)
    if options.dry_run:
        if intent.kind == "create":
            preview = await session.api.create(intent.target, intent.body, dry_run=True)
        elif intent.kind == "update":
            preview = await session.api.update(
                intent.target, intent.id or 0, intent.body, version=intent.version or 0, dry_run=True
            )
        else:
            preview = await session.api.delete(
                intent.target, intent.id or 0, version=intent.version or 0, dry_run=True
            )
        writing.print_preview(session, preview, options)
        return
    answer = await writing.send(session, intent, options)
    back = await writing.way_back(session, options.key or intent.key, options)
    if answer is None:
        writing.print_done(session, {"id": intent.id, "deleted": True}, _("It is deleted."), options, back)
    else:
        sentence = _("It is kept as number {id}.").format(id=answer.id)
        writing.print_done(session, answer.data, sentence, options, back)


async def _delete(session: Session, target: str, id: int, version: int, options: argparse.Namespace) -> None:
    from erp_tui.core.kept.outbox import Intent

    title = _("Delete from {ref}").format(ref=options.ref)
    await _write(
        session, Intent("delete", target, {}, title, id=id, version=version, reason=options.reason), options
    )


async def _list_notes(session: Session, record: int, options: argparse.Namespace) -> None:
    page = await session.api.notes(options.resource, record)
    notes = list(page.notes)
    while page.next:
        page = await session.api.notes(options.resource, record, page.next)
        notes += page.notes
    if chosen_format(options.format, session.settings) == "json":
        print_json([note.model_dump(mode="json") for note in notes], session.settings)
        return
    for note in notes:
        pinned = _("pinned") if note.pinned else ""
        head = f"{note.id}  {note.added_at:%Y-%m-%d %H:%M}  {note.author or _('the system')}  {pinned}"
        print(one_line(head.rstrip()))
        print("    " + lines(note.text).replace("\n", "\n    "))


async def _attach(session: Session, record: int, options: argparse.Namespace) -> None:
    from erp_tui.core.transfer.attaching import attach

    outbox = writing.outbox_of(session)
    for file in options.files:
        if options.dry_run:
            size = file.stat().st_size
            print(one_line(_("Would attach {name}, {size} bytes.").format(name=file.name, size=size)))
            continue
        made = await attach(
            session.api, outbox, options.resource, record, file, title=options.ref, key=options.key
        )
        sentence = _("{name} is attached as number {id}.").format(name=made.name, id=made.id)
        target = hanging(options.resource, record, "attachments")
        key = next(
            (each.key for each in outbox.journal.lines() if (each.target, each.record) == (target, made.id)),
            "",
        )
        back = await writing.way_back(session, key, options)
        writing.print_done(session, made.model_dump(mode="json"), sentence, options, back)


async def _attachments(session: Session, record: int, options: argparse.Namespace) -> None:
    if options.delete is not None:
        version = (await session.api.attachment(options.resource, record, options.delete)).version
        target = hanging(options.resource, record, "attachments")
        await _delete(session, target, options.delete, version, options)
        return
    if options.save is not None:
        await _save(session, record, options)
        return
    page = await session.api.attachments(options.resource, record)
    files = list(page.attachments)
    while page.next:
        page = await session.api.attachments(options.resource, record, page.next)
        files += page.attachments
    rows = [file.model_dump(mode="json") for file in files]
    if chosen_format(options.format, session.settings) == "json":
        print_json(rows, session.settings)
    else:
        columns = [("id", "Id"), ("name", _("File")), ("size", _("Bytes")), ("media_type", _("Kind"))]
        columns += [("author", _("Author")), ("added_at", _("Added"))]
        print_table(rows, columns, {"size": "integer"})


async def _save(session: Session, record: int, options: argparse.Namespace) -> None:
    from erp_tui.core.transfer.downloading import save_download

    known = await session.api.attachment(options.resource, record, options.save)
    path = await save_download(
        session.api.attached(options.resource, record, options.save),
        lambda: free_path(options.to, known.name),
        sha256=known.sha256,
    )
    sentence = _("Saved as {path}.").format(path=path)
    writing.print_done(session, {"path": str(path), **known.model_dump(mode="json")}, sentence, options)
