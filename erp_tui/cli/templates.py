"""`erp <resource> template`: a file to be filled in and taken in, with the columns, choices and an example."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from erp_tui.cli.exit_codes import OK
from erp_tui.cli.exporting import EXCEL, NotToAScreen
from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.transfer.exporting import FileThere

WORDS = ("template",)
FORMATS = ("csv", "xlsx")


def add_actions(parser: argparse.ArgumentParser, word: str) -> None:  # noqa: ARG001 - there is one word
    """The flags of `template`."""
    parser.add_argument(
        "--format", choices=(*FORMATS, EXCEL), help=_("csv unless the name of the file says otherwise")
    )
    parser.add_argument("--output", default="", metavar="FILE", help=_("the file to write; - is a pipe"))
    parser.add_argument("--force", action="store_true", help=_("replace a file that is there"))


async def run(options: argparse.Namespace) -> int:
    """Write the template of ``options.resource``. Without a file, a pipe gets it, and a terminal a file."""
    from erp_tui.core.sessions.session import open_session
    from erp_tui.core.transfer.part_file import part_beside

    piped = options.output == "-" or (not options.output and not sys.stdout.isatty())
    ending = Path(options.output).suffix.removeprefix(".").lower()
    given = "xlsx" if options.format == EXCEL else options.format
    format = given or (ending if ending in FORMATS else "csv")
    path = Path(options.output or f"{options.resource}-template.{format}").expanduser()
    if piped and format == "xlsx" and sys.stdout.isatty():
        raise NotToAScreen(_("A workbook is no text to show. Name a file: --output products.xlsx"))
    if not piped and path.exists() and not options.force:
        raise _there(path)
    session = open_session(options.profile)
    try:
        content = await session.api.template(options.resource, format)
    finally:
        await session.api.aclose()
    if piped:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return OK
    try:
        async with part_beside(path) as part:
            await part.write(content)
            await part.close()
            await asyncio.to_thread(part.take_name, path, replace=options.force)
    except FileExistsError as error:
        raise _there(path) from error
    text = _("The template is in {path}. Fill it in, then: erp imports run {path} --into {resource}")
    print(text.format(path=path, resource=options.resource))
    return OK


def _there(path: Path) -> FileThere:
    from erp_tui.core.transfer.exporting import FileThere

    return FileThere(
        _("There is a file {path} already. Name another one, or replace it with --force.").format(path=path)
    )
