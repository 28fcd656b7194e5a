"""A corrected file of rejects, given back to the session that it came from: its rows are known by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import Conflict, FieldError, Invalid
from server.imports.correcting.cells import Cell, lay_over
from server.imports.issues import ERROR, UnreadableFileError
from server.imports.mapping.targets import importable, targets_of
from server.imports.models import ImportSession
from server.imports.reading.converting import table_of
from server.imports.reading.records import Record
from server.imports.reading.rereading import recognised
from server.imports.reading.rows import data_rows
from server.imports.reading.tables import base_style, data_records, is_named
from server.imports.services import reopen, require_open
from server.imports.values.carrying import carried, meaning
from server.imports.values.typed import Style

MOST_ROWS = 100_000
MOST_TOLD = 100


class Mended(NamedTuple):
    """What a corrected file says of the session as of that `version`: the cells that differ, of how many `rows`."""

    version: int
    rows: int
    cells: list[Cell]


def read_mended(
    actor: SecurityContext,
    session: ImportSession,
    *,
    filename: str,
    open_chunks: Callable[[], Iterable[bytes]],
) -> Mended:
    """Returns what differs from the rows of those numbers. Nothing is written, and no transaction needs to be open.

    The file is read like any other and not kept. Raises `Invalid` where a row names no data row of the session, or is
    not whole, `Conflict`, `Throttled`.
    """
    require_open(session)
    try:
        given, style = _read(actor, session, filename, open_chunks)
        present = {record.row: record for record in data_rows(session) if record.row in given}
    except UnreadableFileError as error:
        raise Invalid([FieldError("file", error.code, error.message)]) from error
    errors = [
        FieldError(f"rows[{line}]", "not_found", _("Row %(row)d is no data row of the file.") % {"row": row})
        for row, (line, _cells) in given.items()
        if row not in present
    ]
    if errors:
        raise Invalid(errors[:MOST_TOLD])
    own = base_style(session.dialect)
    different: list[Cell] = []
    for row, (_line, cells) in given.items():
        before = present[row]
        stood = [*before.cells, *[""] * len(cells)][: len(cells)]
        differs = [meaning(text, style) != meaning(was, own) for text, was in zip(cells, stood, strict=True)]
        broken = before.flaw is not None and before.flaw.level == ERROR
        # A row that was not whole goes in once all its cells are given, which they are here.
        whole = broken and (any(differs) or len(before.cells) != len(cells))
        different += [
            (row, column, carried(text, style, own))
            for column, text in enumerate(cells)
            if whole or differs[column]
        ]
    return Mended(session.version, len(given), different)


@transaction.atomic
def feed_back(actor: SecurityContext, session: ImportSession, mended: Mended) -> dict[str, int]:
    """Lays the cells that differ over their rows; returns {rows, cells, unchanged}.

    The session is to be validated anew. The caller holds the lock. Raises `Conflict`.
    """
    require_open(session)
    if mended.version != session.version:
        raise Conflict(_("The session was changed while the file was read. Send it once more."))
    rows = len({row for row, _column, _value in mended.cells})
    if mended.cells:
        lay_over(actor, session, mended.cells)
        reopen(session)
        session.save()
    return {"rows": rows, "cells": len(mended.cells), "unchanged": mended.rows - rows}


def _read(
    actor: SecurityContext,
    session: ImportSession,
    filename: str,
    open_chunks: Callable[[], Iterable[bytes]],
) -> tuple[dict[int, tuple[int, list[str]]], Style]:
    """Returns the cells by the number of the row in the session's file, with the number of the line here, and how
    they are written."""
    width = len(session.columns)
    targets = targets_of(actor, importable(session.into, actor))
    with table_of(open_chunks, filename=filename) as table:
        open_rows = open_chunks if table is None else table.pieces
        file = recognised(
            open_rows,
            filename=filename,
            targets=targets,
            declared={"header_row": int(is_named(session)), "footer_rows": 0},
            source=None if table is None else table.source,
        )
        if len(file.columns) < width + 1:
            raise Invalid.field(
                "file",
                "invalid",
                _(
                    "These are not the refused rows of this file: they have %(own)d columns and then the number of the row."
                )
                % {"own": width},
            )
        found: dict[int, tuple[int, list[str]]] = {}
        errors: list[FieldError] = []
        for record in data_records(open_rows(), file.dialect, width=len(file.columns)):
            row, error = _number(record, width, found)
            if error is not None:
                errors.append(error)
            elif row is not None:
                found[row] = (record.row, record.cells[:width])
            if len(found) > MOST_ROWS:
                raise Invalid.field(
                    "file", "too_large", _("Give at most %(limit)d rows at a time.") % {"limit": MOST_ROWS}
                )
    if errors:
        raise Invalid(errors[:MOST_TOLD])
    # What empties a field is a matter of the session that the rows are of.
    mark = base_style(session.dialect).clear_mark
    return found, replace(base_style(file.dialect.as_json()), clear_mark=mark)


def _number(record: Record, width: int, found: dict[int, Any]) -> tuple[int | None, FieldError | None]:
    """Returns which row of the session a row is, or what is wrong with it."""
    path = f"rows[{record.row}]"
    text = record.cells[width].strip() if width < len(record.cells) else ""
    if not text.isdecimal() or len(text) > 9:
        message = _("The column behind the file's own holds the number of the row; here it is “%(text)s”.")
        return None, FieldError(path, "invalid", message % {"text": text[:40]})
    if any(cell.strip() for cell in record.cells[width + 2 :]):
        message = _("Something stands behind the reason; move it into its column.")
        return None, FieldError(path, "ragged", message)
    if int(text) in found:
        message = _("Row %(row)s stands here twice.") % {"row": text}
        return None, FieldError(path, "duplicate", message)
    return int(text), None
