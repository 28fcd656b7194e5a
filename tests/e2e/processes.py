"""Real server processes for tests, and patience without fixed sleeps."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.e2e.settings",
    "PYTHONPATH": str(ROOT),
    "ERP_JOB_LEASE_SECONDS": "1.5",
    "ERP_JOB_POLL_SECONDS": "0.2",
    "ERP_JOB_DRAIN_SECONDS": "2",
    "ERP_DB_POOL": "8",
}


PATIENCE = 90.0
"""Seconds that a test waits for what must come: nothing is promised by them, and a busy machine is late with everything."""


def until(condition: Callable[[], Any], seconds: float = PATIENCE, what: str = "") -> Any:
    """The first true answer of the condition. Fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.01)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid: int) -> bool:
    """Whether this process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def children(pid: int) -> list[int]:
    """The processes that this one has started, directly or through others."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


class House:
    """A data folder with a migrated database, and the processes that a test starts on it.

    ``founded`` says that the organization of `open_shop` is set up in it.
    """

    def __init__(self, folder: Path, database_url: str = "", *, founded: bool = False) -> None:
        self.folder = folder
        self.founded = founded
        self.environment = {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": database_url,
            "ERP_DATA_DIR": str(folder),
        }
        self.environment.pop("ERP_SECRET_KEY", None)
        self._started: list[subprocess.Popen[bytes]] = []
        self.port = 0
        self._logs = 0

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the server to its end."""
        command = [sys.executable, "-m", "server", *arguments]
        return subprocess.run(
            command,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            cwd=ROOT,
        )

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command of the server; it is ended with the test."""
        self._logs += 1
        with (self.folder / f"{self._logs}-{arguments[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "server", *arguments],
                env={**self.environment, **environment},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=ROOT,
            )
        self._started.append(process)
        return process

    def serve(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start `serve` on a free port and wait until it answers."""
        self.port = free_port()
        process = self.start("serve", "--port", str(self.port), *arguments, **environment)
        until(lambda: process.poll() is not None or self.answers(), what="the server answers")
        assert process.poll() is None, self.log()
        return process

    def freeze(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a process (SIGSTOP) where it holds no lock of the database: a lock on SQLite's file would shut out
        everybody for as long as it stands still."""
        while True:
            os.kill(process.pid, signal.SIGSTOP)
            if self.environment["DATABASE_URL"] or self._can_write():
                return
            os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.01)

    def _can_write(self) -> bool:
        with contextlib.closing(sqlite3.connect(self.folder / "erp.sqlite3", timeout=0.5)) as connection:
            connection.isolation_level = None
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.execute("ROLLBACK")
        return True

    def log(self) -> str:
        """What all processes have written."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.call("GET", "/livez")[0] == 200
        return False

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, Message]:
        """(status, JSON, headers) of one request."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers or {},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, json.loads(response.read() or b"null"), response.headers
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text, error.headers

    def enqueue(self, kind: str, **params: Any) -> int:
        status, body, _headers = self.call("POST", "/probe/jobs/", {"kind": kind, "params": params})
        assert status == 200, (body, self.log()[-3000:])
        return body["job"]

    def job(self, key: int) -> dict[str, Any]:
        return self.call("GET", f"/probe/jobs/{key}/")[1]

    def finished(self, key: int, seconds: float = PATIENCE) -> dict[str, Any]:
        """The job once it has ended."""
        states = ("succeeded", "failed", "cancelled")
        return until(lambda: (row := self.job(key))["state"] in states and row, seconds, f"job {key} ends")

    def close(self) -> None:
        for process in self._started:
            for pid in [*children(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait(PATIENCE)


POSTGRESQL = "127.0.0.1:5432"


def postgresql_url(name: str) -> str:
    """The address of a database on loopback."""
    return f"postgres://postgres@{POSTGRESQL}/{name}"


@contextlib.contextmanager
def postgresql_database(name: str, template: str = "template1") -> Iterator[str]:
    """The name of a new database on loopback, dropped at the end. Raises `psycopg.OperationalError`."""
    import psycopg

    server = "host=127.0.0.1 port=5432 user=postgres dbname=postgres connect_timeout=3"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
