"""`manage.py dani <module> <action> --flag value`."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext_lazy as _

from server.core.commands.router import dispatch


class Command(BaseCommand):
    """Any operation by its module and action."""

    help = _("Run any operation: dani MODULE ACTION --flag value.")
    requires_system_checks: ClassVar[list[str]] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Ends the process with the exit status; Django's own flags do not stand between."""
        sys.exit(dispatch(argv[2:], prog="manage.py dani"))

    def add_arguments(self, parser: CommandParser) -> None:
        """For `call_command`: the words as they would be typed."""
        parser.add_argument("words", nargs="*")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        """For `call_command`. Raises `SystemExit` where it did not end well."""
        if status := dispatch(words):
            sys.exit(status)
