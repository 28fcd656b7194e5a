"""P6: an import is all or nothing whatever kills its worker, is finished by the next one, and a re-run is idle."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.imports.crash_worker import ROWS

ROOT = Path(__file__).parents[3]
SEED = 20_261_121
SHORT, LONG = 6, 200


class Place:
    """A database that processes of their own work on, and that can be copied before each of them is killed."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder

    def run(self, what: str, **variables: str) -> tuple[int, dict[str, Any]]:
        """Returns the exit code of a process, and what it said."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "server.config.settings.dev",
            "ERP_LOG_LEVEL": "CRITICAL",
            "ERP_JOB_LEASE_SECONDS": "0.2",
            **self.variables(),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.server.imports.crash_worker", what],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode not in (0, -signal.SIGKILL):
            pytest.fail(f"{what} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.returncode, json.loads(done.stdout) if done.returncode == 0 else {}

    def variables(self) -> dict[str, str]:
        """Returns the environment that leads to this database."""
        raise NotImplementedError

    def copy(self) -> Place:
        """Returns a database with the same content."""
        raise NotImplementedError

    def drop(self) -> None:
        """Removes the database."""
        raise NotImplementedError


class SQLitePlace(Place):
    """A folder with an SQLite database."""

    def variables(self) -> dict[str, str]:
        return {"ERP_DATA_DIR": str(self.folder / self.name), "DATABASE_URL": ""}

    def copy(self) -> Place:
        other = SQLitePlace(uuid.uuid4().hex, self.folder)
        (self.folder / other.name).mkdir()
        source = sqlite3.connect(self.folder / self.name / "erp.sqlite3")
        target = sqlite3.connect(self.folder / other.name / "erp.sqlite3")
        source.backup(target)
        source.close()
        target.close()
        return other

    def drop(self) -> None:
        shutil.rmtree(self.folder / self.name)


class PostgreSQLPlace(Place):
    """A database beside that of `DATABASE_URL`."""

    def variables(self) -> dict[str, str]:
        base, _slash, _database = os.environ["DATABASE_URL"].rpartition("/")
        return {"DATABASE_URL": f"{base}/{self.name}"}

    def create(self, template: str = "template0") -> PostgreSQLPlace:
        """Makes the database and returns the place."""
        self._execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        return self

    def copy(self) -> Place:
        return PostgreSQLPlace(f"p6_{uuid.uuid4().hex}", self.folder).create(self.name)

    def drop(self) -> None:
        self._execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("p6")
    place: Place
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        place = PostgreSQLPlace(f"p6_{uuid.uuid4().hex}", folder).create()
    else:
        place = SQLitePlace("prepared", folder)
        (folder / "prepared").mkdir()
    _code, there = place.run("prepare")
    assert there == {"suppliers": 0, "audited": 0, "session": "applying", "job": "queued"}
    yield place
    place.drop()


def statements_of(prepared: Place) -> int:
    """Returns how many statements a whole run takes, after seeing that it works."""
    place = prepared.copy()
    _code, done = place.run("work")
    place.drop()
    assert (done["suppliers"], done["audited"], done["session"], done["job"]) == (
        ROWS,
        ROWS,
        "applied",
        "succeeded",
    )
    return int(done["statements"])


def kill_points(prepared: Place, count: int) -> list[int]:
    """Returns random statements of a whole run, drawn with a fixed seed."""
    return sorted(random.Random(SEED).choices(range(2, statements_of(prepared) + 1), k=count))


def kill_and_go_on(prepared: Place, points: list[int]) -> None:
    for point in points:
        place = prepared.copy()
        code, _nothing = place.run("work", ERP_TEST_KILL_AT=str(point))
        assert code == -signal.SIGKILL, f"not killed at {point}"
        # The lease of the dead worker ends by itself; the next worker takes the job over.
        _code, done = place.run("work")
        there = done["before"]
        whole = (there["suppliers"], there["audited"])
        assert whole in ((0, 0), (ROWS, ROWS)), f"killed at statement {point}: {there}"
        assert there["session"] == ("applied" if whole[0] else "applying")
        assert there["job"] in ("queued", "running")
        while not done["ran"]:
            _code, done = place.run("work")
        assert (done["suppliers"], done["audited"]) == (ROWS, ROWS)
        assert (done["session"], done["job"]) == ("applied", "succeeded")
        place.drop()
    print(f"P6: killed at statements {points}: 0 partial, 0 wrong states")


def test_a_killed_worker_leaves_nothing_half_done_and_the_next_one_finishes(prepared: Place) -> None:
    kill_and_go_on(prepared, kill_points(prepared, SHORT))


@pytest.mark.soak
def test_a_killed_worker_leaves_nothing_half_done_at_200_points(prepared: Place) -> None:
    kill_and_go_on(prepared, kill_points(prepared, LONG))


def test_without_the_transaction_a_killed_worker_leaves_a_part(prepared: Place) -> None:
    place = prepared.copy()
    _code, done = place.run("work", ERP_TEST_CONTROL="1")
    place.drop()
    seen = []
    for point in range(done["statements"] // 3, done["statements"], max(1, done["statements"] // 6)):
        place = prepared.copy()
        place.run("work", ERP_TEST_CONTROL="1", ERP_TEST_KILL_AT=str(point))
        _code, there = place.run("inspect")
        seen.append(there["suppliers"])
        place.drop()
    assert any(0 < count < ROWS for count in seen), f"the control cannot fail: {seen}"


def test_the_same_file_again_adds_nothing(prepared: Place) -> None:
    place = prepared.copy()
    place.run("work")
    _code, there = place.run("again")
    place.drop()
    assert there["known_file"]
    assert there["counts"] == {"created": 0, "updated": 0, "unchanged": ROWS, "refused": 0, "warnings": 0}
    assert (there["suppliers"], there["audited"]) == (ROWS, ROWS)
