"""Lets the test run empty tables that the database itself keeps append-only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.sqlite3.operations import DatabaseOperations

_flush = DatabaseOperations.execute_sql_flush


def _flush_without_triggers(self: DatabaseOperations, sql_list: Sequence[str]) -> Any:
    """SQLite has no TRUNCATE, and the triggers refuse its DELETE; PostgreSQL's TRUNCATE passes row triggers by."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            return _flush(self, sql_list)
        finally:
            for _name, sql in triggers:
                cursor.execute(sql)


def allow_flush() -> None:
    """Make every flush of the test run take the triggers away and put them back."""
    DatabaseOperations.execute_sql_flush = _flush_without_triggers  # type: ignore[method-assign]
