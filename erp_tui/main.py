"""The entry point `erp`: decides between the screen, the command line and the server.

Nothing heavy is imported before it is known to be needed; `erp --version` imports nothing at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from erp_tui.version import VERSION

if TYPE_CHECKING:
    import argparse

    from erp_tui.core.session import Session

SERVER_VERBS = frozenset({"serve", "worker", "migrate", "init"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `erp` with ``arguments`` (those of the process unless given). Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        print(f"erp {VERSION}")
        return 0
    if given and given[0] in SERVER_VERBS:
        return _server_verb(given)
    from erp_tui.core.i18n import use_language

    use_language()
    options = _parser().parse_args(given)
    if options.version:
        print(f"erp {VERSION}")
        return 0
    if not options.command:
        return _screen_or_help(options)
    if options.command[0] in SERVER_VERBS:
        return _server_verb(options.command)
    if options.command[0] == "demo":
        return _demo(options)
    from erp_tui.cli import command_line

    return command_line.run(options.command, options.profile)


def _server_verb(arguments: Sequence[str]) -> int:
    """Run a command of the server; `init` without flags asks on the screen, where there is one."""
    if arguments[0] == "init" and sys.stdin.isatty() and sys.stdout.isatty():
        import argparse
        from pathlib import Path

        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--data", type=Path)
        asked, others = parser.parse_known_args(arguments[1:])
        if not others:
            from erp_tui.core.i18n import use_language

            # First: what a class says of its keys is translated when it is imported.
            use_language()
            from erp_tui import init_app

            return init_app.run(asked.data.resolve() if asked.data else None)
    return run_server(arguments)


def run_server(arguments: Sequence[str]) -> int:
    """Become `python -m server` with ``arguments``; on Windows, which cannot, run it and return its status."""
    command = [sys.executable, "-m", "server", *arguments]
    if sys.platform == "win32":
        import subprocess

        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own server, no shell
    sys.stdout.flush()
    return os.execv(sys.executable, command)  # noqa: S606 - a fixed module of this distribution, no shell


def _parser() -> argparse.ArgumentParser:
    import argparse

    from erp_tui.core.i18n import _

    parser = argparse.ArgumentParser(
        prog="erp",
        usage="erp [--profile NAME] [--read-only] [--theme NAME] [--open WORDS] [COMMAND ...]",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_("A business system for the terminal. Without a command it opens the screen."),
        epilog=_(
            "commands:\n"
            "  login [USER]                 sign in to the server of the profile\n"
            "  logout, whoami               end the session; who is signed in\n"
            "  profile list|add|use         the servers that are known\n"
            "  RESOURCE list|get            records: erp suppliers list --search meat\n"
            "  demo [--check] [--data DIR]  try it: a server with demonstration data and the screen\n"
            "  serve, worker, migrate, init run and set up the server\n"
            "\n"
            "erp COMMAND --help tells more about each."
        ),
    )
    parser.add_argument("--version", "-V", action="store_true", help=_("print the version"))
    parser.add_argument("--profile", default="", help=_("the server to use, by the name of its profile"))
    parser.add_argument("--read-only", action="store_true", help=_("look, but change nothing"))
    parser.add_argument("--theme", default="", help=_("colours of the screen"))
    parser.add_argument(
        "--open", default="", metavar="WORDS", help=_("open the screen there: --open 'po 10023'")
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _screen_or_help(options: argparse.Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _parser().print_help(sys.stderr)
        return 2
    return _screen(options, None)


def _screen(options: argparse.Namespace, session: Session | None) -> int:
    from erp_tui.app import run
    from erp_tui.options import Options

    name = session.profile.name if session else options.profile
    return run(
        name, Options(word=options.open, theme=options.theme, read_only=options.read_only, session=session)
    )


def _import_screen() -> None:
    import erp_tui.app  # noqa: F401


def _demo(options: argparse.Namespace) -> int:
    from erp_tui.cli import demo
    from erp_tui.cli.exit_codes import INTERRUPTED, exit_code
    from erp_tui.core.errors import ErpError
    from erp_tui.core.safe_text import lines

    try:
        return demo.run(options.command[1:], _import_screen, lambda session: _screen(options, session))
    except ErpError as error:
        print(lines(error.sentence()), file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
