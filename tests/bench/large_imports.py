"""Imports of many rows through real processes: time, memory, and how long a person beside them waits for a write."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.bench.ground import database_name, ground
from tests.bench.imports import APPLY_LIMIT, WHOLE_LIMIT, bare_load, file_of
from tests.bench.measure import Row, Spread
from tests.e2e.processes import ROOT, children, free_port, until
from tests.server.api_client import Api

MOST_MEGABYTES = 300.0
LONGEST_WAIT_SECONDS = 1.0
BESIDE_ROWS = (20_000, 50_000)
"""The most that go in as a whole on SQLite, and on PostgreSQL."""
PATIENCE_SECONDS = 3_600
# So often somebody beside the import writes: as often as a whole office would.
WRITES_EVERY_SECONDS = 0.02


class Line:
    """A connection to the server, for one thread."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(
        self, method: str, path: str, body: bytes = b"", *, kind: str = "application/json", **headers: str
    ) -> dict[str, Any]:
        """The JSON of an answer. Raises `RuntimeError` for a refusal."""
        sent = {**self._headers, "Content-Type": kind, "Idempotency-Key": uuid.uuid4().hex, **headers}
        self._line.request(method, f"/api/v1/{path}", body, sent)
        response = self._line.getresponse()
        content = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
        answer: dict[str, Any] = json.loads(content)
        return answer


class Processes:
    """`erp serve` on the database of this process: a child that answers, and its parent, which runs the jobs."""

    def __init__(self, port: int, parent: int) -> None:
        self.port, self._parent = port, parent

    def peak_megabytes(self) -> dict[str, float]:
        """The most memory that each of the two has held."""
        return {"server": max(map(_peak, children(self._parent))), "worker": _peak(self._parent)}


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


@contextmanager
def processes() -> Iterator[Processes]:
    """Start them, and end them with the block."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "ERP_LOG_LEVEL": "ERROR"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(port), what="the server answers")
        yield Processes(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/livez")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def whole_way(line: Line, data: bytes, rows: int) -> tuple[float, float]:
    """Upload, validate, look at it, apply, result. Returns the seconds of all and of apply."""
    started = time.perf_counter()
    session = line.call(
        "POST", "imports/?into=products&filename=products.csv", data, kind="application/octet-stream"
    )
    address = f"imports/{session['id']}/"
    session = _operate(line, "validate", session, "validated")
    assert session["counts"]["created"] == rows, session
    line.call("GET", f"{address}rows/?limit=100")
    applying = time.perf_counter()
    session = _operate(line, "apply", session, "applied")
    ended = time.perf_counter()
    assert session["result"]["created"] == rows, session
    return ended - started, ended - applying


def _operate(line: Line, step: str, session: dict[str, Any], state: str) -> dict[str, Any]:
    body = json.dumps({"session": session["id"]}).encode()
    line.call("POST", f"operations/imports.{step}/", body, **{"If-Match": f'"{session["version"]}"'})

    def reached() -> dict[str, Any] | None:
        now = line.call("GET", f"imports/{session['id']}/")
        if now["state"] == "failed":
            raise RuntimeError(f"{step} failed: {now['problems']}")
        if now["state"] == state:
            return now
        time.sleep(0.02)  # the server has two processors to share with the worker and with us
        return None

    answer: dict[str, Any] = until(reached, PATIENCE_SECONDS, f"{step} ends")
    return answer


class Neighbour(threading.Thread):
    """A person who goes on writing while the import runs."""

    def __init__(self, line: Line) -> None:
        super().__init__(daemon=True)
        self._line, self._ended = line, threading.Event()
        self.waits: list[float] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for number in itertools.count():
                body = json.dumps({"code": f"N{uuid.uuid4().hex[:12]}", "name": f"Beside {number}"}).encode()
                started = time.perf_counter()
                self._line.call("POST", "categories/", body)
                self.waits.append(time.perf_counter() - started)
                if self._ended.wait(WRITES_EVERY_SECONDS):
                    return
        except Exception as error:
            self.failure = error

    def end(self) -> list[float]:
        """The seconds of all writes. Raises what a write has raised."""
        self._ended.set()
        self.join()
        if self.failure is not None:
            raise self.failure
        return self.waits


def _ready() -> Api:
    settings.ACCESS_TOKEN_SECONDS = 24 * 3_600  # the last rows may take long
    api, shop = ground()
    shop.product("TEMPLATE")
    return api


def rows(what: str) -> Iterator[Row]:
    """The rows of `beside`, or of an import of so many products."""
    yield from _beside() if what == "beside" else _sized(int(what))


def _beside() -> Iterator[Row]:
    api = _ready()
    with processes() as both:
        line, other = (Line(both.port, api.token) for _ in range(2))
        for number in BESIDE_ROWS:
            neighbour = Neighbour(other)
            neighbour.start()
            whole_way(line, file_of(f"B{number}", number), number)
            waits = neighbour.end()
            longest = max(waits)
            yield Row(
                f"a person beside an import of {number:,}: longest write, {database_name()}",
                "s",
                Spread(longest, min(waits), longest),
                LONGEST_WAIT_SECONDS,
            )


def _sized(number: int) -> Iterator[Row]:
    api = _ready()
    data = file_of("L", number)
    with processes() as both:
        whole, apply = whole_way(Line(both.port, api.token), data, number)
        peaks = both.peak_megabytes()
    # Last, so that nothing of it is held while the others are measured.
    bare = Spread.of([bare_load(data)])
    name = "csv + executemany" if connection.vendor == "sqlite" else "csv + COPY"
    for work, seconds, limit in (
        ("the apply step", apply, APPLY_LIMIT[connection.vendor]),
        ("upload to result", whole, WHOLE_LIMIT),
    ):
        title = f"import of {number:,} products, {work}, {database_name()}"
        yield Row(title, "s", Spread.of([seconds]), limit, bare, name)
    for process, megabytes in peaks.items():
        title = f"import of {number:,} products, memory of the {process}, {database_name()}"
        yield Row(title, "MB", Spread.of([megabytes]), MOST_MEGABYTES)
