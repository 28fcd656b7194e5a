"""Files that hold no table whatever their name says, told by their first bytes. Those that do: `sources.formats`."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from server.imports.issues import UnreadableFileError

# First bytes → what a person calls such a file.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", gettext_noop("a PDF document")),
    (b"\x1f\x8b", gettext_noop("a gzip archive")),
    (b"BZh", gettext_noop("a bzip2 archive")),
    (b"\xfd7zXZ\x00", gettext_noop("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", gettext_noop("a 7-Zip archive")),
    (b"\x28\xb5\x2f\xfd", gettext_noop("a Zstandard archive")),
    (b"Rar!\x1a\x07", gettext_noop("a RAR archive")),
    (b"\x89PNG\r\n\x1a\n", gettext_noop("a PNG picture")),
    (b"\xff\xd8\xff", gettext_noop("a JPEG picture")),
    (b"GIF8", gettext_noop("a GIF picture")),
    (b"SQLite format 3\x00", gettext_noop("an SQLite database")),
    (b"\x7fELF", gettext_noop("a program")),
    (b"PAR1", gettext_noop("a Parquet file")),
    (b"{\\rtf", gettext_noop("a rich text document")),
)
MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", gettext_noop("a web page")),
    (b"<html", gettext_noop("a web page")),
    (b"<?xml", gettext_noop("an XML document")),
    (b"<table", gettext_noop("a web page")),
)


def refuse_other_formats(head: bytes, *, filename: str) -> None:
    """Raises UnreadableFileError (`other_format`) where the first bytes are those of no table."""
    start = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    kind = next((name for signature, name in SIGNATURES if head.startswith(signature)), None) or next(
        (name for signature, name in MARKUP if start.startswith(signature)), None
    )
    if kind is not None:
        raise UnreadableFileError(
            "other_format",
            _("“%(filename)s” is %(kind)s. Save the table as a workbook (.xlsx) or as CSV and send that.")
            % {"filename": filename, "kind": _(kind)},
        )
