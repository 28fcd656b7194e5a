"""Rows of a template that are no data: how to fill it in, and the example. They are told, and never taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from server.imports.issues import WARNING, Flaw

NOTES = "#"
"""Heads the column whose cells, where they begin with the same sign, make a note of their row.

The sign in both places, because people number their rows in a column of this name: `1` is no note.
"""


def note(text: str) -> str:
    """Returns the cell that makes a note of its row."""
    return f"{NOTES} {text}"


def is_note_sheet(name: str) -> bool:
    """Returns whether a sheet explains or serves the one with the rows, as those of a template do."""
    return name.startswith(f"{NOTES} ")


def notes_column(columns: Sequence[Mapping[str, Any]]) -> int | None:
    """Returns the index of the column of notes in a file with these columns (docs/api.md), None where there is none."""
    return next((column["index"] for column in columns if column["name"].strip() == NOTES), None)


def is_note(cells: Sequence[str], column: int | None) -> bool:
    """Whether a row is a note, `column` being that of the notes."""
    return column is not None and column < len(cells) and cells[column].lstrip().startswith(NOTES)


def left_out() -> Flaw:
    """Returns what is said of a note: nothing comes of it."""
    return Flaw(
        "template_note",
        _("This row explains the template; it is not taken in."),
        _("Nothing needs to be done; to take it in, empty its cell under #."),
        WARNING,
    )
