"""`erp <resource> create|update|delete`: one record, by the rules that its screens keep."""

from __future__ import annotations

import argparse

from erp_tui.cli import writing
from erp_tui.core.i18n import _
from erp_tui.core.sessions.session import Session, open_session

WORDS = ("create", "update", "delete")


def add_actions(parser: argparse.ArgumentParser, word: str) -> None:
    """The flags of one of `WORDS`."""
    if word != "create":
        parser.add_argument("ref", help=_("its code, or id:123 for its key"))
        writing.add_version_flag(parser)
    if word != "delete":
        parser.add_argument(
            "--data", required=True, help=_("the fields as a JSON object, @file for a file, - for the input")
        )
    writing.add_write_flags(parser)


async def run(options: argparse.Namespace) -> int:
    """Create, change or delete a record of ``options.resource``."""
    session = open_session(options.profile)
    try:
        if options.action == "create":
            await _create(session, options)
        else:
            await _existing(session, options)
    finally:
        await session.api.aclose()
    return 0


async def _create(session: Session, options: argparse.Namespace) -> None:
    from erp_tui.core.kept.outbox import Intent

    data = writing.object_of(options.data)
    if options.dry_run:
        preview = await session.api.create(options.resource, data, dry_run=True, reason=options.reason)
        writing.print_preview(session, preview, options)
        return
    title = _("Create in {resource}").format(resource=options.resource)
    intent = Intent("create", options.resource, data, title, reason=options.reason)
    record = await writing.send(session, intent, options)
    sentence = _("It is created: id:{id}, version {version}.").format(id=record.id, version=record.version)
    back = await writing.way_back(session, options.key or intent.key, options)
    writing.print_done(session, record.data, sentence, options, back)


async def _existing(session: Session, options: argparse.Namespace) -> None:
    from erp_tui.core.kept.outbox import Intent

    data = writing.object_of(options.data) if options.action == "update" else {}
    record = await session.api.get(options.resource, writing.reference(options.ref))
    version = record.version if options.if_version is None else options.if_version
    if options.dry_run:
        if options.action == "update":
            preview = await session.api.update(
                options.resource, record.id, data, version=version, dry_run=True, reason=options.reason
            )
        else:
            preview = await session.api.delete(
                options.resource, record.id, version=version, dry_run=True, reason=options.reason
            )
        writing.print_preview(session, preview, options)
        return
    names = {"update": _("Change {resource} {ref}"), "delete": _("Delete {resource} {ref}")}
    title = names[options.action].format(resource=options.resource, ref=options.ref)
    kind = options.action
    intent = Intent(kind, options.resource, data, title, id=record.id, version=version, reason=options.reason)
    answer = await writing.send(session, intent, options)
    back = await writing.way_back(session, options.key or intent.key, options)
    if answer is None:
        sentence = _("{ref} is deleted.").format(ref=options.ref)
        writing.print_done(session, {"id": record.id, "deleted": True}, sentence, options, back)
        return
    sentence = _("{ref} is changed: it has version {version} now.").format(
        ref=options.ref, version=answer.version
    )
    writing.print_done(session, answer.data, sentence, options, back)
