"""What goes to the clipboard of the terminal: plain text, or rows that a spreadsheet takes as they are.

The terminal is asked by OSC 52, which never answers, and many terminals cut or drop what is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erp_tui.core.safe_text import UNSAFE, picture

MOST_BYTES = 56_000
"""xterm and those that follow it take 74,994 characters of base64."""

FORMULA = ("=", "+", "-", "@")


def plain(text: str) -> str:
    """The text without a character that could steer a terminal it is pasted into; line ends stay."""
    return "\n".join(UNSAFE.sub(lambda match: picture(match[0]), line) for line in text.splitlines())


def as_table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as lines with tabs between; no cell breaks its line, and none is a formula."""
    return "\n".join("\t".join(_cell(cell) for cell in row) for row in rows)


def _cell(text: str) -> str:
    one_line = plain(" ".join(text.split()))
    if one_line.startswith(FORMULA) and not _is_number(one_line):
        return "'" + one_line
    return one_line


def _is_number(text: str) -> bool:
    return text[1:].replace(",", "").replace(".", "").replace(" ", "").isdecimal()


def too_long(text: str) -> bool:
    """Whether terminals are known to drop a text of this length."""
    return len(text.encode()) > MOST_BYTES
