"""A list as a CSV file over HTTP, beside what cannot be left out: the rows from a cursor and `csv.writer`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from django.db import connection

from server.inventory.models import Category
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, in_turns, milliseconds

ROWS = 50_000
RUNS = 5
COLUMNS = ("id", "code", "name", "external_id", "version")
FLOOR_LIMIT = 3.0


def rows() -> Iterator[Row]:
    """50,000 categories of five columns."""
    api, _shop = ground()
    Category.objects.bulk_create(
        (
            Category(
                organization=api.organization, code=f"C{number:06}", name=f"Category number {number}, of many"
            )
            for number in range(ROWS)
        ),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def exported() -> None:
        answer = api.get("categories/export/", fields=",".join(COLUMNS), ordering="code")
        assert sum(map(len, answer.streaming_content)) > ROWS * 20

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(COLUMNS)} FROM inventory_category WHERE organization_id = %s ORDER BY code",
                [api.organization.pk],
            )
            sent = 0
            while batch := cursor.fetchmany(1_000):
                text = StringIO()
                csv.writer(text).writerows(batch)
                sent += len(text.getvalue().encode())
        assert sent > ROWS * 20

    taken = in_turns(RUNS, ours=milliseconds(exported), floor=milliseconds(floor))
    yield Row(
        f"export of {ROWS:,} rows to CSV, {database_name()}",
        "ms",
        taken["ours"],
        FLOOR_LIMIT,
        taken["floor"],
        "rows from a cursor and csv.writer",
    )
