"""JSON lines: a record a line, so that a broken line costs itself alone."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

from server.imports.sources.json_text import DECODER, SPACE, Members, Table, row_of
from server.imports.sources.port import Found, Limits, Mark, Refused, Rows

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN = 120


def encoding_of(path: Path) -> str:
    """Returns the encoding of a JSON text: RFC 8259 knows UTF-8, older ones say theirs by a mark."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")


def read(path: Path, rows: Rows, *, sheet: str | None, limits: Limits) -> Found:
    """Puts a row for every line under the line's number; see `port.Source`."""
    table = Table(limits.columns)
    found = Found(names=None)
    if sheet:
        raise Refused("no_such_sheet", sheet=sheet[:80], sheets=[])
    named = False
    with path.open(encoding=encoding_of(path), newline="\n") as file:
        number = 0
        try:
            while line := file.readline(limits.row + 1):
                number += 1
                if len(line) > limits.row:
                    raise Refused("line_too_long", line=number, limit=limits.row)
                if line.strip(SPACE):
                    cells, marks, is_object = _row(line, table)
                    named = named or is_object
                    rows.put(number, cells, marks)
        except UnicodeError as error:
            raise Refused("undecodable_json", line=number + 1) from error
    found.names = table.names if named else None
    return found


def _row(line: str, table: Table) -> tuple[list[str], list[Mark], bool]:
    try:
        value, end = DECODER.raw_decode(line, len(line) - len(line.lstrip(SPACE)))
    except json.JSONDecodeError as error:
        return [line.strip()[:SHOWN]], [Mark("invalid_json_line", {"column": error.pos + 1})], False
    except RecursionError:
        return [line.strip()[:SHOWN]], [Mark("too_deep", {})], False
    if line[end:].strip(SPACE):
        return [line.strip()[:SHOWN]], [Mark("invalid_json_line", {"column": end + 1})], False
    cells, marks = row_of(value, table)
    return cells, marks, isinstance(value, Members)
