"""Files of other kinds on their way into a session: read before its transaction begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from server.core.errors import FieldError, Invalid
from server.imports.issues import UnreadableFileError
from server.imports.models import ImportSession
from server.imports.reading.storage import opener
from server.imports.sources.conversion import Table, converted, no_room

NO_SUCH_SHEET = "no_such_sheet"
# What only a text has: a workbook knows no delimiter.
OF_TEXTS = ("encoding", "delimiter", "quote", "newline")


@contextmanager
def table_of(
    open_chunks: Callable[[], Iterable[bytes]], *, filename: str, sheet: str | None = None
) -> Iterator[Table | None]:
    """Gives the rows of a file of another kind, None for a text. Raises `Invalid` with a code of its own, `Throttled`.

    It may take as long as IMPORT_READING_SECONDS, so no transaction should be open.
    """
    try:
        with converted(open_chunks, filename=filename, sheet=sheet) as table:
            yield table
    except UnreadableFileError as error:
        if error.code == NO_SUCH_SHEET:
            raise Invalid.field("dialect.sheet", "not_a_choice", error.message) from error
        raise Invalid([FieldError("file", error.code, error.message)], error.message) from error


@contextmanager
def room_for(filename: str) -> Iterator[None]:
    """Lets a full disk be an answer: raises `Invalid` (`disk_full`) where writing finds no room."""
    try:
        yield
    except OSError as error:
        refused = no_room(error, filename)
        if isinstance(refused, UnreadableFileError):
            raise Invalid([FieldError("file", refused.code, refused.message)], refused.message) from error
        raise


def rows_opener(session: ImportSession) -> Callable[[], Iterator[bytes]]:
    """Returns a function that gives what the rows are read from: the file itself, or what was read out of it.

    Raises `Conflict` where it is not kept any more.
    """
    return opener(session.file if session.table is None else session.table)


def unfitting(session: ImportSession, declared: dict[str, Any]) -> list[FieldError]:
    """Returns an error for each member of the dialect that the file cannot have."""
    if session.source:
        message = _("Only a text has that; this file is a workbook or JSON.")
        return [FieldError(f"dialect.{name}", "read_only", message) for name in OF_TEXTS if name in declared]
    if declared.get("sheet"):
        message = _("The file has no sheets to choose from.")
        return [FieldError("dialect.sheet", "not_a_choice", message)]
    return []
