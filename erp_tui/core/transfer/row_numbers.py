"""Numbers of rows as a person writes them: `3, 7-9`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_LISTED = re.compile(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?")
MOST_SKIPPED: Final = 1_000
"""Rows that the server takes."""


def rows_named(text: str) -> list[int] | None:
    """`3, 7-9` as numbers; None for what names no rows, or far too many."""
    rows: set[int] = set()
    for part in filter(str.strip, text.split(",")):
        match = _LISTED.fullmatch(part)
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1 or last < first or last - first + len(rows) >= MOST_SKIPPED:
            return None
        rows.update(range(first, last + 1))
    return sorted(rows)


def named_rows(rows: Sequence[int]) -> str:
    """Numbers of rows as a person writes them, the inverse of ``rows_named``."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
