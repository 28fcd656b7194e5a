"""Rows that need Django: a process of its own for each database, with an organization in a fresh one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tests.bench.measure import Row
from tests.e2e.processes import ROOT, postgresql_database, postgresql_url

SETTINGS = "server.config.settings.test"


def rows_of(name: str, *arguments: str) -> Iterator[Row]:
    """The rows of `tests.bench.<name>` for these arguments, on SQLite, and on PostgreSQL where one answers on loopback."""
    yield from _measured("", name, *arguments)
    import psycopg

    try:
        with postgresql_database(f"erp_bench_{os.getpid()}") as database:
            yield from _measured(postgresql_url(database), name, *arguments)
    except psycopg.OperationalError as error:
        print(f"{name}: not measured on PostgreSQL, because none answered: {str(error).strip()}")


def _measured(database_url: str, name: str, *arguments: str) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="erp-bench-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "ERP_DATA_DIR": folder,
            "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.inside", name, *arguments],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            yield Row.from_json(json.loads(line))
        if process.wait():
            print(f"{name}: the measuring process ended with {process.returncode}")
