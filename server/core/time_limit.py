"""Reading for so long and no longer: a search that would scan a large table gives way to everybody else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

_INSTRUCTIONS = 5_000
"""SQLite looks at the clock after so many steps of its machine: well under a millisecond."""


class TookTooLong(Exception):
    """The time was over before the database had answered."""


class TimedReads(AbstractContextManager["TimedReads"]):
    """Reads one after another, each within a time of its own. For reading alone: what the block writes is undone.

    On PostgreSQL the limit is told once for all reads that have the same: a search asks some thirty tables, and
    four statements around each of them would be most of the work.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using
        self._block: AbstractContextManager[Any] | None = None
        self._told = 0

    def __enter__(self) -> Self:
        connection = connections[self._using]
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            self._begin()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Reads in this block take at most so long together on SQLite, each of them on PostgreSQL.

        Raises `TookTooLong`, after which the next block reads on.
        """
        connection = connections[self._using]
        try:
            if self._block is not None:
                self._tell(seconds)
                yield
            else:
                with _on_sqlite(connection, seconds):
                    yield
        except OperationalError as error:
            if not _is_time(error):
                raise
            if self._block is not None:
                # The transaction takes no further statement: back to where this began.
                self._end()
                self._begin()
            raise TookTooLong from error

    def _begin(self) -> None:
        self._block, self._told = transaction.atomic(using=self._using), 0
        self._block.__enter__()

    def _end(self) -> None:
        """Back to the savepoint, and with it to the limit of before."""
        if self._block is not None:
            block, self._block = self._block, None
            transaction.set_rollback(True, using=self._using)
            block.__exit__(None, None, None)

    def _tell(self, seconds: float) -> None:
        milliseconds = max(1, round(seconds * 1000))
        if milliseconds != self._told:
            with connections[self._using].cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [milliseconds])
            self._told = milliseconds


@contextmanager
def _on_sqlite(connection: object, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    driver = connection.connection  # type: ignore[attr-defined]
    driver.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _is_time(error: OperationalError) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == "57014" or str(error) == "interrupted"
