"""`erp log` and `erp undo`: what was done, and taking the last of it back."""

from __future__ import annotations

import argparse
import sys
import unicodedata
import uuid
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from erp_tui.cli import writing
from erp_tui.cli.exit_codes import FAILED, NOT_FOUND, OK, exit_code
from erp_tui.cli.output import chosen_format, print_json, print_table
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.errors import ConflictError
from erp_tui.core.i18n import _, ngettext
from erp_tui.core.safe_text import lines, one_line
from erp_tui.core.sessions.session import Session, open_session

if TYPE_CHECKING:
    from erp_tui.core.remote.models import ChangeSet

UNDO = "audit.undo"
LOOKED_THROUGH = 100
"""How far back a change set is looked for by the beginning of its name."""
SHORTEST = 4


def add_log(parser: argparse.ArgumentParser) -> None:
    """Whose log, and how much of it."""
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--mine",
        dest="everyone",
        action="store_const",
        const=False,
        default=False,
        help=_("what you did (the default)"),
    )
    whose.add_argument("--everyone", action="store_true", help=_("what anyone did; it takes a right"))
    parser.add_argument("--limit", type=int, default=None, help=_("how many, at most 100 (default: 20)"))
    writing.add_format(parser)


async def log(options: argparse.Namespace) -> int:
    """Print the last change sets, the newest first, with times in the person's zone."""
    session = open_session(options.profile)
    try:
        change_sets = await session.api.change_sets(everyone=options.everyone, limit=options.limit)
        if chosen_format(options.format, session.settings) == "json":
            print_json([each.model_dump(mode="json") for each in change_sets], session.settings)
            return OK
        zone = await _zone(session)
    finally:
        await session.api.aclose()
    if not change_sets:
        print(_("Nothing was done yet, or not where you may see it."), file=sys.stderr)
        return OK
    columns = {"at": _("When"), "what": _("What"), "records": _("Records")}
    if options.everyone:
        columns = {"at": columns.pop("at"), "user": _("Who"), **columns}
    columns |= {"change_set": _("Change set"), "undo": _("Undo")}
    print_table([_row(each, zone) for each in change_sets], list(columns.items()))
    return OK


def add_undo(parser: argparse.ArgumentParser) -> None:
    """What to take back, and how."""
    parser.add_argument(
        "change_set",
        nargs="?",
        default=None,
        help=_("a change set of erp log, its beginning is enough; unless told, what you did last"),
    )
    parser.add_argument(
        "--force", action="store_true", help=_("take back what can be, and leave out what cannot")
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    writing.add_write_flags(parser)


async def undo(options: argparse.Namespace) -> int:
    """Take one change set back. On a terminal it is shown first and asked about, unless ``--yes`` is said.

    Raises ``UnreadableInput`` for a name that fits none, or more than one.
    """
    session = open_session(options.profile)
    try:
        return await _undo(session, options)
    finally:
        await session.api.aclose()


async def _undo(session: Session, options: argparse.Namespace) -> int:
    from erp_tui.core.kept.outbox import Intent

    found, change_set = await _meant(session, options.change_set)
    if change_set is None:
        print(_("Nothing that you did is left to take back. See erp log."), file=sys.stderr)
        return NOT_FOUND
    params: dict[str, Any] = {"change_set": change_set, **({"force": True} if options.force else {})}
    name = _what(found) if found is not None else change_set
    title = _("Take back: {title}").format(title=name)
    asks = _is_asked(session, options)
    try:
        if options.dry_run or asks:
            preview = await session.api.operate(UNDO, params, dry_run=True, reason=options.reason)
            if asks:
                print(one_line(title))
            writing.print_preview(session, preview, options)
        if options.dry_run:
            return OK
        if asks and not _agreed():
            print(_("Nothing was done."))
            return FAILED
        result = await writing.send(
            session, Intent("operate", UNDO, params, title, reason=options.reason), options
        )
    except ConflictError as conflict:
        print(lines(conflict.sentence()), file=sys.stderr)
        for label, reason in _obstacles(conflict):
            print(one_line(f"  {label}: {reason}"), file=sys.stderr)
        if options.change_set is None:
            print(_("An earlier one is taken back by its name; erp log shows them."), file=sys.stderr)
        return exit_code(conflict)
    writing.print_done(session, result.model_dump(mode="json"), f"{title}. {result.message}", options)
    return OK


async def _meant(session: Session, given: str | None) -> tuple[ChangeSet | None, str | None]:
    """The change set that is meant, and its name; without a name what the person did last and still stands."""
    if given is None:
        last = await session.api.change_sets(limit=1, standing=True)
        return (last[0], last[0].change_set) if last else (None, None)
    if _is_whole(given):
        return None, given
    begun = given.lower()
    if len(begun) < SHORTEST or set(begun) - set("0123456789abcdef-"):
        raise UnreadableInput(
            _("{given} names no change set. Give its beginning, as erp log shows it.").format(given=given)
        )
    known = await session.api.change_sets(limit=LOOKED_THROUGH)
    fitting = [each for each in known if each.change_set.startswith(begun)]
    if len(fitting) != 1:
        problem = (
            _("More than one of your last change sets begins with {given}. Give more of it.")
            if fitting
            else _(
                "None of your last change sets begins with {given}. See erp log; another one is named whole."
            )
        )
        raise UnreadableInput(problem.format(given=given))
    return fitting[0], fitting[0].change_set


def _is_whole(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_asked(session: Session, options: argparse.Namespace) -> bool:
    """Whether somebody is there to be asked: a script says by its silence that it means it."""
    return bool(
        not options.yes
        and not options.dry_run
        and sys.stdin.isatty()
        and sys.stdout.isatty()
        and chosen_format(options.format, session.settings) != "json"
    )


def _agreed() -> bool:
    try:
        answer = input(_("Take it back? (yes/no) "))
    except EOFError:
        return False
    return _plain(answer) in {"y", "yes", _plain(_("y")), _plain(_("yes"))}


def _plain(answer: str) -> str:
    """An answer without its accents: `si` is typed where `sí` is meant."""
    parts = unicodedata.normalize("NFD", answer.strip().casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _obstacles(conflict: ConflictError) -> list[tuple[str, str]]:
    return [
        (str(each.get("label") or each.get("resource") or ""), str(each.get("reason", "")))
        for each in conflict.extra.get("not_undone") or []
    ]


async def _zone(session: Session) -> ZoneInfo:
    from erp_tui.core.entry.values import user_zone

    return user_zone((await session.api.meta()).user.time_zone)


def _row(change_set: ChangeSet, zone: ZoneInfo) -> dict[str, Any]:
    from erp_tui.core.entry.values import format_datetime

    if change_set.undone:
        undo = _("taken back")
    else:
        undo = _("possible") if change_set.undoable else change_set.why_not
    return {
        "at": format_datetime(change_set.at, zone),
        "user": change_set.user or _("the system"),
        "what": _what(change_set),
        "records": f"{change_set.records}+" if change_set.records_capped else change_set.records,
        "change_set": change_set.change_set[: writing.SHOWN],
        "undo": undo,
    }


def _what(change_set: ChangeSet) -> str:
    """A piece of work in words, such as `changed: Purchase order PO-10023`."""
    done = {"create": _("made"), "update": _("changed"), "delete": _("deleted")}
    verb = _("taken back") if change_set.takes_back else done.get(change_set.action, change_set.action)
    what = f"{verb}: {change_set.title} {change_set.label}".rstrip()
    more = change_set.records - 1
    if more > 0:
        what += " " + ngettext("and {count} more", "and {count} more", more).format(count=more)
    return what
