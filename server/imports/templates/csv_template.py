"""A template as CSV: the heads, a row that says what each column takes, and an example; both marked as notes."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from io import StringIO

from django.utils.translation import gettext as _

from server.core.formula_guard import guard

from .columns import TemplateColumn
from .notes import NOTES, note

CONTENT_TYPE = "text/csv; charset=utf-8"


def write(title: str, columns: Sequence[TemplateColumn]) -> bytes:  # noqa: ARG001 - a text has no title
    """Returns the file, with the mark by which spreadsheets know UTF-8."""
    required, optional = _("required"), _("optional")
    rows = [
        [NOTES, *(column.head for column in columns)],
        [
            note(_("How to fill it in")),
            *(f"{required if column.required else optional}: {column.takes}" for column in columns),
        ],
        [note(_("Example")), *(column.example for column in columns)],
    ]
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([guard(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + buffer.getvalue().encode()
