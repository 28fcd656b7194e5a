"""Import of 10,000 products: the apply step and the whole way, beside reading the CSV and loading it bare."""

from __future__ import annotations

import csv
import io
import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from server.jobs.worker import Worker
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, Spread
from tests.server.api_client import Api

PRODUCTS = 10_000
RUNS = 5
APPLY_LIMIT = {"sqlite": 4.0, "postgresql": 3.0}
WHOLE_LIMIT = 10.0
COLUMNS = ("code", "name", "unit", "cost", "lots")


def file_of(prefix: str) -> bytes:
    """A CSV of new products."""
    lines = ["Code;Name;Unit;Category;Cost;Lots"]
    lines += [
        f"{prefix}-{number:05d};Product number {number};KG;;{number % 97},{number % 100:02d};{'yes' if number % 3 else 'no'}"
        for number in range(PRODUCTS)
    ]
    return ("\n".join(lines) + "\n").encode()


def bare_load(data: bytes) -> float:
    """The floor: csv parse and `executemany`, or COPY, into a table without rules. Returns seconds."""
    name = f"bare_{uuid.uuid4().hex}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {name} (id integer PRIMARY KEY, code text, name text, unit text, category text, cost numeric, lots text)"
        )
    started = time.perf_counter()
    rows = list(csv.reader(io.StringIO(data.decode()), delimiter=";"))[1:]
    ready = [
        (number, row[0], row[1], row[2], row[3], float(row[4].replace(",", ".")), row[5])
        for number, row in enumerate(rows)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.cursor.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?, ?, ?)", ready)
        else:
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
    taken = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")
    return taken


def whole_way(api: Api, data: bytes) -> tuple[float, float]:
    """Upload, recognise, map, validate, preview, apply, result. Returns the seconds of all and of apply."""
    started = time.perf_counter()
    headers = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": uuid.uuid4().hex}
    path = "/api/v1/imports/?into=products&filename=products.csv"
    session: dict[str, Any] = api.client.generic(
        "POST", path, data, content_type="application/octet-stream", headers=headers
    ).json()
    address = f"imports/{session['id']}/"
    _operate(api, "validate", session)
    session = api.get(address).json()
    assert session["counts"]["created"] == PRODUCTS, session
    assert api.get(f"{address}rows/", limit=100).status_code == 200
    applying = time.perf_counter()
    _operate(api, "apply", session)
    session = api.get(address).json()
    ended = time.perf_counter()
    assert session["state"] == "applied" and session["result"]["created"] == PRODUCTS, session
    return ended - started, ended - applying


def _operate(api: Api, step: str, session: dict[str, Any]) -> None:
    body = {"session": session["id"]}
    response = api.post(f"operations/imports.{step}/", body, version=session["version"])
    assert response.status_code in (200, 202), response.content
    if response.status_code == 202:
        assert Worker().run_one()


def rows() -> Iterator[Row]:
    """Both rows on the database in use."""
    api, _shop = ground()
    bare, whole, apply = [], [], []
    for run in range(RUNS + 1):
        data = file_of(f"R{run}")
        floor, (all_of_it, last_step) = bare_load(data), whole_way(api, data)
        if run:  # the first one warms up
            bare.append(floor)
            whole.append(all_of_it)
            apply.append(last_step)
    name = "csv + executemany" if connection.vendor == "sqlite" else "csv + COPY"
    for work, values, limit in (
        ("the apply step", apply, APPLY_LIMIT[connection.vendor]),
        ("upload to result", whole, WHOLE_LIMIT),
    ):
        yield Row(
            f"import of {PRODUCTS:,} products, {work}, {database_name()}",
            "s",
            Spread.of(values),
            limit,
            Spread.of(bare),
            name,
        )
