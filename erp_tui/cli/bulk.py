"""`erp <resource> bulk --action delete --records id:5 id:7`: one action on many records, each for itself."""

from __future__ import annotations

import argparse
from typing import Any

from erp_tui.cli import writing
from erp_tui.cli.output import chosen_format
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.i18n import _
from erp_tui.core.remote.current_versions import named_records
from erp_tui.core.safe_text import one_line
from erp_tui.core.sessions.session import Session, open_session

WORDS = ("bulk",)
PARTLY = 7
"""The exit status where some were refused: somebody else was faster, or their state does not allow it."""


def add_actions(parser: argparse.ArgumentParser, _word: str) -> None:
    """The flags of the one word of `WORDS`."""
    parser.add_argument("--action", dest="what", required=True, help=_("update, delete, or an operation"))
    parser.add_argument(
        "--records", nargs="+", required=True, metavar="ID", help=_("their keys, as id:5 id:7")
    )
    parser.add_argument("--values", default="{}", help=_("the fields or parameters as a JSON object"))
    writing.add_write_flags(parser)


async def run(options: argparse.Namespace) -> int:
    """Do one thing to the records named, as they are now. 0 where all was done, 7 where some were refused."""
    session = open_session(options.profile)
    try:
        return await _run(session, options)
    finally:
        await session.api.aclose()


async def _run(session: Session, options: argparse.Namespace) -> int:
    from erp_tui.core.kept.outbox import Intent

    values = writing.object_of(options.values)
    keys = [_key(text) for text in options.records]
    records = await named_records(session.api, options.resource, keys)
    body: dict[str, Any] = {"action": options.what, "records": records, "values": values}
    if options.dry_run:
        preview = await session.api.batch(options.resource, body, dry_run=True, reason=options.reason)
        writing.print_preview(session, preview, options)
        return 0
    title = _("{action} on {count} {resource}").format(
        action=options.what, count=len(keys), resource=options.resource
    )
    intent = Intent("batch", options.resource, body, title, reason=options.reason)
    done = await writing.send(session, intent, options)
    back = await writing.way_back(session, options.key or intent.key, options)
    writing.print_done(session, done.model_dump(mode="json"), done.message, options, back)
    if chosen_format(options.format, session.settings) != "json":
        for outcome in done.result.results:
            if outcome.status == "refused":
                print(one_line(f"  id:{outcome.id}  {outcome.message}"))
    return PARTLY if done.result.refused else 0


def _key(text: str) -> int:
    number = text.removeprefix("id:")
    if not number.isdecimal():
        raise UnreadableInput(
            _("{text} is no key. Name records by key: --records id:5 id:7.").format(text=text)
        )
    return int(number)
