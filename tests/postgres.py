"""`make test-pg`: the server's tests on PostgreSQL.

Uses `DATABASE_URL`, else a PostgreSQL that answers on loopback (port 5432, user postgres, trust), else says
that it skipped and exits 0, because a user's machine may have none.
"""

from __future__ import annotations

import os
import subprocess
import sys

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/postgres"


def answers(url: str) -> str | None:
    """None when a PostgreSQL answers at this address, else why not."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        return str(error).strip()
    return None


def main(arguments: list[str]) -> int:
    """The exit code of the test run, or 0 where there is nothing to test on."""
    given = os.environ.get("DATABASE_URL")
    url = given or DEFAULT_URL
    reason = answers(url)
    if reason is not None:
        print(f"test-pg: skipped, because no PostgreSQL answered: {reason}")
        return 1 if given else 0
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-m", "pytest", *(arguments or ["tests/server"])]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
