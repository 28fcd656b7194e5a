"""`erp <resource> export`: a list as a file, or into a pipe."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.transfer.export_formats import FORMATS, default_path, format_of

if TYPE_CHECKING:
    from erp_tui.core.sessions.session import Session
    from erp_tui.core.transfer.exporting import Written


EXCEL = "excel"
"""Another word for a workbook (D-088, X-03)."""


class NotToAScreen(ErpError):
    """A file was asked for that would only disturb a terminal."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `export` takes beside what narrows a list."""
    parser.add_argument("--search", default="", help=_("words that a record must contain"))
    add_filter(parser)
    parser.add_argument("--order", default="", help=_("fields joined by commas, - before one turns it round"))
    parser.add_argument("--columns", default="", help=_("fields joined by commas, instead of all of them"))
    parser.add_argument(
        "--format", choices=(*FORMATS, EXCEL), help=_("csv unless the name of the file says otherwise")
    )
    parser.add_argument("--output", default="", metavar="FILE", help=_("the file to write; - is a pipe"))
    parser.add_argument("--force", action="store_true", help=_("replace a file that is there"))
    parser.add_argument(
        "--lines", action="store_true", help=_("a document has a row for each of its lines, its head in each")
    )
    parser.add_argument(
        "--headers", choices=("titles", "names"), help=_("what heads the columns (default: titles in a file)")
    )


def add_filter(parser: argparse.ArgumentParser) -> None:
    """What narrows a list; given again, all of it must hold, as if joined by a comma."""
    parser.add_argument(
        "--filter", action="append", default=[], help=_("terms joined by commas, such as state=confirmed")
    )


async def filter_of(session: Session, options: argparse.Namespace) -> str | None:
    """Every term that was given, None for none: as the server takes it, with the days of the person's own zone, as the
    filter bar of a list reads them. Raises ``UnreadableInput`` for a day that is none."""
    from erp_tui.core.commands.filter_reading import BadFilter, may_name_a_day, read_for_a_program
    from erp_tui.core.entry.values import user_zone

    text = ",".join(term for term in options.filter if term)
    if not text or not may_name_a_day(text):
        return text or None
    zone = user_zone((await session.api.meta()).user.time_zone)
    description = await session.api.describe_resource(options.resource)
    try:
        return read_for_a_program(description, text, zone=zone, now=datetime.now(UTC)).sent
    except BadFilter as error:
        raise UnreadableInput(error.sentence()) from error


async def export(session: Session, options: argparse.Namespace) -> None:
    """Write the file and tell of it. Without a file, a pipe gets it, and a terminal a file of today's name."""
    from erp_tui.cli.progress import Progress
    from erp_tui.core.remote.export_api import ExportQuery
    from erp_tui.core.transfer.exporting import FileThere, save_export, write_export

    piped = options.output == "-" or (not options.output and not sys.stdout.isatty())
    path = None if piped or not options.output else Path(options.output).expanduser()
    given = "xlsx" if options.format == EXCEL else options.format
    format = given or (format_of(path) if path else None) or "csv"
    query = ExportQuery(
        options.resource,
        format,
        options.search,
        await filter_of(session, options) or "",
        options.order,
        [name.strip() for name in options.columns.split(",") if name.strip()],
        by_name=options.headers == "names" or (piped and options.headers is None),
        lines=options.lines,
    )
    if piped:
        if format == "xlsx" and sys.stdout.isatty():
            raise NotToAScreen(_("A workbook is no text to show. Name a file: --output products.xlsx"))
        _tell_masked(await write_export(session.api, query, sys.stdout.buffer))
        return
    path = path or default_path(options.resource, format, Path.cwd())
    progress = Progress()
    try:
        written = await save_export(
            session.api,
            query,
            path,
            replace=options.force,
            progress=lambda so_far: progress.show(_("Writing"), so_far.rows, so_far.of_rows, _("rows")),
        )
    except FileThere as there:
        raise FileThere(
            _("{sentence} Name another one, or replace it with --force.").format(sentence=there.sentence())
        ) from there
    finally:
        progress.end()
    rows = ngettext("{count} row written to {path}", "{count} rows written to {path}", written.rows)
    print(rows.format(count=written.rows, path=written.path))
    _tell_masked(written)


def _tell_masked(written: Written) -> None:
    if written.masked:
        text = _("Your role may not export personal data; these columns hold ***: {columns}")
        print(text.format(columns=", ".join(written.masked)), file=sys.stderr)
