"""How a text table is written: delimiter, quote character and line ends, told from its first lines.

The measure of a delimiter is that of van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by
detecting row and type patterns" (2019): the rows it gives are of one length, and the cells look like values.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

# In the order in which an otherwise equal choice falls.
DELIMITERS = (",", ";", "\t", "|", "^", "\x1f", "\x01", "¦", "§", "¬", "~", ":", "#", "!", "*")
STRONG_DELIMITERS = frozenset(";\t|^\x1f\x01")
# Marks that stand in ordinary texts too divide only where they do it clearly better than the usual ones.
WEAK_DELIMITERS = frozenset("~:#!*")
WEAKNESS = 0.6
QUOTES = ('"', "'", "~")
JUDGED_LINES = 300
JUDGED_CHARACTERS = 200
ALONE = 1e-3  # the worth of a "table" of one column, below any real one

VALUE = re.compile(
    r"""\s*(?:
        | [-+(]?\s*[$€£¥]?\s*[\d.,'\u00a0 ]*\d\s*[%€]?\)?        # a number, an amount, a percentage
        | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ][\d:.Z+-]*)?      # a date, with or without a time
        | [\w.+-]+@[\w-]+\.[\w.-]+ | https?://\S+                 # an address
        | \w[\w\s.,:'&/()%+\-"]*                                  # words
    )\s*""",
    re.VERBOSE,
)


class Format(NamedTuple):
    """The dialect of a table: `quote` may be empty (nothing is quoted), `newline` is LF, CRLF or CR."""

    delimiter: str
    quote: str
    newline: str


def recognise_format(text: str) -> Format:
    """Returns the format of a table whose first characters are `text`; a comma where nothing divides it."""
    newline = recognise_newline(text)
    lines = list(islice(io.StringIO(text, newline=""), JUDGED_LINES))
    head = "".join(lines)
    best, best_worth = Format(",", '"', newline), -1.0
    for delimiter in DELIMITERS:
        if delimiter != "," and delimiter not in head:
            continue
        quote = recognise_quote(head, delimiter)
        worth = _worth(lines, delimiter, quote) * (WEAKNESS if delimiter in WEAK_DELIMITERS else 1)
        if worth > best_worth + 1e-9:
            best, best_worth = Format(delimiter, quote, newline), worth
    return best


def recognise_newline(text: str) -> str:
    """Returns the commonest line end of the text."""
    pairs = text.count("\r\n")
    counts = {"\r\n": pairs, "\n": text.count("\n") - pairs, "\r": text.count("\r") - pairs}
    best = max(counts, key=lambda newline: counts[newline])
    return best if counts[best] else "\n"


def recognise_quote(text: str, delimiter: str) -> str:
    """Returns the character that most cells begin and end with, a double quote where there is none."""
    edge = re.escape(delimiter)
    best, best_seen = '"', 0
    for quote in QUOTES:
        if quote == delimiter:
            continue
        mark = re.escape(quote)
        opened = len(re.findall(rf"(?:^|{edge}){mark}", text, re.MULTILINE))
        closed = len(re.findall(rf"{mark}(?={edge}|\r|\n|\Z)", text))
        seen = min(opened, closed)
        if seen > best_seen:
            best, best_seen = quote, seen
    return best


def _worth(lines: list[str], delimiter: str, quote: str) -> float:
    rows = [row for row in _rows(lines, delimiter, quote) if row]
    if not rows:
        return 0.0
    lengths = Counter(map(len, rows))
    pattern = sum(count * max(ALONE, length - 1) / length for length, count in lengths.items()) / len(lengths)
    cells = [cell[:JUDGED_CHARACTERS] for row in rows for cell in row]
    known = sum(1 for cell in cells if _is_value(cell) and not _divisible(cell, delimiter))
    return pattern * (known / len(cells) + 1e-6)


def _is_value(cell: str) -> bool:
    # Runs of spaces would be divided among the parts of the pattern in every way there is.
    return VALUE.fullmatch(" ".join(cell.split())) is not None


def _rows(lines: list[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter, quotechar=quote)
    except csv.Error:
        return


def _divisible(cell: str, delimiter: str) -> bool:
    """Says whether a cell still holds another delimiter, as `Apple;1` does when read by commas."""
    return any(mark in cell for mark in STRONG_DELIMITERS if mark != delimiter)
