"""The refused rows as a file that can be corrected and taken in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from .formula_guard import guard
from .issues import ERROR
from .mapping import REASON
from .models import ImportSession
from .outcomes import stored_blocks
from .planning import REFUSED
from .rows import data_rows

BYTE_ORDER_MARK = "\ufeff"


def rejects(session: ImportSession) -> Iterator[str]:
    """Yields the lines of a CSV: the header as it was, every refused row with its cells, and the reason last.

    The cells are inert in a spreadsheet and come back equal when the file is taken in.
    """
    yield BYTE_ORDER_MARK
    if session.dialect["header_row"]:
        yield _line([*(column["name"] for column in session.columns), REASON])
    reasons = _reasons(session)
    wanted = next(reasons, None)
    for record in data_rows(session):
        if wanted is None:
            return
        if record.row == wanted[0]:
            yield _line([*record.cells, wanted[1]])
            wanted = next(reasons, None)


def _reasons(session: ImportSession) -> Iterator[tuple[int, str]]:
    titles = [column["name"] for column in session.columns]
    for block in stored_blocks(session, status=REFUSED):
        for plan in block:
            if plan.status == REFUSED:
                reasons = [
                    issue.message if issue.column is None else f"{titles[issue.column]}: {issue.message}"
                    for issue in plan.issues
                    if issue.level == ERROR
                ]
                yield plan.row, _("row %(row)d") % {"row": plan.row} + " – " + " ".join(reasons)


def _line(cells: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(map(guard, cells))
    return out.getvalue()
