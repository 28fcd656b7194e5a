"""Write many rows of a table at once: the statements grow with nothing, the same on SQLite and PostgreSQL.

Two faces over one way. `create_rows` and `update_rows` take instances, check references and prepare values, for
documents and their lines. `insert_values` and `update_values` take values that are ready for the database, for work
whose size is that of a file, where an instance a row would cost more than all else; their callers have checked
references for all rows at once.

Django's `bulk_update` builds a CASE with a branch for every row and field, and its `bulk_create` asks every value
of every row whether it is an expression. Here rows go to SQLite through `executemany`; PostgreSQL is given them as
a relation, which one statement then reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from django.db import connection, models
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

from .tenancy import organization_id_of, verify_references

# SQLite's own default since 3.32. Django 5.2 still assumes 999 and would cut `IN` and `bulk_create` into more
# statements the more rows they have.
SQLITE_PARAMETERS = 32_766
# From here on PostgreSQL reads rows faster by COPY than as parameters of a statement.
COPY_ROWS = 1_000
_PLAIN = frozenset({str, int, bool, bytes, type(None)})

Row = TypeVar("Row", bound=models.Model)
Values = Sequence[Sequence[Any]]


def raise_parameter_limit() -> None:
    """Let Django send SQLite as many parameters in a statement as SQLite takes."""
    SQLite.features_class.max_query_params = SQLITE_PARAMETERS


def create_rows(rows: Iterable[Row]) -> list[Row]:
    """Insert new tenant rows of one model, and give each its key; the same rows.

    As `bulk_create`, for rows that hold plain values, no expressions. Raises `CrossTenantReference` like `save`,
    `RuntimeError` outside a transaction.
    """
    fresh = list(rows)
    return _inserted(fresh, allocate_keys(type(fresh[0]), len(fresh))) if fresh else fresh


def bring_back_rows(rows: Iterable[Row]) -> list[Row]:
    """Insert tenant rows of one model that were deleted, under the keys that they had; the same rows.

    Raises as `create_rows`, and `IntegrityError` where a key or another unique value is taken.
    """
    gone = list(rows)
    return _inserted(gone, [row.pk for row in gone]) if gone else gone


def _inserted(fresh: list[Row], keys: Sequence[int]) -> list[Row]:
    verify_references(fresh)
    model = type(fresh[0])
    columns = [column for column in model._meta.concrete_fields if not column.primary_key]
    for column in columns:
        # Dates of creation are set, and exact decimals get all their decimals, as by `save`.
        if type(column).pre_save is not models.Field.pre_save:
            for instance in fresh:
                column.pre_save(instance, add=True)
    names = [_key(model).column, *(column.column for column in columns)]
    read = _reader(columns)
    insert_values(model, names, [(key, *read(instance)) for key, instance in zip(keys, fresh, strict=True)])
    for instance, key in zip(fresh, keys, strict=True):
        instance.pk = key
        instance._state.adding = False
        instance._state.db = connection.alias
    return fresh


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of saved tenant rows, which all belong to one organization and are locked.

    Sets nothing by itself: neither `version` nor `updated_at`. Raises `RuntimeError` when a row is not there any
    more, `CrossTenantReference` like `save`.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = [model._meta.get_field(name) for name in fields]
    if any(isinstance(column, models.ForeignKey) for column in columns):
        verify_references(list(rows))
    organization_id, read = organization_id_of(rows[0]), _reader(columns)
    written = update_values(
        model,
        [column.column for column in columns],
        [(instance.pk, organization_id, *read(instance)) for instance in rows],
        match=(_key(model).column, "organization_id"),
    )
    if written != len(rows):
        raise RuntimeError(f"{len(rows)} rows of {model._meta.db_table} were to change, {written} did.")


def allocate_keys(model: type[models.Model], count: int) -> Sequence[int]:
    """`count` new primary keys of a table, in rising order, for rows inserted in this transaction.

    Raises `RuntimeError` outside a transaction: on SQLite it is the write lock that makes the keys ours.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Keys are allocated inside the transaction that uses them.")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                # Which sequence it is, is asked once and not for every key.
                "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), _key(model).column, count],
            )
            return sorted(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + count)


def insert_values(model: type[models.Model], columns: Sequence[str], rows: Values) -> None:
    """Insert rows of values that are ready for the database; `columns` are names of database columns."""
    if not rows:
        return
    quote = connection.ops.quote_name
    target = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"{target} VALUES ({_marks(len(columns))})", rows)
            return
        if len(rows) >= COPY_ROWS and not _row_security(cursor, model):
            _copy(cursor, model._meta.db_table, columns, rows)
            return
        with _relation(cursor, model, columns, rows) as (given, parameters):
            cursor.execute(f"{target} SELECT {', '.join(map(quote, columns))} FROM {given}", parameters)  # noqa: S608 - our own names


def update_values(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Values,
    *,
    match: Sequence[str] = ("id", "version"),
) -> int:
    """Write `columns` of the records whose `match` columns have the given values; how many there were.

    Each row is the values of `match`, then those of `columns`, ready for the database. A `version` to match is
    raised by one: a record that has another one by now is left alone, and is missing from the returned number.
    """
    if not rows:
        return 0
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    raised = ["version = version + 1"] if "version" in match else []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            pairs = ", ".join([*(f"{quote(name)} = %s" for name in columns), *raised])
            found = " AND ".join(f"{quote(name)} = %s" for name in match)
            keys = len(match)
            cursor.executemany(
                f"UPDATE {table} SET {pairs} WHERE {found}",  # noqa: S608 - our own names
                [(*row[keys:], *row[:keys]) for row in rows],
            )
            return int(cursor.rowcount)
        pairs = ", ".join(f"{quote(name)} = given.{quote(name)}" for name in columns)
        found = " AND ".join(f"{table}.{quote(name)} = given.{quote(name)}" for name in match)
        raising = "".join(f", version = {table}.version + 1" for _column in raised)
        with _relation(cursor, model, [*match, *columns], rows) as (given, parameters):
            cursor.execute(f"UPDATE {table} SET {pairs}{raising} FROM {given} WHERE {found}", parameters)  # noqa: S608 - our own names
            return int(cursor.rowcount)


def ready_values(instance: models.Model) -> dict[str, Any]:
    """What the columns of an instance would be given, by name of the column; the key is left out."""
    return {
        column.column: column.get_db_prep_save(getattr(instance, column.attname), connection)
        for column in instance._meta.concrete_fields
        if not column.primary_key
    }


def _reader(columns: Sequence[models.Field]) -> Callable[[models.Model], Iterator[Any]]:
    """A function from an instance to the values of these columns, ready for the database."""
    readers = [
        # A key goes as it is.
        (column.attname, _unchanged if isinstance(column, models.ForeignKey) else _preparation(column))
        for column in columns
    ]
    return lambda instance: (prepare(getattr(instance, name)) for name, prepare in readers)


def _preparation(column: models.Field) -> Callable[[Any], Any]:
    return partial(column.get_db_prep_save, connection=connection)


def _unchanged(value: Any) -> Any:
    return value


@contextmanager
def _relation(
    cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Values
) -> Iterator[tuple[str, list[Any]]]:
    """What PostgreSQL reads the rows from, as an item of FROM named `given`, with its parameters.

    Many go by COPY into a temporary table, because COPY into a table under row-level security is refused.
    """
    quote = connection.ops.quote_name
    listed = ", ".join(map(quote, columns))
    if len(rows) < COPY_ROWS:
        types = {column.column: column.rel_db_type(connection) for column in model._meta.concrete_fields}
        # An untyped parameter in VALUES is taken for text.
        typed = ", ".join(f"CAST({quote(name)} AS {types[name]}) AS {quote(name)}" for name in columns)
        row = f"({_marks(len(columns))})"
        values = f"(VALUES {', '.join([row] * len(rows))}) AS untyped ({listed})"
        yield f"(SELECT {typed} FROM {values}) AS given", list(chain.from_iterable(rows))  # noqa: S608 - our own names
        return
    name = f"staging_{model._meta.db_table}"
    staging = quote(name)
    alike = f"SELECT {listed} FROM {quote(model._meta.db_table)} WITH NO DATA"  # noqa: S608 - our own names
    cursor.execute(f"CREATE TEMPORARY TABLE {staging} ON COMMIT DROP AS {alike}")
    _copy(cursor, name, columns, rows)
    yield f"{staging} AS given", []
    cursor.execute(f"DROP TABLE {staging}")


def _row_security(cursor: Any, model: type[models.Model]) -> bool:
    """Whether policies hold for us on this table; COPY into it is then refused."""
    cursor.execute("SELECT row_security_active(%s)", [connection.ops.quote_name(model._meta.db_table)])
    return bool(cursor.fetchone()[0])


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Values) -> None:
    quote = connection.ops.quote_name
    statement = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN"
    # Django passes on what psycopg raises in here, unless told to make its own errors of it.
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in _in_words(cursor, rows):
            copy.write_row(row)


def _in_words(cursor: Any, rows: Values) -> Iterator[Sequence[Any]]:
    """The rows with dates, addresses and JSON as text; what many rows share is put into words once."""
    from psycopg.adapt import PyFormat, Transformer

    places = [place for place, value in enumerate(rows[0]) if type(value) not in _PLAIN]
    if not places:
        yield from rows
        return
    transformer = Transformer.from_context(cursor.connection)
    words: dict[int, Any] = {}
    for row in rows:
        ready = list(row)
        for place in places:
            value = ready[place]
            if type(value) not in _PLAIN:
                if id(value) not in words:
                    dumped = transformer.get_dumper(value, PyFormat.TEXT).dump(value)
                    words[id(value)] = None if dumped is None else bytes(dumped).decode()
                ready[place] = words[id(value)]
        yield ready


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _key(model: type[models.Model]) -> models.Field:
    key: models.Field = model._meta.pk
    return key
