"""What every headless write shares: its flags, the outbox that it passes, and how its answer is printed."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from erp_tui.cli.output import chosen_format, print_json
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.errors import ErpError, OutcomeUnknown
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.safe_text import one_line
from erp_tui.core.sessions.session import Session

if TYPE_CHECKING:
    from erp_tui.core.kept.outbox import Intent, Outbox
    from erp_tui.core.remote.models import Change, Preview

STDIN = "-"

NEWEST = 5
"""Change sets among which the one just made is looked for: another terminal may have been quicker."""

SHOWN = 8
"""Characters of a change set's name that are shown; its beginning is enough."""


def add_write_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of every write."""
    parser.add_argument(
        "--dry-run", action="store_true", help=_("tell what would change, and change nothing")
    )
    parser.add_argument("--reason", default=None, help=_("why; it is kept in the audit"))
    parser.add_argument(
        "--key",
        default=None,
        help=_("the idempotency key: the same one again does nothing twice and gives the first answer"),
    )
    add_format(parser)


def add_version_flag(parser: argparse.ArgumentParser) -> None:
    """The flag of writes to one record."""
    parser.add_argument(
        "--if-version",
        type=int,
        default=None,
        metavar="N",
        help=_("only while the record has this version; unless told, the one that it has now"),
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """JSON or lines for people."""
    parser.add_argument("--format", choices=("json", "table"))
    parser.add_argument("--json", dest="format", action="store_const", const="json", help=_("print JSON"))


def object_of(text: str) -> dict[str, Any]:
    """The JSON object in ``text``, in the file that ``@path`` names, or on the standard input for ``-``.

    Raises ``UnreadableInput``, and ``OSError`` for a file that cannot be read.
    """
    if text == STDIN:
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnreadableInput(
            _('The data is not JSON ({reason}). Give an object: --data \'{{"name": "Acme"}}\'.').format(
                reason=error
            )
        ) from error
    if not isinstance(value, dict):
        raise UnreadableInput(_('The data is not an object. Give one: --data \'{"name": "Acme"}\'.'))
    return value


def reference(text: str) -> str:
    """The record's place in the address: ``id:17`` names the key, all else the code."""
    return text.removeprefix("id:") if text.startswith("id:") else f"code:{text}"


def outbox_of(session: Session) -> Outbox:
    """The outbox of whom the session speaks for: nothing sent is forgotten, and the log tells of it."""
    from erp_tui.start import scoped_files

    return scoped_files(session)[1]


async def send(session: Session, intent: Intent, options: argparse.Namespace) -> Any:
    """Do what was asked, once; ``--key`` names it as the same as before. Raises what the outbox raises."""
    from dataclasses import replace

    if options.key:
        intent = replace(intent, key=options.key)
    try:
        return await outbox_of(session).submit_once(intent)
    except OutcomeUnknown:
        print(
            _("Run it again with --key {key} to learn what became of it.").format(key=intent.key),
            file=sys.stderr,
        )
        raise


class WayBack(NamedTuple):
    """How a write is taken back: the command with the change set's whole name, or why not. Both are empty for a write
    that changed nothing, or that runs as a job."""

    command: str = ""
    change_set: str = ""
    why_not: str = ""

    def sentence(self) -> str:
        """For a person, with as much of the name as `erp log` shows."""
        if self.why_not:
            return _("It cannot be taken back. {reason}").format(reason=self.why_not)
        short = self.command.removesuffix(self.change_set) + self.change_set[:SHOWN]
        return _("To take it back: {command}").format(command=short) if self.command else ""


async def way_back(session: Session, key: str, options: argparse.Namespace) -> WayBack:
    """How the write with this idempotency key is taken back, as its line in the log and the server tell."""
    line = outbox_of(session).journal.line(key)
    if line is None or not line.change_set:
        return WayBack()
    try:
        newest = await session.api.change_sets(limit=NEWEST)
    except ErpError:
        # What was asked for is done, whatever this read says; the command says itself where it cannot be done.
        newest = []
    known = next((each for each in newest if each.change_set == line.change_set), None)
    if known is not None and not known.undoable:
        return WayBack(why_not=known.why_not)
    profile = f" --profile {shlex.quote(options.profile)}" if options.profile else ""
    return WayBack(f"erp{profile} undo {line.change_set}", line.change_set)


def print_preview(session: Session, preview: Preview, options: argparse.Namespace) -> None:
    """What would change."""
    if chosen_format(options.format, session.settings) == "json":
        print_json({"dry_run": True, **preview.model_dump(mode="json")}, session.settings)
        return
    print(_("Nothing was done. It would:") if preview.changes else _("It would change nothing."))
    print_changes(preview.changes)
    for warning in preview.warnings:
        print(one_line(f"  ! {warning}"))


def print_changes(changes: Sequence[Change]) -> None:
    """What changes, a line a record and one a field."""
    words = {"create": _("create"), "update": _("change"), "delete": _("delete")}
    for change in changes:
        print(
            one_line(f"  {words.get(change.action, change.action)} {change.resource} {change.label}".rstrip())
        )
        for name, sides in change.fields.items():
            print(one_line(f"      {name}: {_side(sides.old)} → {_side(sides.new)}"))


def print_done(
    session: Session,
    answer: Mapping[str, Any],
    sentence: str,
    options: argparse.Namespace,
    back: WayBack | None = None,
) -> None:
    """What was done, and how it is taken back: the answer for a program, a sentence for a person."""
    back = back or WayBack()
    if chosen_format(options.format, session.settings) == "json":
        print_json({**answer, "_undo": back.command} if back.command else answer, session.settings)
        return
    print(one_line(sentence))
    if told := back.sentence():
        print(one_line(told), file=sys.stderr)


def count_of_changes(count: int) -> str:
    """How many records a write touched, as a sentence's end."""
    return ngettext("One record changed.", "{count} records changed.", count).format(count=count)


def _side(value: Any) -> str:
    return _("nothing") if value in (None, "", [], {}) else str(value)
