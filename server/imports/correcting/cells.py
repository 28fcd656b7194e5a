"""Corrected values over the cells of a file: one by one, alike over a whole column, or from a file of rejects."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.imports import limits
from server.imports.issues import ERROR
from server.imports.models import ImportCellFix, ImportSession
from server.imports.planning.revising import note_stale
from server.imports.reading.rows import data_rows, fixes_of
from server.imports.services import reopen, require_open

BATCH = 2_000
Cell = tuple[int, int, str]
"""A row, a column, the value."""


@transaction.atomic
def fix_cells(actor: SecurityContext, session: ImportSession, body: Any) -> ImportSession:
    """Lays corrected values over cells of the file; the rows are to be validated anew.

    `body` is `{cells: [{row, column, value}]}`, or `{column, from, to}` for all cells of a column that read alike.
    Raises `Invalid`, `Conflict`.
    """
    require_open(session)
    if isinstance(body, dict) and "cells" not in body:
        return _fix_alike(session, body)
    cells = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(cells, list) or not cells or len(cells) > limits.MOST_FIXES:
        raise Invalid.field(
            "cells", "invalid", _("Give a list of 1 to %(limit)d cells.") % {"limit": limits.MOST_FIXES}
        )
    errors = [
        error
        for index, cell in enumerate(cells)
        if (error := _cell_error(session, cell, f"cells[{index}]")) is not None
    ]
    if errors:
        raise Invalid(errors)
    lay_over(actor, session, ((cell["row"], cell["column"], cell["value"]) for cell in cells))
    reopen(session)
    session.save()
    return session


def lay_over(actor: SecurityContext, session: ImportSession, cells: Iterable[Cell]) -> None:
    """Keeps these values over the cells of the file, and takes note that their rows are to be validated anew."""
    latest = {
        (row, column): ImportCellFix(
            organization_id=actor.organization_id, session=session, row=row, column=column, value=value
        )
        for row, column, value in cells
    }
    ImportCellFix.objects.bulk_create(
        latest.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["organization", "session", "row", "column"],
        update_fields=["value"],
    )
    note_stale(session, rows={row for row, _column in latest})


def fixed_cells(session: ImportSession) -> int:
    """Returns how many cells read otherwise than in the file."""
    return session.replaced_cells + ImportCellFix.objects.within(session).filter(session=session).count()


def _fix_alike(session: ImportSession, body: dict[str, Any]) -> ImportSession:
    """Lets every cell of a column that reads one text read another: kept once, however many cells there are."""
    column: Any = body.get("column")
    old, new = body.get("from"), body.get("to")
    if set(body) != {"column", "from", "to"} or not isinstance(old, str):
        raise Invalid.field("", "invalid", _("Give cells, or a column, a text “from” and a text “to”."))
    if (error := _column_error(session, column, "column") or _value_error(new, "to")) is not None:
        raise Invalid([error])
    rows = [
        record.row
        for record in data_rows(session)
        if (record.flaw is None or record.flaw.level != ERROR) and record.cells[column] == old
    ]
    if not rows:
        raise Invalid.field(
            "from",
            "not_found",
            _("No cell of “%(column)s” reads “%(text)s”.")
            % {"column": session.columns[column]["name"], "text": old[:60]},
        )
    fixed = ImportCellFix.objects.within(session).filter(session=session, column=column)
    fixed.filter(value=old).update(value=new)
    # What was replaced by this text before is replaced by the new one now; what it was replaced by, stays so.
    texts = {old: old, **session.replacements.get(str(column), {})}
    replaced = {text: new if to == old else to for text, to in texts.items()}
    session.replacements = {
        **session.replacements,
        str(column): {text: to for text, to in replaced.items() if text != to},
    }
    session.replaced_cells = _replaced_cells(session)
    note_stale(session, rows=rows)
    reopen(session)
    session.save()
    return session


def _replaced_cells(session: ImportSession) -> int:
    bare = copy(session)
    bare.replacements = {}
    fixes = fixes_of(session)
    replacements = {int(column): texts for column, texts in session.replacements.items() if texts}
    return sum(
        1
        for record in data_rows(bare)
        for column, texts in replacements.items()
        if (record.flaw is None or record.flaw.level != ERROR)
        and record.cells[column] in texts
        and column not in fixes.get(record.row, {})
    )


def _cell_error(session: ImportSession, cell: Any, path: str) -> FieldError | None:
    if not isinstance(cell, dict) or set(cell) != {"row", "column", "value"}:
        return FieldError(path, "invalid", _("A cell has a row, a column and a value."))
    if type(cell["row"]) is not int or not session.dialect["header_row"] < cell["row"] < 2**31:
        return FieldError(f"{path}.row", "invalid", _("This is the number of no data row."))
    return _column_error(session, cell["column"], f"{path}.column") or _value_error(
        cell["value"], f"{path}.value"
    )


def _column_error(session: ImportSession, column: Any, path: str) -> FieldError | None:
    if type(column) is int and 0 <= column < len(session.columns):
        return None
    last = len(session.columns) - 1
    return FieldError(path, "not_a_choice", _("The file has columns 0 to %(last)d.") % {"last": last})


def _value_error(value: Any, path: str) -> FieldError | None:
    if isinstance(value, str) and "\0" not in value:
        return None
    return FieldError(path, "invalid", _("A value is a text."))
