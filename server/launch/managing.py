"""`manage.py`: Django's commands, `dani`, and the named commands by their category."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import LaunchError
from .speaking import _, speak, speak_in_django

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of `manage.py`; the exit status. `--data DIR` may stand before it."""
    speak()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        folder = _data_folder(words)
        from .environment import prepare

        prepare(folder)
        import django

        django.setup()
        speak_in_django()
        return manage(words)
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def manage(words: Sequence[str]) -> int:
    """Run a command in a process where Django is set up; the exit status."""
    from django.core.management import ManagementUtility, get_commands

    from server.core.commands.discovery import named_commands
    from server.core.commands.nearest import did_you_mean

    named = named_commands()
    if not words or list(words) in (["help"], ["--help"], ["-h"]):
        sys.stdout.write(overview())
        return 0
    name = words[0]
    if name == "help" and words[1] in named:
        name, words = words[1], (words[1], "--help")
    if name not in named and name != "help" and name not in get_commands():
        sentence = _("There is no command “{name}”.").format(name=name[:60])
        sys.stderr.write(f"{sentence} {did_you_mean(name, [*named, *get_commands()])}\n")
        return 2

    class Utility(ManagementUtility):
        """Finds the named commands in the folders of their categories too."""

        def fetch_command(self, subcommand: str) -> BaseCommand:
            if subcommand in named:
                return named[subcommand].load()
            found: BaseCommand = super().fetch_command(subcommand)
            return found

    try:
        Utility(["manage.py", *words]).execute()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def overview() -> str:
    """Every command: the named ones a line each, with the category first, so that grep finds a category."""
    from django.core.management import get_commands

    from server.core.commands.discovery import by_category, named_commands
    from server.core.commands.named import OperationCommand
    from server.core.operations import CATEGORIES

    lines = [_("usage: manage.py [--data DIR] COMMAND [--flag value …]"), ""]
    lines += ["  " + _("dani MODULE ACTION   any operation; dani --help lists them"), ""]
    for category, commands in by_category().items():
        lines.append(f"{CATEGORIES[category][0]}:")
        width = max(map(len, named_commands()))
        for found in commands:
            command = found.load()
            title = command.declared.title if isinstance(command, OperationCommand) else command.help
            lines.append(f"  {category:12}  {found.name:{width}}  {title}")
        lines.append("")
    others = sorted(name for name in get_commands() if name != "dani")
    lines += [_("Django's own: {names}").format(names=", ".join(others)), ""]
    return "\n".join(lines)


def _data_folder(words: list[str]) -> Path | None:
    """The folder of `--data`, which is taken out of `words`. Raises `LaunchError` where none follows."""
    if not words or words[0].partition("=")[0] != "--data":
        return None
    _flag, equals, given = words.pop(0).partition("=")
    if not equals:
        given = words.pop(0) if words else ""
    if not given:
        raise LaunchError(_("--data takes a folder."))
    return Path(given)
