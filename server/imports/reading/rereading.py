"""A file read otherwise than before: as a change of its dialect asks, and before the transaction of that change.

To read a large file, or to take another sheet out of a workbook, takes seconds, in which on SQLite nobody else could
write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.imports.issues import UnreadableFileError
from server.imports.mapping.columns import known_names
from server.imports.mapping.targets import ImportTarget
from server.imports.models import ImportSession
from server.imports.reading.converting import rows_opener, table_of
from server.imports.reading.storage import Received, drop_unclaimed, opener, receive
from server.imports.recognition.recognise import NO_SUCH_HEADER, Recognition, recognise

OF_ONE_SHEET = ("header_row", "header_rows", "footer_rows", "skip_rows")


class Reread(NamedTuple):
    """What the file of a session is, as of that `version` of it, with all that is `declared` of it then.

    `rows` are those of another sheet, stored and not yet claimed, and `source` what the session remembers of that;
    None where the rows are the ones at hand.
    """

    version: int
    declared: dict[str, Any]
    found: Recognition
    rows: Received | None = None
    source: dict[str, Any] = {}


@contextmanager
def reread(
    actor: SecurityContext,
    session: ImportSession,
    declared: Mapping[str, Any],
    targets: Mapping[str, ImportTarget],
) -> Iterator[Reread]:
    """Gives what the file is with these members of the dialect beside those that were declared before.

    Rows of another sheet that nobody has claimed when the block ends are dropped. Raises `Invalid`, `Throttled`.
    """
    sheet = declared.get("sheet")
    if not session.source or sheet in (None, session.source["sheet"]):
        everything = {**session.declared, **declared}
        found = recognised(
            rows_opener(session),
            filename=session.filename,
            targets=targets,
            declared=everything,
            source=session.source,
        )
        yield Reread(session.version, everything, found)
        return
    with table_of(opener(session.file), filename=session.filename, sheet=sheet) as table:
        if table is None:
            raise RuntimeError("A file that has sheets is no text.")
        # What was said of the rows of the former sheet says nothing of this one's.
        kept = {name: value for name, value in session.declared.items() if name not in OF_ONE_SHEET}
        everything = {**kept, **declared}
        found = recognised(
            table.pieces,
            filename=session.filename,
            targets=targets,
            declared=everything,
            source=table.source,
        )
        rows = receive(actor, table.pieces())
        try:
            yield Reread(session.version, everything, found, rows, table.source)
        except BaseException:
            # Inside of a transaction it goes with that, which may take no further statement.
            if not transaction.get_connection().in_atomic_block:
                drop_unclaimed(rows.file)
            raise
        drop_unclaimed(rows.file)


def recognised(
    open_chunks: Callable[[], Iterable[bytes]],
    *,
    filename: str,
    targets: Mapping[str, ImportTarget],
    declared: Mapping[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
) -> Recognition:
    """Returns what `recognise` does. Raises `Invalid` for what is no table, or not with what is declared."""
    try:
        return recognise(
            open_chunks,
            filename=filename,
            known_names=known_names(list(targets.values())),
            declared=dict(declared or {}),
            source=source,
        )
    except UnreadableFileError as error:
        if error.code == NO_SUCH_HEADER:
            raise Invalid.field("dialect.header_row", "too_large", error.message) from error
        raise Invalid([FieldError("file", error.code, error.message)], error.message) from error
