"""A first look at a local file, before a byte of it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _

PEEK_BYTES = 64 * 1024
PEEK_LINES = 8
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BINARY = (
    (b"PK\x03\x04", "a workbook or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


class UnusableFile(ErpError):
    """A file that cannot be taken in; its sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Peek:
    """The size in bytes and the first lines, without their ends."""

    path: Path
    size: int
    lines: tuple[str, ...]


def peek(path: Path) -> Peek:
    """The beginning of a text file. Raises ``UnusableFile`` where there is none, it is empty, or no text."""
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
    for magic, kind in _BINARY:
        if head.startswith(magic):
            raise UnusableFile(
                _("{path} is {kind}, not a table in text. Save it as CSV and choose that file.").format(
                    path=path, kind=_(kind)
                )
            )
    text = _decoded(head)
    if "\0" in text:
        raise UnusableFile(
            _("{path} holds no text. Save the table as CSV and choose that file.").format(path=path)
        )
    return Peek(path, size, tuple(text.splitlines()[:PEEK_LINES]))


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
    typed = Path(text).expanduser()
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
