"""What lies in the archive of a workbook: whether it is one, and whether it can be unpacked without harm."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from server.imports.sources.port import Limits, Refused

PIECE = 1 << 20
MOST_PARTS = 10_000
# What deflate makes of real sheets is far below; only large parts can do harm.
BOMB_BYTES = 32 << 20
BOMB_RATIO = 400
# A workbook declares no entities. Its parts are UTF-8, some writers' UTF-16.
DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be"))
MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})["']""")
OVERLAP = 256
MOST_MERGED = 200_000

OTHER_PACKAGES = (
    ("xl/workbook.bin", "xlsb"),
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("META-INF/MANIFEST.MF", "jar"),
)


def open_package(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Returns the archive of a workbook. Raises `Refused` for one that is damaged, too large or something else."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Refused("damaged_workbook") from error
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Refused("other_format", kind=_kind(archive, names))
    if len(parts) > MOST_PARTS:
        raise Refused("zip_bomb", parts=len(parts))
    if any(name.startswith("xl/workbook.bin") for name in names):
        raise Refused("other_format", kind="xlsb")
    if sum(part.file_size for part in parts) > limits.unpacked:
        raise Refused("too_large_unpacked", limit=limits.unpacked >> 20)
    for part in parts:
        if part.flag_bits & 1:
            raise Refused("password_protected")
        if part.file_size > BOMB_BYTES and part.file_size > BOMB_RATIO * part.compress_size:
            raise Refused("zip_bomb", size=part.file_size >> 20)
    return archive


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names and archive.getinfo("mimetype").file_size < OVERLAP:
        try:
            text = archive.read("mimetype")
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return "zip"
        return "ods" if b"opendocument.spreadsheet" in text else "odf"
    for beginning, kind in OTHER_PACKAGES:
        if any(name.startswith(beginning) for name in names):
            return kind
    return "zip"


def check_parts(archive: zipfile.ZipFile) -> None:
    """Raises `Refused` where a part that is read before the rows declares entities."""
    for part in archive.infolist():
        name = part.filename
        if name.endswith((".xml", ".rels")) and not name.startswith(("xl/worksheets/", "xl/media/")):
            for _piece in _pieces(archive.open(part)):
                pass


def merged_areas(part: IO[bytes]) -> list[tuple[bytes, bytes]]:
    """Returns the merged areas of a sheet as (first cell, last cell): they stand behind the rows that they are about."""
    found: list[tuple[bytes, bytes]] = []
    for piece in _pieces(part):
        found += [(match[1], match[2]) for match in MERGED.finditer(piece)]
        if len(found) > MOST_MERGED:
            raise Refused("damaged_workbook")
    return list(dict.fromkeys(found))


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yields the bytes of a part, each piece with the end of the one before it; refuses declared entities."""
    before = b""
    with part:
        while piece := part.read(PIECE):
            whole = before + piece
            if any(mark in whole for mark in DOCTYPES):
                raise Refused("declares_entities")
            yield whole
            before = whole[-OVERLAP:]
