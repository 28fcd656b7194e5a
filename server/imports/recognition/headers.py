"""Where the names of the columns stand, if anywhere: on the first row, under a title, on several rows, or not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from server.imports.mapping.columns import plain_name

LONGEST_NAME = 80
JUDGED_ROWS = 60
LOOKED_AT_FOR_HEADER = 30

NUMBER = re.compile(r"[-+(]?\s*[$€£]?\s*\d[\d.,'\u00a0 ]*\s*[%€]?\)?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


class Header(NamedTuple):
    """The rows that name the columns: the last of them, counted from 1 (0 where there is none), and how many."""

    row: int
    rows: int


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
        if _is_title_of(row, rows[index + 1 : index + 2], body[1:]):
            continue
        above = rows[index - 1] if index else []
        names = joined_names([above, row]) if len(above) == width and _groups(above, row) else row
        while body and _goes_on(row, body[0]):
            del body[0]
        return index + 1 if _is_header(names, body, known_names) else 0
    return 0


def _is_title_of(
    row: Sequence[str], following: Sequence[Sequence[str]], body: Sequence[Sequence[str]]
) -> bool:
    """Whether the row with its gaps only groups the names of the next one, which stand out from what is below them."""
    names = following[0] if following else []
    return (
        len(names) == len(row)
        and _filled(row) < _filled(names)
        and not _goes_on(row, names)
        and not any(is_typed(cell.strip()) for cell in names)
        and _votes(names, body) > 0
    )


def _goes_on(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row repeats names of the row above it: cells of a header that are merged downwards."""
    return any(
        cell.strip() and cell == again and not is_typed(cell.strip())
        for cell, again in zip(row, below, strict=True)
    )


def padded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Returns rows that end with their last filled cell, as those of a sheet, brought to the width of the table.

    A row that reaches far beyond the table with a cell or two, as a remark beside it does, is no measure of it.
    """
    dense = [len(row) for row in rows if row and _filled(row) * 10 >= len(row) * 6]
    width = max(dense, default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def with_neighbours(rows: Sequence[Sequence[str]], row: int) -> Header:
    """Returns the header whose one row was found at `row`, together with group titles above it or names below it.

    A row of groups stands directly above and is needed to tell names apart; one of names below fills what the row
    above leaves empty. Any other row above is a title.
    """
    if not row:
        return Header(0, 0)
    names, width = rows[row - 1], len(rows[row - 1])
    below = rows[row] if row < len(rows) else []
    body = [other for other in rows[row + 1 : row + 1 + JUDGED_ROWS] if len(other) == width]
    if len(below) == width and body and _divides(names, below, body):
        return Header(row + 1, 2)
    above = rows[row - 2] if row > 1 else []
    if len(above) == width and _groups(above, names):
        return Header(row, 2)
    return Header(row, 1)


def _divides(names: Sequence[str], below: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether `below` names the parts of groups: under an empty cell of the names, over cells that are numbers."""
    filled = [index for index, cell in enumerate(below) if cell.strip() and cell != names[index]]
    fresh = [index for index in filled if not names[index].strip()]
    if not fresh or len(filled) == len(below) or any(is_typed(below[index].strip()) for index in filled):
        return False
    if _goes_on(names, below):
        return True
    under = [other[index].strip() for index in fresh for other in body if other[index].strip()]
    return bool(under) and sum(map(is_typed, under)) > len(under) * 0.8


def _groups(above: Sequence[str], names: Sequence[str]) -> bool:
    """Whether `above` titles groups of columns whose own names do not tell them apart."""
    filled = [index for index, cell in enumerate(above) if cell.strip()]
    if not filled or len(filled) == len(above) or any(is_typed(above[index].strip()) for index in filled):
        return False
    plain = [plain_name(name) for name in names if name.strip()]
    return (len(filled) > 1 or filled[0] > 0) and len(set(plain)) < len(plain)


def joined_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the name of each column from the rows of a header, a group's title before each of its columns."""
    width = max(map(len, rows), default=0)
    parts: list[list[str]] = [[] for _column in range(width)]
    for row in rows[:-1]:
        group = ""
        for index, part in enumerate(parts):
            group = (row[index].strip() if index < len(row) else "") or group
            part.append(group)
    for index, part in enumerate(parts):
        part.append(rows[-1][index].strip() if rows and index < len(rows[-1]) else "")
    return [" ".join(dict.fromkeys(text for text in part if text)) for part in parts]


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_header(row: Sequence[str], body: Sequence[Sequence[str]], known_names: Collection[str]) -> bool:
    names = [plain_name(cell) for cell in row if cell.strip()]
    if sum(name in known_names for name in names) * 2 >= len(names):
        return True
    if len(set(names)) < len(names) or any(len(cell) > LONGEST_NAME for cell in row):
        return False
    votes = _votes(row, body)
    if votes == 0:
        return not any(is_typed(cell.strip()) for cell in row)
    return votes > 0


def _votes(row: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    votes = 0
    for index, cell in enumerate(row):
        below = [other[index].strip() for other in body if other[index].strip()]
        if cell.strip() and below:
            votes += _vote(cell.strip(), below)
    return votes


def _vote(cell: str, below: Sequence[str]) -> int:
    """Says for one column whether the first cell stands out from those below (+1), is one of them (-1)."""
    typed = sum(map(is_typed, below)) / len(below)
    if typed > 0.8:
        return -1 if is_typed(cell) else 1
    return -1 if cell in below else 0


def is_typed(text: str) -> bool:
    """Whether a text is a number, an amount or a date."""
    return len(text) <= LONGEST_NAME and bool(NUMBER.fullmatch(text) or DATE.fullmatch(text))
