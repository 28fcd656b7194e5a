"""The headless face: parses a command, runs it, and turns every error into a sentence and an exit status."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from erp_tui.cli.exit_codes import CONFIGURATION, INTERRUPTED, USAGE, exit_code
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import lines

READING = frozenset({"list", "get", "export"})
Command = Callable[[argparse.Namespace], Awaitable[int]]


def run(arguments: Sequence[str], profile: str = "") -> int:
    """Run the command in ``arguments`` and return its exit status (``exit_codes``).

    What went wrong is a sentence on stderr; stdout holds results only.
    """
    try:
        command, options = parse(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    options.profile = profile
    try:
        return asyncio.run(_awaited(command, options))
    except ErpError as error:
        print(lines(error.sentence()), file=sys.stderr)
        return exit_code(error)
    except BrokenPipeError:
        # The reader of the pipe has seen enough; closing stdout again at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        print(
            _("{path} cannot be used: {reason}.").format(
                path=error.filename or "?", reason=error.strerror or error
            ),
            file=sys.stderr,
        )
        return CONFIGURATION


def parse(
    arguments: Sequence[str], parser: argparse.ArgumentParser | None = None
) -> tuple[Command, argparse.Namespace]:
    """The command and its options. Raises ``SystemExit`` after printing help or what was not understood.

    ``parser`` is filled with the flags of the command, where somebody else wants to have them.

    Each command imports its own module: a script that lists records a thousand times a day reads no password.
    """
    word = arguments[0]
    parser = parser or argparse.ArgumentParser(allow_abbrev=False)
    parser.prog = f"erp {word}"
    command: Command
    if word == "login":
        from erp_tui.cli import accounts

        accounts.add_login(parser)
        command = accounts.login
    elif word == "logout":
        from erp_tui.cli import accounts

        command = accounts.logout
    elif word == "whoami":
        from erp_tui.cli import accounts

        parser.add_argument("--format", choices=("json", "table"))
        command = accounts.whoami
    elif word == "profile":
        from erp_tui.cli import profile_commands

        profile_commands.add_profile(parser)
        command = profile_commands.profile
    elif word == "doctor":
        from erp_tui.cli import doctor

        doctor.add_doctor(parser)
        command = doctor.doctor
    elif word == "terminal":
        from erp_tui.cli import terminal_commands

        terminal_commands.add_terminal(parser)
        command = terminal_commands.terminal
    elif word in ("log", "undo"):
        from erp_tui.cli import history

        (history.add_log if word == "log" else history.add_undo)(parser)
        command = history.log if word == "log" else history.undo
    elif word == "completion":
        from erp_tui.cli import completion

        completion.add_completion(parser)
        command = completion.completion
    elif word == "find":
        from erp_tui.cli import finding

        finding.add_find(parser)
        command = finding.find
    else:
        return _of_resource_or_module(parser, arguments)
    return command, parser.parse_args(arguments[1:])


def _of_resource_or_module(
    parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> tuple[Command, argparse.Namespace]:
    """`erp suppliers list` or `erp purchasing receive`: what is no word of records is an action of a module."""
    from erp_tui.cli import annotations, bulk, imports, operations, record_writes, records, templates

    word, action = arguments[0], arguments[1] if len(arguments) > 1 else ""
    if word == "imports" and action in imports.WORDS:
        parser.prog = f"erp {word} {action}"
        imports.add_actions(parser, action)
        return imports.run, parser.parse_args(arguments[2:])
    if imports.takes_file(action, arguments[2:]):
        parser.prog = f"erp {word} {action}"
        imports.add_run(parser, word, action)
        return imports.run, parser.parse_args(arguments[2:])
    if not action or action.startswith("-") or action in READING:
        parser.set_defaults(resource=word)
        records.add_actions(parser)
        return records.run, parser.parse_args(records.with_falling_order(arguments[1:]))
    parser.prog = f"erp {word} {action}"
    for kind in (record_writes, annotations, bulk, templates):
        if action in kind.WORDS:
            parser.set_defaults(resource=word, action=action)
            kind.add_actions(parser, action)
            return kind.run, parser.parse_args(arguments[2:])
    parser.set_defaults(operation=f"{word}.{action}")
    operations.add_actions(parser)
    options, given = parser.parse_known_args(arguments[2:])
    return partial(operations.run, given=given), options


async def _awaited(command: Command, options: argparse.Namespace) -> int:
    return await command(options)
