"""`erp imports run|show|resume|undo` and `erp <resource> import FILE`: files taken in without a screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from erp_tui.cli.usage import UnreadableInput
from erp_tui.cli.writing import add_format, add_write_flags
from erp_tui.core.errors import ApiError, ErpError, InvalidError, SignInRequired, ThrottledError
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import lines

STDIN = "-"
NOTHING_DONE = 2
"""Not a row was taken in or taken back; what was said on stderr, or the refused rows, tell why."""
SOME_REFUSED = 3
"""The good rows are in, others were refused; or of an undo, some records were left as they are."""

WORDS = ("run", "show", "resume", "undo")
FROM_FILE = {"create": "insert", "update": "update", "import": "upsert"}
"""Actions of a resource that take a file, and the mode in which they do."""
MODES = ("insert", "update", "upsert")
ON_DUPLICATE = ("refuse", "skip", "update")
Run = Callable[[argparse.Namespace], Awaitable[int]]


def takes_file(action: str, arguments: Sequence[str]) -> bool:
    """Whether `erp <resource> <action> …` is about a file: `import` always, `create` with `--from-csv`."""
    if action == "import":
        return True
    flags = {argument.partition("=")[0] for argument in arguments}
    return action in FROM_FILE and bool(flags & {"--from-csv", "--from-file"})


def add_run(parser: argparse.ArgumentParser, resource: str = "", action: str = "import") -> None:
    """The flags of taking a file in; of a `resource` where it was named before, in the way of its `action`."""
    parser.set_defaults(run_import=True)
    parser.add_argument("file", nargs="?", default="", help=_("the file to take in; - is the standard input"))
    parser.add_argument(
        "--file",
        "--source",
        "--from-csv",
        "--from-file",
        dest="named_file",
        default="",
        help=argparse.SUPPRESS,
    )
    if resource:
        parser.set_defaults(into=resource)
    else:
        parser.add_argument("--into", default="", metavar="RESOURCE", help=_("what it holds: products"))
    parser.add_argument(
        "--mapping", default="", metavar="M", help=_("a document of columns and values, YAML or JSON")
    )
    parser.add_argument(
        "--map-fields",
        default="",
        metavar="M",
        help=_('columns and the fields that they go into, as JSON or a file of it: \'{"SKU": "code"}\''),
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=_("the same value in every row; may be given again"),
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        default=FROM_FILE[action] if action != "import" else None,
        help=_("only new records, only existing ones, or both (default: upsert)"),
    )
    parser.add_argument(
        "--on-duplicate", choices=ON_DUPLICATE, help=_("what to do with a key that stands in the file again")
    )
    parser.add_argument(
        "--match-on", default="", metavar="FIELD", help=_("by which field a row finds its record")
    )
    _add_reading(parser)
    parser.add_argument(
        "--dry-run",
        "--preview",
        dest="dry_run",
        action="store_true",
        help=_("check every row, and change nothing"),
    )
    parser.add_argument(
        "--all-or-nothing", action="store_true", help=_("take nothing in where a row is refused")
    )
    _add_way(parser)
    parser.add_argument(
        "--rejects", default="", metavar="OUT", help=_("write the refused rows there, with reasons")
    )
    parser.add_argument("--name", default="", help=_("what the standard input is called"))
    parser.add_argument("--reason", default=None, help=_("why; it is kept in the audit"))
    add_format(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How the file is written, and which of it is data, where it is not as it looks."""
    parser.add_argument("--sheet", default=None, help=_("the sheet of a workbook, by its name"))
    parser.add_argument("--encoding", default=None, help=_("how the text is written, such as cp1252"))
    parser.add_argument(
        "--delimiter", default=None, help=_("what stands between cells; tab is a word for it")
    )
    parser.add_argument(
        "--quote", default=None, help=_("what stands around a cell; none is a word for nothing")
    )
    parser.add_argument(
        "--header-row", type=int, default=None, metavar="N", help=_("the last row of the headings, 0: none")
    )
    parser.add_argument(
        "--header-rows", type=int, default=None, metavar="N", help=_("how many rows the headings take")
    )
    parser.add_argument(
        "--footer-rows", type=int, default=None, metavar="N", help=_("how many rows below the data are none")
    )
    parser.add_argument(
        "--skip-rows", default=None, metavar="ROWS", help=_("rows to leave out, by their numbers: 3,7-9")
    )
    parser.add_argument(
        "--empty",
        choices=("leave", "clear"),
        help=_("what an empty cell, NULL and \\N do to a field (default: leave it as it is)"),
    )
    parser.add_argument(
        "--clear-mark",
        default=None,
        metavar="TEXT",
        help=_("the text that empties a field (default: -, in JSON none); none is a word for no text"),
    )
    parser.add_argument(
        "--empty-head",
        choices=("refuse", "above"),
        help=_("of documents: what a row is that names none; above: it goes on with the one above it"),
    )


def _add_way(parser: argparse.ArgumentParser) -> None:
    """Whether the file goes in as a whole or in parts, where its size shall not decide."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--atomic",
        action="store_true",
        default=None,
        help=_("in one transaction: stopped, nothing of it is in"),
    )
    way.add_argument(
        "--chunks",
        dest="atomic",
        action="store_false",
        help=_("in parts, so that nobody waits: stopped, what is in is taken back"),
    )


def add_actions(parser: argparse.ArgumentParser, word: str) -> None:
    """The flags of one of `WORDS`."""
    parser.set_defaults(action=word)
    if word == "run":
        add_run(parser)
        return
    # `erp imports undo --session 12` is how the operation of that name is asked.
    parser.add_argument("session", nargs="?", type=int, help=_("its number, as erp imports list tells it"))
    parser.add_argument("--session", dest="named_session", type=int, help=argparse.SUPPRESS)
    if word == "show":
        parser.add_argument("--refused", action="store_true", help=_("its refused rows, with the reasons"))
        parser.add_argument(
            "--limit", type=int, default=50, help=_("the most rows; 0 is all of them (default: 50)")
        )
    elif word == "resume":
        parser.add_argument(
            "--with",
            dest="mended",
            default="",
            metavar="FILE",
            help=_(
                "first lay the mended rows of this file over the refused ones (CSV or XLSX, - for a pipe)"
            ),
        )
        parser.add_argument(
            "--dry-run",
            "--preview",
            dest="dry_run",
            action="store_true",
            help=_("check every row, and take nothing in"),
        )
        parser.add_argument(
            "--all-or-nothing", action="store_true", help=_("take nothing in where a row is refused")
        )
        _add_way(parser)
        parser.add_argument(
            "--rejects", default="", metavar="OUT", help=_("write the refused rows there, with reasons")
        )
    else:
        parser.add_argument(
            "--force", action="store_true", help=_("take back what was changed since as well")
        )
        add_write_flags(parser)
        return
    if word == "resume":
        parser.add_argument("--reason", default=None, help=_("why; it is kept in the audit"))
    add_format(parser)


async def run(options: argparse.Namespace) -> int:
    """Take a file in, or look at, go on with or take back one. The status says what was done (0, 2, 3)."""
    from erp_tui.cli import import_session

    work: Run
    if getattr(options, "run_import", False):
        work = import_session.take_file
        _check_file(options)
    else:
        work = {"show": import_session.show, "resume": import_session.resume, "undo": import_session.undo}[
            options.action
        ]
        options.session = options.session or options.named_session
        if options.session is None:
            raise UnreadableInput(_("Say which one, by its number: erp imports list tells them."))
    try:
        return await work(options)
    except ErpError as error:
        if not nothing_was_done(error):
            raise
        print(lines(_sentence(error)), file=sys.stderr)
        if _lacks_a_column(error) and not getattr(options, "mapping", ""):
            example = '{"SKU": "code"}'
            text = _("Say which column it is, by its heading: --map-fields '{example}'.")
            print(text.format(example=example), file=sys.stderr)
        return NOTHING_DONE


def _sentence(error: ErpError) -> str:
    """The error's own; where it is of a member of a mapping, with the path of that."""
    if isinstance(error, InvalidError):
        named = [each for each in error.errors if each.field not in ("", "file", "into", "session")]
        if named:
            return "\n".join(f"{each.field}: {each.message}" for each in named)
    return error.sentence()


def _lacks_a_column(error: ErpError) -> bool:
    """Whether a field has no column, as the server asks for it."""
    asked = error.errors if isinstance(error, InvalidError) else ()
    return any(each.code == "required" and each.field.startswith("mapping.") for each in asked)


def _check_file(options: argparse.Namespace) -> None:
    options.file = options.file or options.named_file
    if not options.file:
        raise UnreadableInput(_("Name the file to take in; - is the standard input."))
    if not options.into and not options.mapping:
        raise UnreadableInput(_("Say what the file holds: --into products."))
    for name in (options.file, options.mapping):
        if name and name != STDIN:
            _must_be_readable(name)


def _must_be_readable(name: str) -> None:
    try:
        Path(name).expanduser().open("rb").close()
    except OSError as error:
        reason = error.strerror or error
        raise UnreadableInput(
            _("{path} cannot be used: {reason}.").format(path=name, reason=reason)
        ) from error


def nothing_was_done(error: ErpError) -> bool:
    """Whether a script need not ask what became of it: refused here or by the server, for a reason that stays."""
    from erp_tui.core.transfer.import_mapping import UnknownName
    from erp_tui.core.transfer.importing import JobEnded

    if isinstance(error, ThrottledError):
        return False
    if isinstance(error, SignInRequired | UnreadableInput | UnknownName | JobEnded):
        return True
    return isinstance(error, ApiError) and error.status < 500
