"""The headless face: parses a command, runs it, and turns every error into a sentence and an exit status."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence

from erp_tui.cli.exit_codes import CONFIGURATION, INTERRUPTED, USAGE, exit_code
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import lines

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


def parse(arguments: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    """The command and its options. Raises ``SystemExit`` after printing help or what was not understood.

    Each command imports its own module: a script that lists records a thousand times a day reads no password.
    """
    word = arguments[0]
    parser = argparse.ArgumentParser(prog=f"erp {word}", allow_abbrev=False)
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
    else:
        from erp_tui.cli import records

        parser.set_defaults(resource=word)
        records.add_actions(parser)
        command = records.run
    return command, parser.parse_args(arguments[1:])


async def _awaited(command: Command, options: argparse.Namespace) -> int:
    return await command(options)
