"""What stands behind the last data row: totals and notes, told to a person and never taken for data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from server.imports.recognition.headers import is_typed

TOTAL, NOTE, TITLE, BLANK, DECLARED = "total", "note", "title", "blank", "declared"
# The word for the sum of a column, by itself or with a few words about it.
TOTALS = re.compile(
    r"""\W*(?:(?:grand|sub|net|overall|running)[\s-]*)?
    (?:totals?|sum|sums|summe|gesamt(?:summe|betrag)?|insgesamt|zwischensumme|totale?s?|totaux|somme|suma(?:\s+total)?|
       totaal|totalt|итого|всего|合计|合計|总计)
    (?:\s*[:=.]|\s+(?:general|général|of|rows|amount|in)\b.{0,30}|\s*\([^)]{0,30}\))?\W*""",
    re.VERBOSE | re.IGNORECASE,
)
COUNTED = re.compile(
    r"\(?\d+\s+(?:rows?|records?|items?|lines?|entries)\s*(?:selected|affected)?\.?\)?", re.IGNORECASE
)
# Fewer columns than this, and a row of one cell may well be data; so may one that is a single word.
LEAST_COLUMNS = 3
LOOKED_AT = 30


class TailRow(NamedTuple):
    """One of the last rows that say anything; `apart` says that a blank row stands before it."""

    row: int
    cells: list[str]
    apart: bool


def footer(tail: Sequence[TailRow], width: int) -> list[str]:
    """Returns the reason (`total`, `note`) of each of the last rows that is no data, in their order.

    A note alone is believed only behind a blank row, and so is a total that leaves no cell empty: it may be the last
    record of all. Behind one that is believed others may follow closely.
    """
    reasons: list[str] = []
    believed = 0
    for index in range(len(tail) - 1, -1, -1):
        reason = _reason(tail[index], width)
        if not reason:
            break
        reasons.append(reason)
        if tail[index].apart or (reason == TOTAL and _has_gaps(tail[index], width)):
            believed = len(reasons)
    return reasons[:believed][::-1]


def _has_gaps(tail: TailRow, width: int) -> bool:
    return len(tail.cells) < width or not all(cell.strip() for cell in tail.cells[:width])


def _reason(tail: TailRow, width: int) -> str:
    filled = [cell.strip() for cell in tail.cells if cell.strip()]
    if not filled:
        return ""
    if TOTALS.fullmatch(filled[0]) and all(is_typed(cell) for cell in filled[1:]) and width > 1:
        return TOTAL
    if COUNTED.fullmatch(filled[0]) and len(filled) == 1 and width > 1:
        return TOTAL
    if len(filled) == 1 and width >= LEAST_COLUMNS and " " in filled[0] and not is_typed(filled[0]):
        return NOTE
    return ""
