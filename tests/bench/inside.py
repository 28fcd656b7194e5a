"""The process that measures the server: sets Django up on a fresh database, prints each row as a line of JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django


def main(name: str, *arguments: str) -> None:
    """Measure the rows of `tests.bench.<name>`, those that the arguments ask for."""
    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from server.core import collector

    rows = import_module(f"tests.bench.{name}").rows
    collector.settle()  # as every process of the server does
    for row in rows(*arguments):
        print(json.dumps(row.as_json()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
