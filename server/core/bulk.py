"""Change many rows with one statement, the same on SQLite and PostgreSQL.

Django's `bulk_update` builds a CASE with a branch for every row and field: a hundred lines cost it more than
all their business rules. Here the values come as one table: `UPDATE … SET … FROM (VALUES …)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

from .tenancy import organization_id_of, verify_references

# SQLite's own default since 3.32. Django 5.2 still assumes 999 and would cut what we insert into more
# statements the more lines it has.
SQLITE_PARAMETERS = 32_766
# PostgreSQL's protocol counts parameters in 16 bits.
POSTGRESQL_PARAMETERS = 65_535


def raise_parameter_limit() -> None:
    """Let Django send SQLite as many parameters in a statement as SQLite takes."""
    SQLite.features_class.max_query_params = SQLITE_PARAMETERS


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of saved tenant rows, which all belong to one organization and are locked.

    One statement up to some thousands of rows. Sets nothing by itself: neither `version` nor `updated_at`.
    Raises `RuntimeError` when a row is not there any more, `CrossTenantReference` like `save`.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = [model._meta.get_field(name) for name in fields]
    if any(isinstance(column, models.ForeignKey) for column in columns):
        verify_references(list(rows))
    connection = connections[router.db_for_write(model)]
    limit = SQLITE_PARAMETERS if connection.vendor == "sqlite" else POSTGRESQL_PARAMETERS
    size = (limit - 1) // (len(columns) + 1)
    for start in range(0, len(rows), size):
        _update_batch(connection, model, columns, rows[start : start + size])


def _update_batch(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    columns: Sequence[models.Field],
    rows: Sequence[models.Model],
) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    key = model._meta.pk
    assignments = ", ".join(
        f"{quote(column.column)} = {_typed(connection, column, f'given.column{number}')}"
        for number, column in enumerate(columns, start=2)
    )
    row = f"({', '.join(['%s'] * (len(columns) + 1))})"
    parameters: list[Any] = []
    for instance in rows:
        parameters.append(key.get_db_prep_value(instance.pk, connection))
        parameters += [
            column.get_db_prep_save(getattr(instance, column.attname), connection) for column in columns
        ]
    parameters.append(organization_id_of(rows[0]))
    statement = (
        f"UPDATE {table} SET {assignments} FROM (VALUES {', '.join([row] * len(rows))}) AS given "  # noqa: S608 - names of our own columns
        f"WHERE {table}.{quote(key.column)} = {_typed(connection, key, 'given.column1')} "
        f"AND {table}.{quote('organization_id')} = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.rowcount != len(rows):
            raise RuntimeError(f"{len(rows)} rows of {table} were to change, {cursor.rowcount} did.")


def _typed(connection: BaseDatabaseWrapper, column: models.Field, value: str) -> str:
    """PostgreSQL takes an untyped parameter in VALUES for text, so it is told the type of the column."""
    if connection.vendor == "sqlite":
        return value
    return f"CAST({value} AS {column.rel_db_type(connection)})"
