"""Running an operation from a command line: parse, ask, do, print, and end with the status that fits."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.http.problems import as_problem
from server.core.operations import Operation, run
from server.core.operations.telling import own_words
from server.core.ports import caller, confirm_caller
from server.core.resources.reading import visible_changes

from . import exits
from .flags import BadUsage, Parser, add_flags, body_of, parsed
from .printing import as_text, changes_in_lines, one_line
from .standard import Standard, add_standard, chosen

TYPED = frozenset({"destroys", "critical"})
ANSWERS_YES = frozenset({"y", "yes"})


class NotUsable(Exception):
    """What was given is understood but cannot be used on this machine. Its text is the sentence."""


class Declined(Exception):
    """The person did not confirm, or nobody could be asked. Its text is the sentence."""


def parser_of(operation: Operation, prog: str) -> Parser:
    """The parser of an operation's own and the standard flags."""
    parser = Parser(prog=prog, description=str(operation.help), allow_abbrev=False)
    add_flags(parser, operation)
    add_standard(parser, operation)
    return parser


def perform(operation: Operation, words: Sequence[str], *, prog: str = "") -> int:
    """Run an operation with what stands in `words`; the exit status (`exits`).

    The answer goes to the standard output or to `--output`, all else to the standard error. Whatever goes wrong is a
    sentence there, and nothing is half-done: an operation is one transaction.
    """
    parser = parser_of(operation, prog or own_words(operation.name))
    try:
        options = parsed(parser, operation, words)
        standard = chosen(options)
        if standard.log_level:
            logging.getLogger().setLevel(standard.log_level.upper())
        with _output(standard) as stream:
            _perform(operation, body_of(operation, options), standard, stream)
    except BadUsage as error:
        sys.stderr.write(f"{parser.format_usage()}{error}\n")
        return exits.USAGE
    except Declined as declined:
        sys.stderr.write(f"{declined}\n")
        return exits.FAILED
    except NotUsable as error:
        sys.stderr.write(f"{error}\n")
        return exits.CONFIGURATION
    except KeyboardInterrupt:
        sys.stderr.write("\n" + _("Stopped. Nothing was done.") + "\n")
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough; what was done is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except Exception as error:  # noqa: BLE001 - as on the wire: each becomes a sentence, and what is ours is logged
        return _refused(as_problem(error))
    return exits.OK


def _refused(problem: Problem) -> int:
    lines = [one_line(problem.detail or problem.title)]
    if len(problem.errors) > 1:
        lines += [f"  {one_line(error.field)}: {one_line(error.message)}" for error in problem.errors]
    sys.stderr.write("\n".join(lines) + "\n")
    return exits.exit_status(problem)


def _perform(operation: Operation, body: dict[str, Any], standard: Standard, stream: TextIO) -> None:
    actor = caller(standard.user, standard.organization)
    actor = replace(actor, reason=standard.reason or str(body.get("reason") or ""))
    if standard.dry_run:
        answer = rehearse(actor, operation, body, standard.version)
    else:
        if operation.kind == "critical":
            confirm_caller(actor, standard.totp)
        if operation.kind != "reads" and operation.confirm != "none" and not standard.force:
            _confirm(operation, rehearse(actor, operation, body, standard.version))
        began = time.monotonic()
        answer = carry_out(actor, operation, body, standard.version)
        if standard.verbose:
            sys.stderr.write(
                _("%(operation)s took %(seconds).3f s, by %(user)s.")
                % {"operation": operation.name, "seconds": time.monotonic() - began, "user": actor.username}
                + "\n"
            )
    if not standard.quiet or standard.output is not None:
        form = standard.form(on_terminal=stream.isatty())
        stream.write(as_text(answer, form, verbose=standard.verbose))
        stream.flush()


def rehearse(
    actor: SecurityContext, operation: Operation, body: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """What the operation would do: the same code, rolled back. Raises what it raises."""
    rehearsal = actor.fresh(dry_run=True)
    with transaction.atomic():
        outcome = run(rehearsal, operation.name, body, version=version)
        transaction.set_rollback(True)
    return _answer(operation, rehearsal, "", outcome.result)


def carry_out(
    actor: SecurityContext, operation: Operation, body: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Do it; the answer in the form of docs/api.md, `job` beside it where one was started. Raises what it raises."""
    fresh = actor.fresh()
    outcome = run(fresh, operation.name, body, version=version)
    answer = _answer(operation, fresh, outcome.message, outcome.result)
    if outcome.job is not None:
        answer["job"] = outcome.job
    return answer


def _answer(
    operation: Operation, actor: SecurityContext, message: str, result: dict[str, Any]
) -> dict[str, Any]:
    return {
        "operation": operation.name,
        "dry_run": actor.dry_run,
        "message": message,
        "result": result,
        "changes": visible_changes(actor),
        "change_set": str(actor.change_set) if actor.changes and not actor.dry_run else None,
        "warnings": actor.warnings,
    }


def _confirm(operation: Operation, preview: dict[str, Any]) -> None:
    """Say what will be touched and ask. Raises `Declined` where the answer is no, or nobody is there to give one."""
    said = changes_in_lines(preview["changes"], verbose=False)
    said.insert(0, _("%(title)s. This will:") % {"title": operation.title} if said else f"{operation.title}.")
    said += [f"! {one_line(warning)}" for warning in preview["warnings"]]
    said += [str(text) for text in (operation.risks, operation.rollback) if str(text)]
    sys.stderr.write("\n".join(said) + "\n")
    if not sys.stdin.isatty():
        raise Declined(
            _(
                "Nobody can be asked here, so nothing was done. Add --yes to do it, or --dry-run to see all of it."
            )
        )
    word = operation.name.rpartition(".")[2]
    typed = operation.confirm == "typed" or operation.kind in TYPED
    sys.stderr.write((_("Type %(word)s to do it: ") % {"word": word}) if typed else _("Do it? [y/N] "))
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    if answer != word if typed else answer not in {*ANSWERS_YES, _("y"), _("yes")}:
        raise Declined(_("Nothing was done."))


@contextlib.contextmanager
def _output(standard: Standard) -> Iterator[TextIO]:
    """Where the answer goes. A file is there whole or not at all, and is begun before anything is done.

    Raises `NotUsable` for a place that cannot be written.
    """
    if standard.output is None:
        yield sys.stdout
        return
    path = standard.output
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise NotUsable(
            _("%(path)s cannot be written, so nothing was done: %(reason)s.")
            % {"path": path, "reason": error.strerror or error}
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
