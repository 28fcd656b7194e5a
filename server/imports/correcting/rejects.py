"""The refused rows as a file that can be corrected and given back: their own columns, their number, the reason."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from server.core.errors import Invalid
from server.core.exporting.xlsx_file import LONGEST_TEXT, MOST_ROWS, PIECE, discard, put_text
from server.core.formula_guard import guard
from server.imports.issues import ERROR
from server.imports.mapping.columns import REASON, ROW
from server.imports.models import ImportSession
from server.imports.planning.outcomes import stored_blocks
from server.imports.planning.plan import REFUSED, RowPlan
from server.imports.reading.rows import data_rows
from server.imports.reading.tables import base_style, is_named
from server.imports.values.carrying import carried
from server.imports.values.typed import Style

BYTE_ORDER_MARK = "\ufeff"
MARKED = "FFF2CC"
"""The colour behind a failing cell, as RGB."""
MOST_COMMENTS = 10_000
LONGEST_COMMENT = 1_000
WIDEST = 60
CSV, WORKBOOK = Style(), Style(from_text=False)
"""How such a file is read, when it is taken in as one of its own."""


class Reject(NamedTuple):
    """A refused row: its number, its cells, why it is refused, and the reasons of single cells by column."""

    row: int
    cells: list[str]
    reason: str
    by_column: dict[int, str]


def heads(session: ImportSession) -> list[str]:
    """Returns the names above the columns of a file of rejects; empty where the file itself has none."""
    if not is_named(session):
        return []
    return [*(column["name"] for column in session.columns), ROW, REASON]


def rejected(session: ImportSession) -> Iterator[Reject]:
    """Yields the refused rows in the order of the file, with the corrections that were made already."""
    plans = (
        plan for block in stored_blocks(session, status=REFUSED) for plan in block if plan.status == REFUSED
    )
    wanted = next(plans, None)
    for record in data_rows(session):
        if wanted is None:
            return
        if record.row == wanted.row:
            yield Reject(record.row, record.cells, _reason(session, wanted), _by_column(wanted))
            wanted = next(plans, None)


def as_csv(session: ImportSession) -> Iterator[bytes]:
    """Yields the lines of a CSV. Its cells are inert in a spreadsheet and come back equal."""
    yield BYTE_ORDER_MARK.encode()
    if names := heads(session):
        yield _line(map(guard, names))
    width, own = len(session.columns), base_style(session.dialect)
    for reject in rejected(session):
        yield _line(_beside(reject, width, own, CSV))


def as_workbook(session: ImportSession) -> Iterator[bytes]:
    """Yields the pieces of a workbook in which the failing cells are marked and say why.

    Rows lie in temporary files, not in memory. Raises `Invalid` for what no sheet can hold.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Refused rows"))
    marked, bold = PatternFill("solid", fgColor=MARKED), Font(bold=True)
    width, names, commented = len(session.columns), heads(session), 0
    own = base_style(session.dialect)
    try:
        if names:
            sheet.freeze_panes = "A2"
        sheet.column_dimensions[get_column_letter(width + 2)].width = WIDEST
        if names:
            first = [WriteOnlyCell(sheet) for _name in names]
            for cell, name in zip(first, names, strict=True):
                put_text(cell, name)
                cell.font = bold
            sheet.append(first)
        for count, reject in enumerate(rejected(session), 1):
            if count >= MOST_ROWS:
                message = _("A sheet holds at most %(limit)d rows. Ask for the refused rows as CSV.")
                raise Invalid.field("format", "too_large", message % {"limit": MOST_ROWS})
            texts = _beside(reject, width, own, WORKBOOK)
            cells = [WriteOnlyCell(sheet) for _text in texts]
            for column, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                # A longer text than a cell holds is cut in the reason alone, which nobody takes in again.
                put_text(cell, text[:LONGEST_TEXT] if column == width + 1 else text)
                if column in reject.by_column:
                    cell.fill = marked
                    if commented < MOST_COMMENTS:
                        cell.comment = Comment(reject.by_column[column][:LONGEST_COMMENT], "erp")
                        commented += 1
            sheet.append(cells)
        with tempfile.TemporaryFile() as file:
            workbook.save(file)
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece
    finally:
        discard(sheet)


def _beside(reject: Reject, width: int, of: Style, into: Style) -> list[str]:
    """Returns the row as it is written: what a ragged row has too many stands behind the reason."""
    cells = [carried(cell, of, into) for cell in reject.cells]
    own = [*cells[:width], *[""] * (width - len(cells))]
    reason = guard(reject.reason) if into.from_text else reject.reason
    return [*own, str(reject.row), reason, *cells[width:]]


def _reason(session: ImportSession, plan: RowPlan) -> str:
    titles = [column["name"] for column in session.columns]
    reasons = [
        said if issue.column is None else f"{titles[issue.column]}: {said}"
        for issue in plan.issues
        if issue.level == ERROR and (said := f"{issue.message} {issue.remedy}".strip())
    ]
    return _("row %(row)d") % {"row": plan.row} + " – " + " ".join(reasons)


def _by_column(plan: RowPlan) -> dict[int, str]:
    found: dict[int, str] = {}
    for issue in plan.issues:
        if issue.level == ERROR and issue.column is not None:
            said = f"{issue.message} {issue.remedy}".strip()
            found[issue.column] = f"{found[issue.column]}\n{said}" if issue.column in found else said
    return found


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()
