"""Results of headless commands: a table on a terminal, JSON in a pipe, unless told otherwise."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from erp_tui.cli import plain
from erp_tui.core.i18n import _
from erp_tui.core.safe_text import json_text, one_line
from erp_tui.core.settings import Settings

NUMBERS = frozenset({"integer", "quantity", "money", "unit_price", "rate", "percent"})
GAP = "  "
LEAST_OF_SENTENCES = 24
"""Cells that a column of sentences needs, so that breaking it helps."""


def chosen_format(given: str | None, settings: Settings, stream: TextIO | None = None) -> str:
    """``json`` or ``table``: as given, else as configured, else by whether ``stream`` is a terminal."""
    wanted = given or str(settings.get("output.format"))
    if wanted != "auto":
        return wanted
    return "table" if (stream or sys.stdout).isatty() else "json"


@contextlib.contextmanager
def answer_to(path: str | None, *, quiet: bool = False) -> Iterator[None]:
    """What is printed goes to this file, which is there whole or not at all, and is begun before anything is done.

    Without a file it goes where it went, or with ``quiet`` nowhere. Raises ``OSError`` for a place that cannot be written.
    """
    if path is None:
        with contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext():
            yield
        return
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
            yield
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def print_json(value: Any, settings: Settings) -> None:
    """Print ``value`` as JSON."""
    print(json_text(value, pretty=bool(settings.get("output.pretty_print"))))


def print_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[tuple[str, str]],
    kinds: Mapping[str, str] | None = None,
    *,
    whole_last: bool = False,
) -> None:
    """Print ``rows`` under ``columns`` (name and title); ``kinds`` are field types, numbers stand to the right.

    On a terminal lines are cut at its width with a ``…`` that says so; in a pipe never. With ``whole_last`` the last
    column, of sentences, is broken into lines instead. Where they are to be read aloud (``erp --plain``), a field is
    a line and nothing is drawn.
    """
    if plain.wanted():
        _print_lines(rows, columns)
        return
    kinds = kinds or {}
    cells = [[title for _name, title in columns]]
    cells += [[one_line(shown(row.get(name))) for name, _title in columns] for row in rows]
    widths = [max(_width(line[index]) for line in cells) for index in range(len(columns))]
    right = [kinds.get(name) in NUMBERS for name, _title in columns]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if whole_last and limit is not None:
        cells, widths = _broken(cells, widths, limit)
    for number, line in enumerate(cells):
        print(_cut(GAP.join(map(_padded, line, widths, right)).rstrip(), limit))
        if number == 0:
            print(_cut(GAP.join("-" * width for width in widths), limit))


def _broken(
    cells: Sequence[Sequence[str]], widths: Sequence[int], limit: int
) -> tuple[list[list[str]], list[int]]:
    """The lines with the last cell broken into what is left of the width, where that is enough for sentences."""
    room = limit - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
    if room < LEAST_OF_SENTENCES or widths[-1] <= room:
        return [list(line) for line in cells], list(widths)
    lines: list[list[str]] = []
    for *others, last in cells:
        first, *more = textwrap.wrap(last, room, break_long_words=True) or [""]
        lines.append([*others, first])
        lines += [[*("" for _other in others), piece] for piece in more]
    return lines, [*widths[:-1], room]


def _print_lines(rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> None:
    for number, row in enumerate(rows):
        if number:
            print()
        for name, title in columns:
            print(f"{title}: {one_line(shown(row.get(name)))}")


def print_record(data: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Print one record, a field a line; members that start with an underscore are not the record's own."""
    shown_members = {name: value for name, value in data.items() if not name.startswith("_")}
    width = max((_width(titles.get(name, name)) for name in shown_members), default=0)
    for name, value in shown_members.items():
        title = titles.get(name, name)
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            print(f"{title}:")
            line_columns = [(column, column) for column in value[0] if not str(column).startswith("_")]
            print_table(value, line_columns)
        elif plain.wanted():
            print(f"{title}: {one_line(shown(value))}")
        else:
            print(f"{_padded(title, width)}{GAP}{one_line(shown(value))}")


def shown(value: Any) -> str:
    """``value`` as a person reads it in a cell; exact decimals keep their digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping | list):
        return json_text(value, pretty=False)
    return str(value)


def _width(text: str) -> int:
    """Cells of a terminal: wide letters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, width: int, to_the_right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if to_the_right else text + space


def _cut(line: str, limit: int | None) -> str:
    if limit is None or _width(line) <= limit:
        return line
    while _width(line) > limit - 1:
        line = line[:-1]
    return line + "…"
