"""The rows of a sheet from its XML, one at a time: openpyxl's reader fills gaps and forgets which cells are formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from server.imports.sources.book import local_name
from server.imports.sources.port import Refused

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_NAMES = 1_000


class Cell(NamedTuple):
    """A cell as the file has it: `value` is its text, None where there is none; `style` an index of formats."""

    column: int
    kind: str
    style: int
    value: str | None
    formula: bool


def shared_strings(part: IO[bytes]) -> list[str]:
    """Returns the texts that cells refer to by number, without the reading aids of Japanese."""
    texts = []
    with part:
        parents: list[Element] = []
        for event, node in _events(part):
            if event == "start":
                parents.append(node)
                continue
            parents.pop()
            if _name(node) == "si":
                texts.append(_text(node))
                parents[-1].remove(node)
    return texts


def sheet_rows(part: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Yields (number, cells) of every row that the sheet lists, numbers rising.

    Raises `Refused` where rows or cells stand in no order or outside of a sheet.
    """
    number = 0
    data: Element | None = None
    with part:
        for event, node in _events(part):
            name = _names[node.tag]
            if event == "start":
                data = node if name == "sheetData" else data
                continue
            if name == "sheetData":
                data = None
            elif name == "row" and data is not None:
                given = node.get("r")
                following = int(given) if given else number + 1
                if not number < following <= MOST_ROWS:
                    raise Refused("damaged_workbook")
                number = following
                yield number, _cells(node)
                data.clear()


def _events(part: IO[bytes]) -> Iterator[tuple[str, Element]]:
    """Yields what begins and ends. `packages` has refused every part that declares entities, and expat fetches none."""
    return iterparse(part, ("start", "end"))  # noqa: S314


def _cells(row: Element) -> list[Cell]:
    cells = []
    column = 0
    for node in row:
        if _names[node.tag] != "c":
            continue
        reference = node.get("r")
        following = column_of(reference.encode()) if reference else column + 1
        if not column < following <= MOST_COLUMNS:
            raise Refused("damaged_workbook")
        column = following
        kind, value, formula = node.get("t", "n"), None, False
        for child in node:
            name = _names[child.tag]
            if name == "v":
                value = child.text
            elif name == "f":
                formula = True
            elif name == "is":
                value = _text(child)
        if value is not None or formula:
            cells.append(Cell(column, kind, int(node.get("s", "0")), value, formula))
    return cells


def column_of(reference: bytes) -> int:
    """Returns the number of the column of `AB12`, from 1."""
    number = 0
    for byte in reference:
        if not 65 <= byte <= 90:
            break
        number = number * 26 + byte - 64
    return number


def _text(node: Element) -> str:
    """Returns the text of a string: of its runs, but not of the phonetic ones."""
    parts = []
    for child in node:
        name = _name(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [part.text or "" for part in child if _name(part) == "t"]
    return "".join(parts)


class _Names(dict[str, str]):
    """The names of tags without their namespaces, of which there are two: a file knows but a few dozen."""

    def __missing__(self, tag: str) -> str:
        name = local_name(tag)
        if len(self) < MOST_NAMES:
            self[tag] = name
        return name


_names = _Names()


def _name(node: Element) -> str:
    return _names[node.tag]
