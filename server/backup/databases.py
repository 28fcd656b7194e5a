"""The two kinds of database, each copied, compared and put back by its own means. A file copy is never a backup."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, connections
from django.utils.translation import gettext as _

from .errors import Damaged, UpkeepError

Tables = dict[str, tuple[int, str]]
"""Rows and hash by table."""
SCRATCH = "scratch"
"""The alias of the scratch database while it is looked into."""


class Database(Protocol):
    """What a backup needs of a database; every method raises `UpkeepError`."""

    vendor: str

    def copy(self, target: Path) -> Tables:
        """Write all of one moment to a file, and answer the tables of the same moment."""

    def scratch(self, data: Path) -> contextlib.AbstractContextManager[Scratch]:
        """A database of its own with what a file holds; gone afterwards unless it was put in place."""

    def tables(self) -> Tables:
        """The tables as they are now; empty for a database without any."""

    def require_quiet(self) -> None:
        """Raise `UpkeepError` while anybody else works in it."""


class Scratch(Protocol):
    """A restored copy beside the real database."""

    settings: dict[str, Any]

    def tables(self) -> Tables: ...

    def put_in_place(self, kept_as: str) -> str:
        """Make it the real one, and say what the former one is called now."""


def current() -> Database:
    """The database of this installation."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


@contextlib.contextmanager
def looked_into(scratch: Scratch) -> Iterator[str]:
    """The scratch database as an alias of Django."""
    connections.databases[SCRATCH] = {**connections.databases["default"], **scratch.settings}
    try:
        yield SCRATCH
    finally:
        with contextlib.suppress(AttributeError):
            connections[SCRATCH].close()
            del connections[SCRATCH]
        del connections.databases[SCRATCH]


class Sqlite:
    """A file, copied through SQLite's backup API while others write."""

    vendor = "sqlite"

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(str(connection.settings_dict["NAME"]))

    def copy(self, target: Path) -> Tables:
        source = self._open(self.path)
        copied = sqlite3.connect(target, isolation_level=None)
        try:
            # One read transaction holds the moment for both: the hashes and the copy.
            source.execute("BEGIN")
            found = _sqlite_tables(source)
            source.backup(copied, pages=-1)
        except sqlite3.Error as error:
            raise UpkeepError(_("The database cannot be copied: %(reason)s.") % {"reason": error}) from error
        finally:
            copied.close()
            source.close()
        return found

    @contextlib.contextmanager
    def scratch(self, data: Path) -> Iterator[Scratch]:
        yield _SqliteScratch(data, self)

    def tables(self) -> Tables:
        if not self.path.exists():
            return {}
        source = self._open(self.path)
        try:
            source.execute("BEGIN")
            return _sqlite_tables(source)
        finally:
            source.close()

    def require_quiet(self) -> None:
        if not self.path.exists():
            return
        connection.close()
        probe = self._open(self.path)
        try:
            probe.execute("PRAGMA busy_timeout=2000")
            probe.execute("PRAGMA locking_mode=EXCLUSIVE")
            probe.execute("BEGIN EXCLUSIVE")
            probe.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise UpkeepError(
                _("Somebody works in the database (%(reason)s). Stop the server first.") % {"reason": error}
            ) from error
        finally:
            probe.close()

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        if not path.is_file():
            raise UpkeepError(_("There is no database at %(path)s.") % {"path": path})
        return sqlite3.connect(path, isolation_level=None, timeout=30)


class _SqliteScratch:
    def __init__(self, data: Path, real: Sqlite) -> None:
        self._data, self._real = data, real
        self.settings = {"NAME": str(data)}

    def tables(self) -> Tables:
        try:
            return Sqlite(self._data).tables()
        except sqlite3.DatabaseError as error:
            raise Damaged(_("The backup is damaged: %(reason)s.") % {"reason": error}) from error

    def put_in_place(self, kept_as: str) -> str:
        path = self._real.path
        kept = path.with_name(f"{path.stem}-{kept_as}{path.suffix}")
        if path.exists():
            self._real.copy(kept)
        # Through the backup API: whoever opens the file in between sees the former state or the new one.
        source, target = sqlite3.connect(self._data), sqlite3.connect(path)
        try:
            source.backup(target, pages=-1)
        except sqlite3.Error as error:
            raise UpkeepError(_("The database cannot be written: %(reason)s.") % {"reason": error}) from error
        finally:
            target.close()
            source.close()
        path.chmod(0o600)
        return str(kept)


def _sqlite_tables(opened: sqlite3.Connection) -> Tables:
    names = opened.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    found = {}
    for (name,) in names:
        digest, rows = hashlib.sha256(), 0
        for row in opened.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608 - a name of the schema
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
            rows += 1
        found[name] = (rows, digest.hexdigest())
    return found


class Postgres:
    """Copied by pg_dump from an exported snapshot; put back by pg_restore into a database beside it."""

    vendor = "postgresql"

    def __init__(self, name: str = "") -> None:
        self._parameters = connection.settings_dict
        self.name = name or str(self._parameters["NAME"])

    def copy(self, target: Path) -> Tables:
        with self._connected(self.name) as opened, opened.transaction():
            opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = opened.execute("SELECT pg_export_snapshot()").fetchone()[0]
            self._run(
                "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges",
                f"--snapshot={snapshot}", f"--file={target}", self.name,
            )  # fmt: skip
            return _postgres_tables(opened)

    @contextlib.contextmanager
    def scratch(self, data: Path) -> Iterator[Scratch]:
        name = f"erp_scratch_{secrets.token_hex(6)}"
        self.maintain(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        try:
            self._run(
                "pg_restore",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                f"--dbname={name}",
                str(data),
            )
            yield _PostgresScratch(name, self)
        finally:
            self.maintain(f'DROP DATABASE IF EXISTS "{name}"')

    def tables(self) -> Tables:
        with self._connected(self.name) as opened, opened.transaction():
            opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return _postgres_tables(opened)

    def require_quiet(self) -> None:
        close_pool()
        with self._connected("postgres") as opened:
            others = opened.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self.name]
            ).fetchone()[0]
        if others:
            raise UpkeepError(
                _("%(count)d others are connected to the database. Stop the server and its workers first.")
                % {"count": others}
            )

    def maintain(self, *statements: str) -> None:
        """Run these on no database of ours, each by itself."""
        with self._connected("postgres") as opened:
            for statement in statements:
                opened.execute(statement)

    @contextlib.contextmanager
    def _connected(self, name: str) -> Iterator[Any]:
        import psycopg

        given = self._parameters
        try:
            with psycopg.connect(
                dbname=name,
                user=given["USER"] or None,
                password=given["PASSWORD"] or None,
                host=given["HOST"] or None,
                port=given["PORT"] or None,
                autocommit=True,
            ) as opened:
                yield opened
        except psycopg.Error as error:
            raise UpkeepError(
                _("The database refuses: %(reason)s") % {"reason": str(error).strip()}
            ) from error

    def _run(self, program: str, *arguments: str) -> None:
        if shutil.which(program) is None:
            raise UpkeepError(
                _("%(program)s is not installed; it comes with PostgreSQL's client.") % {"program": program}
            )
        given = self._parameters
        # Never on the command line: every user of the machine can read the arguments of a process.
        environment = {
            **os.environ,
            **{
                variable: str(given[key])
                for variable, key in (
                    ("PGUSER", "USER"),
                    ("PGPASSWORD", "PASSWORD"),
                    ("PGHOST", "HOST"),
                    ("PGPORT", "PORT"),
                )
                if given[key]
            },
        }
        command = [program, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            said = done.stderr.strip().splitlines()
            problem = Damaged if program == "pg_restore" else UpkeepError
            raise problem(
                _("%(program)s failed: %(reason)s")
                % {"program": program, "reason": said[-1] if said else done.returncode}
            )


class _PostgresScratch:
    def __init__(self, name: str, real: Postgres) -> None:
        self._name, self._real = name, real
        self.settings = {"NAME": name, "OPTIONS": {}}

    def tables(self) -> Tables:
        return Postgres(self._name).tables()

    def put_in_place(self, kept_as: str) -> str:
        kept = f"{self._real.name}_{kept_as}".lower()
        self._real.maintain(f'ALTER DATABASE "{self._real.name}" RENAME TO "{kept}"')
        try:
            self._real.maintain(f'ALTER DATABASE "{self._name}" RENAME TO "{self._real.name}"')
        except UpkeepError:
            self._real.maintain(f'ALTER DATABASE "{kept}" RENAME TO "{self._real.name}"')
            raise
        return kept


def close_pool() -> None:
    """Let go of every connection of this process, those that wait in the pool included."""
    connections.close_all()
    if getattr(connection, "pool", None) is not None:
        connection.close_pool()


def _postgres_tables(opened: Any) -> Tables:
    names = opened.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\""
    ).fetchall()
    found = {}
    for (name,) in names:
        # By the text of the whole row, bytewise: the same order wherever and however often it is restored.
        statement = f'COPY (SELECT t.* FROM "{name}" t ORDER BY t::text COLLATE "C") TO STDOUT'  # noqa: S608
        digest, rows = hashlib.sha256(), 0
        with opened.cursor() as cursor, cursor.copy(statement) as copied:
            for block in copied:
                digest.update(block)
                rows += 1
        found[name] = (rows, digest.hexdigest())
    return found
