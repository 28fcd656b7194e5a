"""The parts of a workbook that its rows need: which sheets there are, where they lie, its formats, its first day.

Read by hand and leniently: openpyxl refuses the whole of a workbook for a fill or a view that it does not know.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, fromstring
from zipfile import ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS

from server.imports.sources.port import Refused, Sheet

MOST_SHEETS = 1_000
LONGEST_SHEET_NAME = 200
# A part that is read whole; those with the rows are streamed.
MOST_PART_BYTES = 64 << 20
GENERAL = "General"


@dataclass(slots=True)
class Book:
    """What is known of a workbook before its rows are read; `shapes` is the number format of every style."""

    sheets: list[tuple[Sheet, str]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    strings: str = ""
    from_1904: bool = False


def read_book(archive: ZipFile) -> Book:
    """Returns the book. Raises `Refused`, or what ElementTree raises where a part is damaged."""
    package = _Package(archive)
    workbook = package.related("", "/officeDocument") or "xl/workbook.xml"
    root = package.xml(workbook)
    targets = package.relations(workbook)
    book = Book(strings=package.related(workbook, "/sharedStrings"))
    if styles := package.related(workbook, "/styles"):
        book.shapes = _shapes(package.xml(styles))
    for node in root.iter():
        name = local_name(node.tag)
        if name == "workbookPr":
            book.from_1904 = node.get("date1904", "0") in ("1", "true", "on")
        elif name == "sheet":
            key = next((value for tag, value in node.attrib.items() if local_name(tag) == "id"), "")
            kind, part = targets.get(key, ("", ""))
            if kind.endswith("/worksheet") and part:
                title = node.get("name", "")
                book.sheets.append((Sheet(title, node.get("state", "visible") != "visible"), part))
    if len(book.sheets) > MOST_SHEETS or any(
        len(each.name) > LONGEST_SHEET_NAME for each, _part in book.sheets
    ):
        raise Refused("damaged_workbook")
    return book


def local_name(tag: str) -> str:
    """Returns the name of a tag without its namespace, of which there are two (transitional and strict)."""
    return tag.rpartition("}")[2]


class _Package:
    """Finds parts by their relations, whatever case their names are written in; links to elsewhere are left alone."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._parts = {part.filename.lower(): part for part in archive.infolist()}

    def xml(self, name: str) -> Element:
        """Returns the root of a part. Raises `Refused` where it is missing or too large to be what it says."""
        part = self._parts.get(name.lower())
        if part is None or part.file_size > MOST_PART_BYTES:
            raise Refused("damaged_workbook")
        return fromstring(self._archive.read(part))  # noqa: S314 - `packages.check_parts` has seen it

    def relations(self, owner: str) -> dict[str, tuple[str, str]]:
        """Returns (type, part) by id of what a part refers to within the file."""
        folder, name = posixpath.split(owner)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels.lower() not in self._parts:
            return {}
        found = {}
        for node in self.xml(rels):
            target = node.get("Target", "")
            if node.get("TargetMode") == "External" or not target:
                continue
            path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            part = self._parts.get(posixpath.normpath(path).lower())
            found[node.get("Id", "")] = (node.get("Type", ""), part.filename if part else "")
        return found

    def related(self, owner: str, kind: str) -> str:
        """Returns the first part of this kind that another refers to, nothing where there is none."""
        return next((part for each, part in self.relations(owner).values() if each.endswith(kind)), "")


def _shapes(styles: Element) -> list[str]:
    """Returns the number format of every style of cells."""
    own: dict[int, str] = {}
    shapes: list[str] = []
    for group in styles:
        name = local_name(group.tag)
        if name == "numFmts":
            own = {int(node.get("numFmtId", "0")): node.get("formatCode", GENERAL) for node in group}
        elif name == "cellXfs":
            numbers = [int(node.get("numFmtId", "0")) for node in group]
            shapes = [own.get(number) or BUILTIN_FORMATS.get(number, GENERAL) for number in numbers]
    return shapes
