"""The entry point `erp`: decides between the screen, the command line and the server.

Nothing heavy is imported before it is known to be needed; `erp --version` imports nothing at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from erp_tui.version import VERSION

if TYPE_CHECKING:
    import argparse

    from erp_tui.core.sessions.session import Session
    from erp_tui.core.settings import Settings

SERVER_VERBS = frozenset({"serve", "worker", "migrate", "init", "dani", "manage"})
UPKEEP = frozenset({"backup", "restore", "backups", "backup-key"})
"""What `erp system` does to the installation itself, on its own machine; the rest of it is asked of a server."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `erp` with ``arguments`` (those of the process unless given). Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        print(f"erp {VERSION}")
        return 0
    if given and _is_of_the_server(given):
        return _server_verb(given)
    if given and given[0] == "__complete":
        from erp_tui.cli import completing

        return completing.main(given[1:])
    settings = _speak(given)
    options = _parser().parse_args(given)
    if options.version:
        print(f"erp {VERSION}")
        return 0
    if options.plain:
        os.environ["ERP_PLAIN"] = "1"
    if not options.command or options.command[0] == "go":
        return _go(options, options.command[1:], settings)
    if _is_of_the_server(options.command):
        if options.language:
            os.environ["ERP_LANGUAGE"] = options.language
        return _server_verb(options.command)
    if options.command[0] == "demo":
        return _demo(options)
    from erp_tui.cli import command_line

    return command_line.run(options.command, options.profile)


def _is_of_the_server(words: Sequence[str]) -> bool:
    return words[0] in SERVER_VERBS or (words[0] == "system" and len(words) > 1 and words[1] in UPKEEP)


def _speak(arguments: Sequence[str]) -> Settings | None:
    """Choose the language before anything is said, the help of the options included.

    Returns the settings that say which; None where they cannot be read, which whoever needs them refuses.
    """
    import argparse

    from erp_tui.core.argparse_words import speak_argparse
    from erp_tui.core.settings import Settings, SettingsError
    from erp_tui.core.speaking import speak

    speak_argparse()
    flags = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for option in ("--language", "--profile", "--theme", "--open"):
        flags.add_argument(option, default="")
    flags.add_argument("command", nargs=argparse.REMAINDER)
    try:
        language = flags.parse_known_args(arguments)[0].language
    except argparse.ArgumentError:
        # The parser of all options says what is wrong.
        language = ""
    try:
        settings = Settings.load()
    except SettingsError:
        # Whoever needs the settings refuses them in a sentence, in the language of the environment.
        speak(language, Settings.defaults())
        return None
    speak(language, settings)
    return settings


def _server_verb(arguments: Sequence[str]) -> int:
    """Run a command of the server; `init` without flags asks on the screen, where there is one."""
    if arguments[0] == "init" and sys.stdin.isatty() and sys.stdout.isatty():
        import argparse
        from pathlib import Path

        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--data", type=Path)
        asked, others = parser.parse_known_args(arguments[1:])
        if not others and not _no_screen():
            # First: what a class says of its keys is translated when it is imported.
            _speak([])
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
        usage=_(
            "erp [--profile NAME] [--read-only] [--theme NAME] [--plain] [--language TAG] [--open WORDS] [COMMAND ...]"
        ),
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_("A business system for the terminal. Without a command it opens the screen."),
        epilog=_(
            "commands:\n"
            "  login [USER]                 sign in to the server of the profile\n"
            "  logout, whoami               end the session; who is signed in\n"
            "  profile list|add|use         the servers that are known\n"
            "  doctor [--keys] [--json]     is everything here as it must be, and what to do\n"
            "  terminal enrol NAME          make this machine a shared terminal: badge and PIN\n"
            "  RESOURCE list|get            records: erp suppliers list --search meat\n"
            "  RESOURCE create|update|delete\n"
            '                               erp suppliers update ACME --data \'{"name": "Acme"}\'\n'
            "  RESOURCE notes|attach|attachments CODE\n"
            "                               what hangs on a record: erp suppliers notes ACME\n"
            "  RESOURCE export|template     a list as a file, and a file to be filled in\n"
            "  imports run FILE --into RESOURCE\n"
            "                               take a file in; imports show|resume|undo SESSION\n"
            "  MODULE ACTION --FLAG VALUE   what can be done: erp purchasing confirm --order 10023\n"
            "  find TEXT                    what is this: a code, a barcode, a name\n"
            "  log, undo [CHANGE_SET]       what you did; take the last of it back\n"
            "  go WORDS                     the screen, opened there: erp go po 10023\n"
            "  demo [--check] [--data DIR]  try it: a server with demonstration data and the screen\n"
            "  serve, worker, migrate, init run and set up the server\n"
            "  dani, manage                 commands on the server's own machine: erp manage help\n"
            "  completion bash|fish|zsh     what makes the shell complete erp\n"
            "\n"
            "erp COMMAND --help tells more about each."
        ),
    )
    parser.add_argument("--version", "-V", action="store_true", help=_("print the version"))
    parser.add_argument("--profile", default="", help=_("the server to use, by the name of its profile"))
    parser.add_argument(
        "--no-clipboard", action="store_true", help=_("never ask the terminal to copy anything")
    )
    parser.add_argument("--read-only", action="store_true", help=_("look, but change nothing"))
    parser.add_argument("--theme", default="", help=_("colours of the screen"))
    parser.add_argument(
        "--plain",
        action="store_true",
        help=_("no screen: name the commands, answer in lines to be read aloud"),
    )
    parser.add_argument("--language", default="", metavar="TAG", help=_("the language: en, es, fr"))
    parser.add_argument(
        "--open", default="", metavar="WORDS", help=_("open the screen there: --open 'po 10023'")
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _go(options: argparse.Namespace, words: Sequence[str], settings: Settings | None) -> int:
    """Open the screen, on the ``words`` where there are some. Nothing is opened for a word that there is not."""
    if words and words[0] in ("--help", "-h"):
        from erp_tui.core.i18n import _

        print(_('usage: erp go WORDS\n\nOpens the screen there: erp go po 10023, erp go "find 4711".'))
        return 0
    # What follows `go` is one line however the shell has cut it.
    options.open = " ".join(" ".join(words or [options.open]).split())
    if options.open:
        from erp_tui.going import refusal

        if refused := refusal(options.open, options.profile):
            from erp_tui.core.safe_text import lines

            print(lines(refused), file=sys.stderr)
            return 2
    return _screen_or_help(options, settings)


def _screen_or_help(options: argparse.Namespace, settings: Settings | None) -> int:
    from erp_tui.cli import plain

    if plain.wanted():
        print(plain.overview())
        return 0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _parser().print_help(sys.stderr)
        return 2
    return _no_screen() or _screen(options, settings, name=options.profile)


def _no_screen() -> int:
    """The status to end with where the terminal cannot show a screen, having said so; 0 where it can."""
    from erp_tui.core.colours import is_dumb

    if not is_dumb():
        return 0
    from erp_tui.cli import plain

    print(plain.no_screen(os.environ["TERM"]), file=sys.stderr)
    return 2


def _screen(
    options: argparse.Namespace,
    settings: Settings | None,
    *,
    name: str,
    opening: Callable[[], Session] | None = None,
) -> int:
    from erp_tui.app import run
    from erp_tui.core.colours import AUTO, Colours, colours_of
    from erp_tui.options import Options

    if options.no_clipboard:
        os.environ["ERP_CLIPBOARD"] = "no"
    chosen = str((settings.get("colours") if settings else "") or AUTO)
    asked = Options(
        word=options.open,
        theme=options.theme,
        read_only=options.read_only,
        opening=opening,
        settings=settings,
        colours=colours_of() if chosen == AUTO else Colours(chosen),
        offers_tour=True,
    )
    return run(name, asked)


def _demo(options: argparse.Namespace) -> int:
    from erp_tui.cli import demo
    from erp_tui.cli.exit_codes import INTERRUPTED, exit_code
    from erp_tui.core.errors import ErpError
    from erp_tui.core.safe_text import lines
    from erp_tui.core.settings import Settings

    if not {"--check", "--help", "-h"} & set(options.command) and (refused := _no_screen()):
        return refused
    try:
        return demo.run(
            options.command[1:],
            lambda opening: _screen(options, Settings.load(), name=demo.PROFILE, opening=opening),
        )
    except ErpError as error:
        print(lines(error.sentence()), file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
