"""Load rows by the thousand, for work whose size is that of a file and not of a form.

Nothing here makes model instances, checks what a row means, writes the audit or verifies references: its callers
have done so for all rows at once. On SQLite rows go through `executemany`; on PostgreSQL through COPY into a
staging table and one statement from there, because COPY into a table under row-level security is refused.
For tens of rows that are instances anyway, see :mod:`server.core.bulk`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

KEYS_AT_ONCE = 5_000


def allocate_keys(model: type[models.Model], count: int) -> Sequence[int]:
    """Returns `count` new primary keys of a table, in rising order, for rows inserted in this transaction.

    Raises `RuntimeError` outside a transaction: on SQLite it is the write lock that makes the keys ours.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Keys are allocated inside the transaction that uses them.")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), model._meta.pk.column, count],
            )
            return sorted(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + count)


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows of values that are ready for the database; `columns` are names of database columns."""
    if not rows:
        return
    quote = connection.ops.quote_name
    table, listed = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            staging = _stage(cursor, model, columns, rows)
            cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {staging}")  # noqa: S608 - our own names
            cursor.execute(f"DROP TABLE {staging}")
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def ready_values(instance: models.Model) -> dict[str, Any]:
    """Returns what the columns of an instance would be given, by name of the column; the key is left out."""
    return {
        field.column: field.get_db_prep_save(getattr(instance, field.attname), connection)
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }


def update_versions(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Updates records that stand at a known version, and raises it by one; returns how many there were.

    Each row is `(id, version, value, …)` with the values of `columns`, ready for the database. A record that
    has another version by now is left alone, and is missing from the returned number.
    """
    if not rows:
        return 0
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            staging = _stage(cursor, model, ["id", "version", *columns], rows)
            pairs = ", ".join(f"{quote(name)} = {staging}.{quote(name)}" for name in columns)
            cursor.execute(
                f"UPDATE {table} SET {pairs}, version = {table}.version + 1 FROM {staging} "  # noqa: S608 - our own names
                f"WHERE {table}.id = {staging}.id AND {table}.version = {staging}.version"
            )
            changed = cursor.rowcount
            cursor.execute(f"DROP TABLE {staging}")
            return int(changed)
        pairs = ", ".join(f"{quote(name)} = %s" for name in columns)
        cursor.executemany(
            f"UPDATE {table} SET {pairs}, version = version + 1 WHERE id = %s AND version = %s",  # noqa: S608 - our own names
            [(*row[2:], row[0], row[1]) for row in rows],
        )
        return int(cursor.rowcount)


def _stage(
    cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> str:
    """Copies rows into a temporary table of the same column types; returns its quoted name."""
    quote = connection.ops.quote_name
    table, staging = quote(model._meta.db_table), quote(f"staging_{model._meta.db_table}")
    listed = ", ".join(map(quote, columns))
    cursor.execute(
        f"CREATE TEMPORARY TABLE {staging} ON COMMIT DROP AS SELECT {listed} FROM {table} WITH NO DATA"  # noqa: S608 - our own names
    )
    with cursor.copy(f"COPY {staging} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    return staging
