"""Where the names of the columns stand, if anywhere: on the first row, under a title, or not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from server.imports.mapping import plain_name

LONGEST_NAME = 80
JUDGED_ROWS = 60
LOOKED_AT_FOR_HEADER = 30

NUMBER = re.compile(r"[-+(]?\s*[$€£]?\s*\d[\d.,'\u00a0 ]*\s*[%€]?\)?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


def table_width(rows: Sequence[Sequence[str]]) -> int:
    """Returns the commonest number of cells in a row, the wider one of two that are equally common."""
    widths = Counter(len(row) for row in rows if row)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def find_header(rows: Sequence[Sequence[str]], *, known_names: Collection[str] = ()) -> int:
    """Returns the number of the row that names the columns, counted from 1, or 0 where none does.

    `rows` are the first records of the file, blank ones included. `known_names` are names and synonyms of
    the fields that the table could be taken into, as `plain_name` writes them; a row of them is a header.
    """
    width = table_width(rows)
    for index, row in enumerate(rows[:LOOKED_AT_FOR_HEADER]):
        if len(row) != width or _filled(row) < max(1, round(width * 0.6)):
            continue
        body = [other for other in rows[index + 1 : index + 1 + JUDGED_ROWS] if len(other) == width]
        return index + 1 if _is_header(row, body, known_names) else 0
    return 0


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_header(row: Sequence[str], body: Sequence[Sequence[str]], known_names: Collection[str]) -> bool:
    names = [plain_name(cell) for cell in row if cell.strip()]
    if sum(name in known_names for name in names) * 2 >= len(names):
        return True
    if len(set(names)) < len(names) or any(len(cell) > LONGEST_NAME for cell in row):
        return False
    votes = 0
    for index, cell in enumerate(row):
        below = [other[index].strip() for other in body if other[index].strip()]
        if cell.strip() and below:
            votes += _vote(cell.strip(), below)
    if votes == 0:
        return not any(_is_typed(cell.strip()) for cell in row)
    return votes > 0


def _vote(cell: str, below: Sequence[str]) -> int:
    """Says for one column whether the first cell stands out from those below (+1), is one of them (-1)."""
    typed = sum(map(_is_typed, below)) / len(below)
    if typed > 0.8:
        return -1 if _is_typed(cell) else 1
    return -1 if cell in below else 0


def _is_typed(text: str) -> bool:
    return len(text) <= LONGEST_NAME and bool(NUMBER.fullmatch(text) or DATE.fullmatch(text))
