"""`erp <resource> list` and `erp <resource> get`: any resource, drawn from its description."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erp_tui.cli import exporting
from erp_tui.cli.output import chosen_format, print_json, print_record, print_table
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.sessions.session import Session, open_session

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description, Page

PAGE = 200


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions that every resource has."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|get|export")
    listing = actions.add_parser("list", allow_abbrev=False, help=_("the records, a row each"))
    listing.add_argument("--search", default=None, help=_("words that a record must contain"))
    exporting.add_filter(listing)
    listing.add_argument(
        "--order", default=None, help=_("fields joined by commas, - before one turns it round")
    )
    listing.add_argument(
        "--fields", default=None, help=_("fields joined by commas, instead of the usual ones")
    )
    listing.add_argument(
        "--limit", type=int, default=50, help=_("the most rows; 0 is all of them (default: 50)")
    )
    getting = actions.add_parser("get", allow_abbrev=False, help=_("one record"))
    getting.add_argument("ref", help=_("its code, or id:123 for its key"))
    for action in (listing, getting):
        action.add_argument("--format", choices=("json", "table"))
    exporting.add_arguments(
        actions.add_parser("export", allow_abbrev=False, help=_("the records as a file, all of them"))
    )


def with_falling_order(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--order -total` written as `--order=-total`: argparse takes what begins with a dash
    for another option."""
    given = list(arguments)
    for place in range(len(given) - 1, 0, -1):
        if (
            given[place - 1] == "--order"
            and given[place].startswith("-")
            and not given[place].startswith("--")
        ):
            given[place - 1 : place + 1] = [f"--order={given[place]}"]
    return given


async def run(options: argparse.Namespace) -> int:
    """Print a list or a record of ``options.resource``, or write it to a file."""
    session = open_session(options.profile)
    try:
        if options.action == "get":
            await _get(session, options)
        elif options.action == "export":
            await exporting.export(session, options)
        else:
            await _list(session, options)
    finally:
        await session.api.aclose()
    return 0


async def _list(session: Session, options: argparse.Namespace) -> None:
    api = session.api
    wanted = options.fields.split(",") if options.fields else None
    filter = await exporting.filter_of(session, options)
    rows: list[dict[str, Any]] = []
    page: Page | None = None
    while page is None or (page.next and len(rows) != options.limit):
        left = options.limit - len(rows) if options.limit else PAGE
        page = await api.list(
            options.resource,
            q=options.search,
            filter=filter,
            ordering=options.order,
            fields=wanted,
            limit=min(left, PAGE),
            after=page.next if page else None,
            count="none",
        )
        rows += page.rows
    if chosen_format(options.format, session.settings) == "json":
        print_json(rows, session.settings)
    else:
        description = await api.describe_resource(options.resource)
        kinds = {field.name: field.type for field in description.fields}
        print_table(await _readable(session, rows, kinds), _columns(description, wanted), kinds)
    if page.next:
        print(
            ngettext(
                "One row shown, and there are more: --limit 0 shows all.",
                "{count} rows shown, and there are more: --limit 0 shows all.",
                len(rows),
            ).format(count=len(rows)),
            file=sys.stderr,
        )


async def _readable(
    session: Session, rows: Sequence[dict[str, Any]], kinds: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows with moments and days as the person writes them, in their zone; only programs read others."""
    moments = [name for name, kind in kinds.items() if kind == "datetime"]
    days = [name for name, kind in kinds.items() if kind == "date"]
    if not any(row.get(name) for row in rows for name in (*moments, *days)):
        return list(rows)
    from erp_tui.core.entry.values import format_date, format_datetime, user_zone

    zone = user_zone((await session.api.meta()).user.time_zone)
    readable = []
    for row in rows:
        told = {name: format_datetime(row[name], zone) for name in moments if row.get(name)}
        told |= {name: format_date(row[name]) for name in days if row.get(name)}
        readable.append({**row, **told})
    return readable


def _columns(description: Description, wanted: list[str] | None) -> list[tuple[str, str]]:
    titles = _titles(description)
    columns = [(name, titles.get(name, name)) for name in wanted or description.columns]
    if not wanted and description.key == "id":
        # Nothing but its number names such a record, and commands on it ask for that.
        return [("id", _("Number")), *columns]
    return columns


def _titles(description: Description) -> dict[str, str]:
    """A display column of a reference bears the reference's title."""
    shown = {name: field.title for field in description.fields for name in field.display}
    return shown | {field.name: field.title for field in description.fields}


async def _get(session: Session, options: argparse.Namespace) -> None:
    ref = options.ref.removeprefix("id:") if options.ref.startswith("id:") else f"code:{options.ref}"
    record = await session.api.get(options.resource, ref)
    if chosen_format(options.format, session.settings) == "json":
        print_json(record.data, session.settings)
        return
    print_record(record.data, _titles(await session.api.describe_resource(options.resource)))
