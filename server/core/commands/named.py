"""The base of named commands: a Django command that is nothing but the face of one operation."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from server.core.operations import Operation, get_operation

from .performing import perform


class OperationCommand(BaseCommand):
    """Declare `operation`; flags, help, confirmation, output and exit status come from it.

    class Command(OperationCommand):
        operation = "inventory.check-ledger"
    """

    operation: ClassVar[str] = ""
    requires_system_checks: ClassVar[list[str]] = []

    @property
    def declared(self) -> Operation:
        """The operation. Raises `LookupError`."""
        return get_operation(self.operation)

    @property
    def help(self) -> str:
        """What it is for."""
        return str(self.declared.help)

    def run_from_argv(self, argv: list[str]) -> None:
        """`manage.py NAME --flag value`. Ends the process with the exit status."""
        sys.exit(perform(self.declared, argv[2:], prog=f"manage.py {argv[1]}"))

    def add_arguments(self, parser: CommandParser) -> None:
        """For `call_command`: the words as they would be typed."""
        parser.add_argument("words", nargs="*")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        """For `call_command`. Raises `SystemExit` where it did not end well."""
        if status := perform(self.declared, words, prog=self.operation):
            sys.exit(status)
