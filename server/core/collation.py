"""One order of text on every database: by code point.

SQLite compares text byte by byte, which for UTF-8 is the order of the code points. PostgreSQL takes the
collation of its database, often a language's, under which pages cut on one machine would not fit on another
and an upgrade of the C library silently breaks indexes. So after migrating, every text column is given the
byte order; a database that was created with it is left alone.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# The first two know the letters of all languages (`upper('é')`), C only those of ASCII.
_BYTE_ORDER = ("C.UTF-8", "C.utf8", "C")

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_collation l ON l.oid = a.attcollation
    CROSS JOIN (
        SELECT datcollate, datlocprovider FROM pg_database WHERE datname = current_database()
    ) d
    WHERE c.relnamespace = current_schema()::regnamespace
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
        AND t.typname IN ('varchar', 'text', 'bpchar')
        AND NOT CASE
            WHEN l.collname = 'default' THEN d.datlocprovider = 'c' AND d.datcollate = ANY(%(order)s)
            ELSE l.collname = ANY(%(order)s)
        END
    ORDER BY c.relname, a.attnum
"""


def columns_out_of_order(connection: BaseDatabaseWrapper) -> list[tuple[str, str, str]]:
    """Table, column and type of each text column that does not sort by code point."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, {"order": [*_BYTE_ORDER, "POSIX", "C.UTF8", "C.utf-8"]})
        return cursor.fetchall()


def sort_by_code_point(connection: BaseDatabaseWrapper) -> None:
    """Give every text column the byte order. Rebuilds the indexes of those that change, never their rows."""
    columns = columns_out_of_order(connection)
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collname = ANY(%s)"
            " AND collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))",
            [list(_BYTE_ORDER)],
        )
        collation = min((name for (name,) in cursor.fetchall()), key=_BYTE_ORDER.index)
        quote = connection.ops.quote_name
        for table, column, type_ in columns:
            cursor.execute(
                f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)}"
                f" TYPE {type_} COLLATE {quote(collation)}"
            )


def after_migrating(*, using: str, **_unused: Any) -> None:
    """Receiver of ``post_migrate``."""
    sort_by_code_point(connections[using])
