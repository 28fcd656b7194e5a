"""`erp find 4711`: what is this, over everything that the person may see."""

from __future__ import annotations

import argparse
import sys

from erp_tui.cli.exit_codes import NOT_FOUND, OK
from erp_tui.cli.output import chosen_format, print_json, print_table
from erp_tui.core.i18n import _
from erp_tui.core.sessions.session import open_session


def add_find(parser: argparse.ArgumentParser) -> None:
    """What to look for, and how to tell it."""
    parser.add_argument("text", nargs="+", help=_("a code, number, barcode, tax id, external id or name"))
    parser.add_argument("--limit", type=int, default=None, help=_("the most records of a kind (default: 5)"))
    parser.add_argument("--format", choices=("json", "table"))
    parser.add_argument("--json", action="store_const", const="json", dest="format", help=argparse.SUPPRESS)


async def find(options: argparse.Namespace) -> int:
    """Print what was found, what is exactly so first. The status says whether anything was."""
    session = open_session(options.profile)
    try:
        found = await session.api.find(" ".join(options.text), limit=options.limit)
    finally:
        await session.api.aclose()
    rows = [
        {
            "resource": group.resource,
            "kind": group.title_one or group.title,
            "id": hit.id,
            "code": hit.code,
            "name": hit.label.removeprefix(hit.code).strip(),
            "exact": hit.exact,
            "found_by": hit.field_title,
        }
        for group in found.groups
        for hit in group.hits
    ]
    rows.sort(key=lambda row: not row["exact"])
    if chosen_format(options.format, session.settings) == "json":
        print_json({"q": found.q, "hits": rows, "unsearched": found.unsearched}, session.settings)
    elif rows:
        columns = {
            "kind": _("Kind"),
            "code": _("Code"),
            "name": _("Name"),
            "exact": _("Exactly"),
            "found_by": _("Found by"),
        }
        print_table(rows, list(columns.items()))
    if not rows:
        print(_("Nothing that you may see is called “{text}”.").format(text=found.q), file=sys.stderr)
    if found.unsearched:
        print(
            _("There was no time to look through: {names}.").format(names=", ".join(found.unsearched)),
            file=sys.stderr,
        )
    return OK if rows else NOT_FOUND
