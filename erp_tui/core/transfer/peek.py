"""A first look at a local file, before a byte of it is sent."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.i18n import gettext_noop as marked
from erp_tui.core.transfer.typed_path import typed_path

PEEK_BYTES = 64 * 1024
PEEK_LINES = 8
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PACKAGE, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHEETS = "xl/workbook.xml"
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*?\bname=\"([^\"]*)\"")
_BINARY = (
    (b"%PDF", marked("a PDF")),
    (b"\x1f\x8b", marked("a compressed file")),
    (b"\x89PNG", marked("a picture")),
    (b"\xff\xd8\xff", marked("a picture")),
)


class UnusableFile(ErpError):
    """A file that cannot be taken in; its sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Peek:
    """The size in bytes and the first lines, without their ends; of a workbook ``sheets`` by their names instead.

    ``workbook`` is true where the file is one: its rows are read on the server alone.
    """

    path: Path
    size: int
    lines: tuple[str, ...] = ()
    workbook: bool = False
    sheets: tuple[str, ...] = ()


def peek(path: Path) -> Peek:
    """The beginning of a file. Raises ``UnusableFile`` where there is none, it is empty, or holds no table."""
    try:
        if path.is_dir():
            raise UnusableFile(_("{path} is a folder. Name a file in it.").format(path=path))
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(PEEK_BYTES)
    except FileNotFoundError as error:
        raise UnusableFile(
            _("There is no file {path}. Correct the name, or press F4 to choose one.").format(path=path)
        ) from error
    except OSError as error:
        raise UnusableFile(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    if not head.strip():
        raise UnusableFile(_("{path} is empty. Choose a file that holds a table.").format(path=path))
    if head.startswith(_PACKAGE):
        return Peek(path, size, workbook=True, sheets=_sheets(path))
    if head.startswith(_OLD_OFFICE):
        # An old workbook; what else it may be, a document or one behind a password, the server tells.
        return Peek(path, size, workbook=True)
    for magic, kind in _BINARY:
        if head.startswith(magic):
            raise UnusableFile(
                _("{path} is {kind}, not a table. Save it as CSV or XLSX and choose that file.").format(
                    path=path, kind=_(kind)
                )
            )
    text = _decoded(head)
    if "\0" in text:
        raise UnusableFile(
            _("{path} holds no text. Save the table as CSV or XLSX and choose that file.").format(path=path)
        )
    return Peek(path, size, tuple(text.splitlines()[:PEEK_LINES]))


def _sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets: only the small part that lists them is unpacked, and of it no more than a look."""
    try:
        with zipfile.ZipFile(path) as package, package.open(_SHEETS) as part:
            listed = part.read(PEEK_BYTES).decode("utf-8", errors="replace")
    except KeyError as error:
        raise UnusableFile(
            _("{path} is an archive, no workbook. Unpack it and choose the table in it.").format(path=path)
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnusableFile(
            _("{path} is damaged: it begins as a workbook and cannot be opened. Save it anew.").format(
                path=path
            )
        ) from error
    except OSError as error:
        raise UnusableFile(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    return tuple(unescape(name) for name in _SHEET.findall(listed))


def _decoded(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head.decode(encoding, errors="replace")
    try:
        # The last character may be cut in two.
        return head.decode("utf-8") if len(head) < PEEK_BYTES else head[:-4].decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace")


def paths_like(text: str, *, limit: int = 50) -> list[str]:
    """What a half-typed path may become: entries of its folder, folders with a slash at the end."""
    typed = typed_path(text)
    folder, start = (typed, "") if text.endswith("/") or not text else (typed.parent, typed.name)
    shown = text if text.endswith("/") or not text else text[: len(text) - len(start)]
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError:
        return []
    found = []
    for entry in entries:
        if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith(".")):
            found.append(f"{shown}{entry.name}{'/' if entry.is_dir() else ''}")
            if len(found) == limit:
                break
    return found
