"""Write many rows with one statement, the same on SQLite and PostgreSQL.

Django's `bulk_update` builds a CASE with a branch for every row and field, and its `bulk_create` asks every
value of every row whether it is an expression: a hundred lines cost them more than all their business rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

from .tenancy import organization_id_of, verify_references

# SQLite's own default since 3.32. Django 5.2 still assumes 999 and would cut what we insert into more
# statements the more lines it has.
SQLITE_PARAMETERS = 32_766
# PostgreSQL's protocol counts parameters in 16 bits.
POSTGRESQL_PARAMETERS = 65_535

Row = TypeVar("Row", bound=models.Model)


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


def create_rows(rows: Iterable[Row]) -> list[Row]:
    """Insert new tenant rows of one model, and give each its key; the same rows.

    As `bulk_create`, for rows that hold plain values, no expressions. Raises `CrossTenantReference` like `save`.
    """
    fresh = list(rows)
    if not fresh:
        return fresh
    verify_references(fresh)
    model = type(fresh[0])
    connection = connections[router.db_for_write(model)]
    columns = [column for column in model._meta.concrete_fields if not column.primary_key]
    limit = SQLITE_PARAMETERS if connection.vendor == "sqlite" else POSTGRESQL_PARAMETERS
    size = limit // len(columns)
    for start in range(0, len(fresh), size):
        _insert_batch(connection, model, columns, fresh[start : start + size])
    return fresh


def _insert_batch(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    columns: Sequence[models.Field],
    rows: Sequence[models.Model],
) -> None:
    quote = connection.ops.quote_name
    for column in columns:
        # Dates of creation are set, and exact decimals get all their decimals, as by `save`.
        if type(column).pre_save is not models.Field.pre_save:
            for instance in rows:
                column.pre_save(instance, add=True)
    readers = [(column.attname, _preparation(connection, column)) for column in columns]
    parameters = [prepare(getattr(instance, name)) for instance in rows for name, prepare in readers]
    row = f"({', '.join(['%s'] * len(columns))})"
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(column.column) for column in columns)}) "  # noqa: S608 - names of our own columns
        f"VALUES {', '.join([row] * len(rows))} RETURNING {quote(model._meta.pk.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        keys = [key for (key,) in cursor.fetchall()]
    for instance, key in zip(rows, keys, strict=True):
        instance.pk = key
        instance._state.adding = False
        instance._state.db = connection.alias


def _preparation(connection: BaseDatabaseWrapper, column: models.Field) -> Callable[[Any], Any]:
    """How a value of this column goes to the database; keys go as they are."""
    if isinstance(column, models.ForeignKey):
        return _unchanged
    return partial(column.get_db_prep_save, connection=connection)


def _unchanged(value: Any) -> Any:
    return value


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
