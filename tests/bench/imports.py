"""Import of 10,000 products: the apply step and the whole way, beside reading the CSV and loading it bare."""

from __future__ import annotations

import csv
import io
import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from server.inventory.models import Product
from server.jobs.worker import Worker
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, Spread
from tests.server.api_client import Api

PRODUCTS = 10_000
RUNS = 5
APPLY_LIMIT = {"sqlite": 4.0, "postgresql": 3.0}
WHOLE_LIMIT = 10.0


def file_of(prefix: str, products: int = PRODUCTS) -> bytes:
    """A CSV of so many new products."""
    lines = ["Code;Name;Unit;Category;Cost;Lots"]
    lines += [
        f"{prefix}-{number:05d};Product number {number};KG;;{number % 97},{number % 100:02d};{'yes' if number % 3 else 'no'}"
        for number in range(products)
    ]
    return ("\n".join(lines) + "\n").encode()


def bare_load(data: bytes) -> float:
    """The floor: csv parse and `executemany`, or COPY, into a table of the same columns and indexes.

    No value is checked, nothing is looked up, nothing is kept of who did it. Returns seconds.
    """
    with connection.cursor() as cursor:
        for statement in _like_products():
            cursor.execute(statement)
        cursor.execute(f"SELECT * FROM {Product._meta.db_table} LIMIT 1")
        names = [column[0] for column in cursor.description]
        values = list(cursor.fetchone())
    place = {name: names.index(name) for name in ("id", "code", "name", "standard_cost")}

    def ready() -> Iterator[list[Any]]:
        lines = csv.reader(io.TextIOWrapper(io.BytesIO(data), newline=""), delimiter=";")
        next(lines)
        for number, row in enumerate(lines):
            filled = values.copy()
            filled[place["id"]], filled[place["code"]], filled[place["name"]] = number, row[0], row[1]
            filled[place["standard_cost"]] = int(row[4].replace(",", "")) * 10_000
            yield filled

    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.cursor.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(names))})", ready())
        else:
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for filled in ready():
                    copy.write_row(filled)
    taken = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bare")
    return taken


def _like_products() -> list[str]:
    """The statements that make an empty table `bare` of the columns and indexes of the products."""
    table = Product._meta.db_table
    if connection.vendor == "postgresql":
        return [f"CREATE TABLE bare (LIKE {table} INCLUDING ALL)"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC, name",
            [table],
        )
        found = [sql for (sql,) in cursor.fetchall()]
    named = [sql.replace(f'"{table}"', '"bare"') for sql in found]
    return [sql.replace('INDEX "', 'INDEX "bare_') for sql in named]


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
    api, shop = ground()
    shop.product("TEMPLATE")
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
