"""`erp <module> <action> --flag value`: any operation, its flags drawn from its description."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erp_tui.cli import confirming, writing
from erp_tui.cli.completing import OWN_WORDS
from erp_tui.cli.nearest import did_you_mean
from erp_tui.cli.output import answer_to, chosen_format, print_table
from erp_tui.cli.usage import UnreadableInput
from erp_tui.core.commands.shell_words import ASK
from erp_tui.core.errors import NotFoundError
from erp_tui.core.i18n import _
from erp_tui.core.sessions.session import Session, open_session

if TYPE_CHECKING:
    from erp_tui.core.remote.models import FieldDescription, Meta, OperationDescription

STRUCTURED = frozenset({"lines", "json"})
NUMBERS = frozenset({"integer"})
RECORD_WORDS = (
    *(
        "list",
        "get",
        "create",
        "update",
        "delete",
        "notes",
        "attach",
        "attachments",
        "export",
        "template",
        "bulk",
    ),
)
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The flags that every operation has; its own are known once the server has described it."""
    parser.add_argument(
        "--params", default=None, help=_("all parameters as a JSON object, @file for a file, - for the input")
    )
    writing.add_version_flag(parser)
    writing.add_write_flags(parser)
    parser.add_argument("--yes", action="store_true", help=_("do not ask before what destroys"))
    parser.add_argument("--output", metavar="FILE", default=None, help=_("write the answer to this file"))
    talk = parser.add_mutually_exclusive_group()
    talk.add_argument("--quiet", action="store_true", help=_("print errors only"))
    talk.add_argument("--verbose", action="store_true", help=_("tell every change, field by field"))


async def run(options: argparse.Namespace, given: Sequence[str]) -> int:
    """Run the operation ``options.operation`` with what stands in ``given`` as ``--name value``."""
    session = open_session(options.profile)
    try:
        description = await _described(session, options.operation)
        params = writing.object_of(options.params) if options.params else {}
        params |= parameters_of(description, given)
        if options.reason and any(field.name == "reason" for field in description.parameters):
            # What it asks for itself comes before what the audit keeps beside it.
            params["reason"], options.reason = options.reason, None
        with answer_to(options.output, quiet=options.quiet):
            await _run(session, description, params, options)
    finally:
        await session.api.aclose()
    return 0


def parameters_of(description: OperationDescription, given: Sequence[str]) -> dict[str, Any]:
    """The parameters in ``--name value`` and ``--name=value``; a boolean may stand without a value.

    Raises ``UnreadableInput`` for a flag that the operation does not know, or that has no value.
    """
    fields = {field.name: field for field in description.parameters}
    structured = {description.lines.name} if description.lines else set()
    params: dict[str, Any] = {}
    words = list(given)
    while words:
        flag, equals, value = words.pop(0).partition("=")
        name = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or name not in fields.keys() | structured:
            known = [f"--{each.replace('_', '-')}" for each in (*fields, *structured)]
            sentence = _("{flag} is no flag of {operation}. Its own flags are: {known}.").format(
                flag=flag, operation=description.name, known=", ".join(known) or _("none")
            )
            raise UnreadableInput(did_you_mean(sentence, flag, known))
        kind = "lines" if name in structured else fields[name].type
        if not equals:
            if kind == "boolean" and (not words or words[0].startswith("--")):
                value = "true"
            elif words:
                value = words.pop(0)
            else:
                raise UnreadableInput(_("{flag} needs a value after it.").format(flag=flag))
        params[name] = _value(flag, kind, value, fields.get(name))
    return params


def _value(flag: str, kind: str, text: str, field: FieldDescription | None) -> Any:
    if kind == "secret" and text == ASK:
        return _asked(field.title if field else flag)
    if kind == "boolean":
        if text.lower() not in BOOLEANS:
            raise UnreadableInput(_("{flag} is true or false.").format(flag=flag))
        return BOOLEANS[text.lower()]
    if kind in NUMBERS and text.lstrip("-").isdecimal():
        return int(text)
    if kind in STRUCTURED or text == "null":
        try:
            return json.loads(text)
        except ValueError as error:
            raise UnreadableInput(
                _("What follows {flag} is not JSON: {reason}.").format(flag=flag, reason=error)
            ) from error
    return text


def _asked(title: str) -> str:
    """A secret, asked for unseen on a terminal, a line of the input otherwise."""
    return getpass.getpass(f"{title}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


async def _described(session: Session, name: str) -> OperationDescription:
    try:
        return await session.api.describe_operation(name)
    except NotFoundError as error:
        raise UnreadableInput(_unknown(name, await session.api.meta())) from error


def _unknown(name: str, meta: Meta) -> str:
    """Why there is no such operation for this person, and the nearest names that there are."""
    module, _dot, action = name.partition(".")
    known = sorted(each.partition(".")[2] for each in meta.operations if each.startswith(f"{module}."))
    if known:
        sentence = _("{module} has no action “{action}” for you. It has: {known}.").format(
            module=module, action=action, known=", ".join(known)
        )
        return did_you_mean(sentence, action, known)
    if module in meta.resources:
        sentence = _(
            "There is no action “{action}” of {module}. A resource has list, get, create, update, delete, "
            "notes, attach and attachments; see erp --help."
        ).format(module=module, action=action)
        return did_you_mean(sentence, action, RECORD_WORDS)
    sentence = _("There is no resource and no module “{word}” for you; see erp --help.").format(word=module)
    return did_you_mean(
        sentence, module, {*meta.resources, *(each.partition(".")[0] for each in meta.operations), *OWN_WORDS}
    )


async def _run(
    session: Session, description: OperationDescription, params: dict[str, Any], options: argparse.Namespace
) -> None:
    from erp_tui.core.kept.masking import secrets_among
    from erp_tui.core.kept.outbox import Intent
    from erp_tui.core.remote.models import JobStarted

    version = await _version(session, description, params, options.if_version)
    if options.dry_run:
        preview = await session.api.operate(
            description.name, params, version=version, dry_run=True, reason=options.reason
        )
        writing.print_preview(session, preview, options)
        return
    if not options.yes and confirming.asks_first(description):
        preview = await session.api.operate(
            description.name, params, version=version, dry_run=True, reason=options.reason
        )
        if not confirming.confirmed(description, preview):
            raise UnreadableInput(_("Nothing was done."))
    intent = Intent(
        "operate",
        description.name,
        params,
        description.title,
        version=version,
        reason=options.reason,
        secrets=secrets_among(description.parameters),
    )
    result = await writing.send(session, intent, options)
    if isinstance(result, JobStarted):
        sentence = _("{message} It runs as job {job}: erp jobs get id:{job}.").format(
            message=result.message, job=result.job
        )
    else:
        sentence = result.message or writing.count_of_changes(len(result.changes))
    back = await writing.way_back(session, options.key or intent.key, options)
    answer = result.model_dump(mode="json")
    if chosen_format(options.format, session.settings) != "json":
        if options.verbose and not isinstance(result, JobStarted):
            writing.print_changes(result.changes)
        _print_rows(answer)
    writing.print_done(session, answer, sentence, options, back)


def _print_rows(answer: Mapping[str, Any]) -> None:
    """The rows of a result that is a table."""
    rows = (answer.get("result") or {}).get("rows")
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        print_table(rows, [(str(name), str(name)) for name in rows[0]])


async def _version(
    session: Session, description: OperationDescription, params: dict[str, Any], given: int | None
) -> int | None:
    """The version of the record that is worked on: as given, else the one that it has now."""
    target = description.target
    if target is None:
        return None
    if given is not None:
        return given
    named = params.get(target.parameter)
    if named is None:
        return 0  # The server says which parameter is missing.
    ref = str(named) if isinstance(named, int) else writing.reference(str(named))
    return (await session.api.get(target.resource, ref)).version
