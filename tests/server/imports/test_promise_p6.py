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

from server.imports.limits import BLOCK_ROWS
from tests.server.imports.crash_worker import ROWS, UPLOADED_ROWS

ROOT = Path(__file__).parents[3]
SEED = 20_261_121
SHORT, LONG = 6, 200
SHORT_IN_PARTS, LONG_IN_PARTS = 3, 50
WHOLE, IN_PARTS = "whole", "in parts"


class Places:
    """Databases that processes of their own work on, and that can be copied before each of them is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.imports.crash_worker"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "server.config.settings.dev",
                "ERP_LOG_LEVEL": "CRITICAL",
                "ERP_JOB_LEASE_SECONDS": "0.2",
                "ERP_DATA_DIR": str(folder),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, what: str, database: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Returns the exit code of a process, and what it said."""
        assert self._process.stdin is not None and self._process.stdout is not None
        asked = {"what": what, "database": database, **options}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        done = json.loads(self._process.stdout.readline())
        if done["code"] not in (0, -signal.SIGKILL):
            pytest.fail(f"{asked} ended with {done['code']}:\n{done['answer'].get('failure', '')[-3000:]}")
        return done["code"], done["answer"]

    def end(self) -> None:
        """Ends the process that the others are forked from."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0

    def create(self) -> str:
        """Returns the name of an empty database."""
        raise NotImplementedError

    def copy(self, database: str) -> str:
        """Returns the name of a database with the same content."""
        raise NotImplementedError

    def drop(self, database: str) -> None:
        """Removes the database."""
        raise NotImplementedError


class SQLitePlaces(Places):
    """SQLite databases in a folder."""

    def create(self) -> str:
        return str(self.folder / f"{uuid.uuid4().hex}.sqlite3")

    def copy(self, database: str) -> str:
        other = self.create()
        source, target = sqlite3.connect(database), sqlite3.connect(other)
        source.backup(target)
        source.close()
        target.close()
        return other

    def drop(self, database: str) -> None:
        shutil.rmtree(self.folder / f"{Path(database).name}-jobs", ignore_errors=True)
        for file in self.folder.glob(f"{Path(database).name}*"):
            file.unlink()


class PostgreSQLPlaces(Places):
    """Databases beside that of `DATABASE_URL`."""

    def create(self, template: str = "template0") -> str:
        name = f"p6_{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def copy(self, database: str) -> str:
        return self.create(database)

    def drop(self, database: str) -> None:
        self._execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement)


def is_postgresql() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("p6")
    there = PostgreSQLPlaces(folder) if is_postgresql() else SQLitePlaces(folder)
    yield there
    there.end()


@pytest.fixture(scope="module")
def prepared(places: Places) -> Iterator[dict[str, str]]:
    """A database with an import waiting that goes in as a whole, and one with the same in parts."""
    whole = places.create()
    _code, there = places.run("prepare", whole)
    assert (there["suppliers"], there["audited"]) == (0, 0)
    assert (there["session"], there["job"]) == ("applying", "queued")
    parts = places.copy(whole)
    places.run("in_parts", parts)
    yield {WHOLE: whole, IN_PARTS: parts}
    places.drop(whole)
    places.drop(parts)


def must_be_done(done: dict[str, Any]) -> None:
    """Every row went in once, by one change set, and the session and its job say so."""
    assert (done["suppliers"], done["audited"], done["change_sets"]) == (ROWS, ROWS, 1)
    assert (done["session"], done["job"]) == ("applied", "succeeded")


def kill_points(places: Places, prepared: str, count: int) -> list[int]:
    """Returns the statement in the middle of a whole run and random ones, drawn with a fixed seed.

    Sees first that the run works.
    """
    database = places.copy(prepared)
    _code, done = places.run("work", database)
    places.drop(database)
    must_be_done(done)
    drawn = random.Random(SEED).choices(range(2, done["statements"] + 1), k=count - 1)
    return sorted([done["statements"] // 2, *drawn])


def kill_and_go_on(places: Places, prepared: str, points: list[int], allowed: set[int]) -> set[int]:
    """Kills a worker before each of these statements of its own; returns how many rows the killed ones had left.

    The next worker finishes what the dead one began. `allowed` are the numbers of rows that may be left by it.
    """
    left = set()
    for point in points:
        database = places.copy(prepared)
        code, _nothing = places.run("work", database, kill_at=point)
        assert code == -signal.SIGKILL, f"not killed at {point}"
        # The lease of the dead worker ends by itself; the next worker takes the job over.
        _code, done = places.run("work", database)
        there = done["before"]
        assert there["suppliers"] == there["audited"], f"killed at statement {point}: {there}"
        assert there["suppliers"] in allowed, f"killed at statement {point}: {there}"
        assert there["session"] == "applying" or there["suppliers"] == ROWS
        assert there["job"] in ("queued", "running")
        left.add(there["suppliers"])
        while not done["ran"]:
            _code, done = places.run("work", database)
        must_be_done(done)
        places.drop(database)
    print(f"P6: killed at statements {points}: 0 partial, 0 wrong states")
    return left


def killed_as_a_whole(places: Places, prepared: dict[str, str], count: int) -> None:
    points = kill_points(places, prepared[WHOLE], count)
    kill_and_go_on(places, prepared[WHOLE], points, {0, ROWS})


def killed_in_parts(places: Places, prepared: dict[str, str], count: int) -> set[int]:
    points = kill_points(places, prepared[IN_PARTS], count)
    return kill_and_go_on(places, prepared[IN_PARTS], points, {*range(0, ROWS, BLOCK_ROWS), ROWS})


def test_a_killed_worker_leaves_nothing_half_done_and_the_next_one_finishes(
    places: Places, prepared: dict[str, str]
) -> None:
    killed_as_a_whole(places, prepared, SHORT)


def test_an_import_in_parts_is_killed_between_whole_parts_and_goes_on_there(
    places: Places, prepared: dict[str, str]
) -> None:
    left = killed_in_parts(places, prepared, SHORT_IN_PARTS)
    assert any(0 < rows < ROWS for rows in left), f"no run was killed between two parts: {left}"


@pytest.mark.soak
def test_a_killed_worker_leaves_nothing_half_done_at_200_points(
    places: Places, prepared: dict[str, str]
) -> None:
    killed_as_a_whole(places, prepared, LONG)
    killed_in_parts(places, prepared, LONG_IN_PARTS)


def test_without_the_transaction_a_killed_worker_leaves_a_part(
    places: Places, prepared: dict[str, str]
) -> None:
    whole = places.copy(prepared[WHOLE])
    _code, done = places.run("work", whole, control=True)
    places.drop(whole)
    seen = []
    for point in (done["statements"] // 2, done["statements"] * 3 // 4):
        database = places.copy(prepared[WHOLE])
        places.run("work", database, control=True, kill_at=point)
        _code, there = places.run("inspect", database)
        seen.append(there["suppliers"])
        places.drop(database)
    assert any(0 < count < ROWS for count in seen), f"the control cannot fail: {seen}"


@pytest.mark.skipif(is_postgresql(), reason="the disk of PostgreSQL is not ours to fill")
@pytest.mark.parametrize("how", [WHOLE, IN_PARTS])
def test_a_full_disk_leaves_whole_parts_at_most_and_the_job_is_done_once_there_is_room(
    places: Places, prepared: dict[str, str], how: str
) -> None:
    database = places.copy(prepared[how])
    _code, there = places.run("work", database, room=256 << 10)
    assert there["suppliers"] == there["audited"] < ROWS
    assert there["suppliers"] % BLOCK_ROWS == 0 and (how == IN_PARTS or there["suppliers"] == 0)
    # Not lost, and not failed: it waits for a later attempt.
    assert (there["session"], there["job"]) == ("applying", "queued")
    _code, done = places.run("work", database, at_once=True)
    must_be_done(done)
    places.drop(database)


def test_a_server_killed_while_it_receives_a_file_leaves_nothing_and_the_repeat_goes_in(
    places: Places, prepared: dict[str, str]
) -> None:
    whole = places.copy(prepared[WHOLE])
    _code, done = places.run("receive", whole)
    places.drop(whole)
    assert (done["status"], done["rows"], done["open"]) == (201, UPLOADED_ROWS, [])
    assert (done["sessions"], done["files"], done["nameless"]) == (2, 2, 0)
    for point in range(2, done["statements"] + 1, max(1, done["statements"] // 3)):
        database = places.copy(prepared[WHOLE])
        code, _nothing = places.run("receive", database, kill_at=point)
        assert code == -signal.SIGKILL, f"not killed at {point}"
        _code, repeated = places.run("receive", database)
        same = ("status", "rows", "sessions", "files", "nameless", "chunks")
        assert [repeated[name] for name in same] == [done[name] for name in same], f"killed at {point}"
        places.drop(database)


def test_the_same_file_again_adds_nothing(places: Places, prepared: dict[str, str]) -> None:
    database = places.copy(prepared[WHOLE])
    places.run("work", database)
    _code, there = places.run("again", database)
    places.drop(database)
    assert there["known_file"]
    assert there["counts"] == {"created": 0, "updated": 0, "unchanged": ROWS, "refused": 0, "warnings": 0}
    assert (there["suppliers"], there["audited"]) == (ROWS, ROWS)
