"""The command line of `python -m server`. Django is loaded only by the command that needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import LaunchError
from .speaking import _, speak, speak_in_django
from .upkeep import add_upkeep

DEFAULT_PORT = 8765
DEFAULT_THREADS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 1 could not (a sentence says why), 2 wrong usage."""
    speak()
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """All commands and their flags."""
    top = argparse.ArgumentParser(prog="erp", description=_("Run the server."), allow_abbrev=False)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(_command(commands, "serve", _serve, _("answer clients, and work on jobs beside that")))
    _command(commands, "worker", _worker, _("work on jobs only; start as many as wanted on PostgreSQL"))
    _add_migrate(_command(commands, "migrate", _migrate, _("bring the database up to this version")))
    _add_init(_command(commands, "init", _init, _("set up a real organization with its first administrator")))
    _add_demo(_command(commands, "demo", _demo, _("serve a demonstration organization")))
    add_upkeep(commands, _upkeep)
    _add_words(_command(commands, "dani", _dani, _("run any operation: dani MODULE ACTION --flag value")))
    _add_words(_command(commands, "manage", _manage, _("run a command of manage.py; manage help lists them")))
    return top


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    help_: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", allow_abbrev=False
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=_("data folder; else ERP_DATA_DIR, else the place for programs' data"),
    )
    return command


def _add_serve(command: argparse.ArgumentParser) -> None:
    _add_address(command, DEFAULT_PORT)
    command.add_argument("--no-worker", action="store_true", help=_("leave the jobs to “erp worker”"))
    command.add_argument(
        "--threads",
        type=_count,
        default=DEFAULT_THREADS,
        metavar="N",
        help=_("requests at a time (%(default)s)"),
    )


def _add_address(command: argparse.ArgumentParser, port: int) -> None:
    command.add_argument("--host", default="127.0.0.1", help=_("address to listen at (%(default)s)"))
    command.add_argument("--port", type=int, default=port, help=_("port; 0 takes a free one (%(default)s)"))


def _add_migrate(command: argparse.ArgumentParser) -> None:
    copy = command.add_mutually_exclusive_group()
    copy.add_argument(
        "--copy", action="store_true", default=None, help=_("copy the database first, without asking")
    )
    copy.add_argument("--no-copy", dest="copy", action="store_false", help=_("make no copy"))


def _add_init(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--from-stdin",
        action="store_true",
        help=_(
            "take everything as a JSON object from standard input and answer in JSON; no other flag counts then"
        ),
    )
    command.add_argument("--code", default="", help=_("short name of the organization, such as PRAIRIE"))
    command.add_argument("--name", default="", help=_("its full name"))
    command.add_argument(
        "--currency", default="", metavar="CODE", help=_("base currency, ISO 4217, such as EUR")
    )
    command.add_argument("--country", default="", metavar="CODE", help=_("ISO 3166, such as AT"))
    command.add_argument(
        "--time-zone", default="UTC", metavar="ZONE", help=_("such as Europe/Vienna (%(default)s)")
    )
    command.add_argument("--language", default="en", help=_("of the organization (%(default)s)"))
    command.add_argument(
        "--admin", default="", metavar="USER", help=_("user name of the first administrator")
    )
    command.add_argument("--admin-name", default="", metavar="NAME", help=_("the administrator's full name"))
    command.add_argument("--email", default="", help=_("the administrator's e-mail address"))
    # Never a flag: every user of the machine can read the arguments of a process.
    command.add_argument(
        "--password-stdin",
        action="store_true",
        help=_("read the password from standard input; else ERP_INIT_PASSWORD"),
    )
    command.add_argument(
        "--unit", action="append", metavar="CODE:NAME", help=_("unit of measure; can be repeated")
    )
    command.add_argument(
        "--location", action="append", metavar="CODE:NAME", help=_("stock location; can be repeated")
    )
    command.add_argument(
        "--series", action="append", metavar="CODE:PREFIX[:DIGITS]", help=_("number series; can be repeated")
    )


def _add_demo(command: argparse.ArgumentParser) -> None:
    _add_address(command, 0)
    command.add_argument(
        "--ready-fd",
        type=int,
        metavar="N",
        help=_(
            "write one line of JSON with address and sign-in there once the server answers; "
            "the server then ends when its standard input does"
        ),
    )


def _add_words(command: argparse.ArgumentParser) -> None:
    command.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 256:
        raise argparse.ArgumentTypeError(_("between 1 and 256"))
    return value


def _set_up(options: argparse.Namespace) -> Path:
    """Environment, then Django; the data folder."""
    from .environment import prepare

    folder = prepare(options.data)
    import django

    django.setup()
    speak_in_django()
    return folder


def _serve(options: argparse.Namespace) -> int:
    from .environment import prepare

    prepare(options.data)
    from .migrating import require_migrated, say
    from .serving import free_address, serve

    address = free_address(options.host, options.port)
    return serve(
        address,
        threads=options.threads,
        worker=not options.no_worker,
        prepare=require_migrated,
        on_ready=lambda _prepared: say(
            _("Serving at {url} (process {process}).").format(url=address.url, process=os.getpid())
        ),
    )


def _worker(options: argparse.Namespace) -> int:
    _set_up(options)
    from .migrating import require_migrated
    from .working import work

    require_migrated()
    return work()


def _migrate(options: argparse.Namespace) -> int:
    _set_up(options)
    from .migrating import migrate

    return migrate(copy=options.copy)


def _init(options: argparse.Namespace) -> int:
    _set_up(options)
    from .initial import initialize, initialize_from_input

    return initialize_from_input() if options.from_stdin else initialize(options)


def _upkeep(options: argparse.Namespace) -> int:
    folder = _set_up(options)
    from .upkeep import work

    return work(options, folder)


def _dani(options: argparse.Namespace) -> int:
    _set_up(options)
    from server.core.commands.router import dispatch

    return dispatch(options.words, prog="erp dani")


def _manage(options: argparse.Namespace) -> int:
    _set_up(options)
    from .managing import manage

    return manage(options.words)


def _demo(options: argparse.Namespace) -> int:
    if options.ready_fd is not None:
        from .supervision import end_with_input

        end_with_input(grace_seconds=20)
    from .environment import prepare

    folder = prepare(options.data)
    from .demonstration import demonstrate

    return demonstrate(folder, options.host, options.port, options.ready_fd)
