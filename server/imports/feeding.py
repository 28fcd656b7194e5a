"""A corrected file of rejects, given back to the session that it came from: its rows are known by their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.formula_guard import unguard

from .cells import Cell, lay_over
from .issues import ERROR, UnreadableFileError
from .models import ImportCellFix, ImportFile, ImportSession
from .reading import Record
from .rows import data_rows
from .services import change_session, create_session, reopen, require_open
from .tables import Dialect, is_named

MOST_ROWS = 100_000
MOST_TOLD = 100


@transaction.atomic
def feed_back(
    actor: SecurityContext, session: ImportSession, *, filename: str, pieces: Iterable[bytes]
) -> dict[str, int]:
    """Lays the cells that differ over the rows of those numbers; returns {rows, cells, unchanged}.

    The session is to be validated anew. The file is read like any other and not kept. Raises `Invalid` where a row
    names no data row of the session, or is not whole, `Conflict`, `TooLarge`.
    """
    require_open(session)
    given = _read(actor, session, filename, pieces)
    present = {record.row: record for record in data_rows(session) if record.row in given}
    errors = [
        FieldError(f"rows[{line}]", "not_found", _("Row %(row)d is no data row of the file.") % {"row": row})
        for row, (line, _cells) in given.items()
        if row not in present
    ]
    if errors:
        raise Invalid(errors[:MOST_TOLD])
    changed: list[Cell] = []
    rows = set()
    for row, (_line, cells) in given.items():
        before = present[row]
        broken = before.flaw is not None and before.flaw.level == ERROR
        own = [*before.cells, *[""] * len(cells)][: len(cells)]
        # A row that was not whole goes in once all its cells are given, which they are here.
        different = [
            (row, column, text)
            for column, text in enumerate(cells)
            if text != own[column] or (broken and (cells != own or len(before.cells) != len(cells)))
        ]
        if different:
            rows.add(row)
            changed += different
    if changed:
        lay_over(actor, session, changed)
        reopen(session)
        session.save()
    return {"rows": len(rows), "cells": len(changed), "unchanged": len(given) - len(rows)}


def _read(
    actor: SecurityContext, session: ImportSession, filename: str, pieces: Iterable[bytes]
) -> dict[int, tuple[int, list[str]]]:
    """Returns the cells by the number of the row in the session's file, with the number of the line here."""
    width = len(session.columns)
    header = int(is_named(session))
    probe = create_session(actor, into=session.into, filename=filename, pieces=pieces)
    change_session(actor, probe, {"dialect": {"header_row": header, "footer_rows": 0}})
    try:
        if len(probe.columns) < width + 1:
            raise Invalid.field(
                "file",
                "invalid",
                _(
                    "These are not the refused rows of this file: they have %(own)d columns and then the number of the row."
                )
                % {"own": width},
            )
        found: dict[int, tuple[int, list[str]]] = {}
        bare = unguard if Dialect(**probe.dialect).is_text else str
        errors: list[FieldError] = []
        for record in data_rows(probe):
            row, error = _number(record, width, found)
            if error is not None:
                errors.append(error)
            elif row is not None:
                found[row] = (record.row, [bare(cell) for cell in record.cells[:width]])
            if len(found) > MOST_ROWS:
                raise Invalid.field(
                    "file", "too_large", _("Give at most %(limit)d rows at a time.") % {"limit": MOST_ROWS}
                )
    except UnreadableFileError as error:
        raise Invalid([FieldError("file", error.code, error.message)]) from error
    finally:
        _drop(probe)
    if errors:
        raise Invalid(errors[:MOST_TOLD])
    return found


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


def _drop(probe: ImportSession) -> None:
    """Drops what reading the file has left: nobody will want it once its cells are laid over."""
    files = {key for key in (probe.file_id, getattr(probe, "table_id", None)) if key is not None}
    ImportCellFix.objects.within(probe).filter(session=probe).delete()
    ImportSession.objects.within(probe).filter(pk=probe.pk).delete()
    used = ImportSession.objects.within(probe).filter(file_id__in=files).values_list("file_id", flat=True)
    tables = ImportSession.objects.within(probe).filter(table_id__in=files).values_list("table_id", flat=True)
    ImportFile.objects.within(probe).filter(pk__in=files - {*used, *tables}).delete()
