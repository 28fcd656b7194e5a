"""Which character encoding a file is written in, told from its first bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from server.imports.issues import UnreadableFileError

SAMPLE_BYTES = 256 * 1024
TELLING_BYTES = 32 * 1024

# UTF-32 first: its little-endian mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# A statistical guess needs letters to judge by; below this a Western file with a few accents is likelier.
LEAST_EVIDENCE = 40
# Guesses that are told apart from cp1252 by script or by letter frequency, not by a lucky byte.
GUESSABLE = frozenset(
    [
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp932",
        "shift_jis",
        "euc_jp",
        "gb18030",
        "gb2312",
        "gbk",
        "big5",
        "euc_kr",
        "cp949",
        "koi8_r",
        "cp866",
        "iso8859_2",
        "iso8859_5",
        "iso8859_7",
        "iso8859_8",
        "iso8859_9",
    ]
)
UNDEFINED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
# Tab, line feed, form feed, carriage return, the old end-of-file mark, and the four ASCII separators.
TEXT_CONTROLS = frozenset(b"\t\n\x0c\r\x1a\x1c\x1d\x1e\x1f\x01")


class Encoding(NamedTuple):
    """A codec name; `sure` is False where it was judged by likelihood, so that a person should look."""

    name: str
    sure: bool
    bom: bytes = b""


def recognise_encoding(sample: bytes, open_chunks: Callable[[], Iterable[bytes]]) -> Encoding:
    """Returns the encoding of a text; `sample` are its first bytes, `open_chunks` gives all of them.

    Order: byte order mark, strict UTF-8 of the whole text, a statistical guess, cp1252 (a superset of
    printable Latin-1). Raises UnreadableFileError where the bytes are no text.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return Encoding(name, sure=True, bom=mark)
    if 0 in sample:
        raise UnreadableFileError(
            "nul_bytes",
            _(
                "The file contains NUL bytes, so it is not plain text. If it is a text in UTF-16, save it again "
                "as “CSV UTF-8” and send that."
            ),
        )
    controls = sum(sample.count(byte) for byte in range(32) if byte not in TEXT_CONTROLS)
    if controls * 100 > len(sample):
        raise UnreadableFileError(
            "binary",
            _("The file is not text: it is full of control bytes. Save the table as CSV and send that."),
        )
    if _is_utf8(open_chunks()):
        return Encoding("utf-8", sure=True)
    return Encoding(legacy_encoding(_telling_lines(open_chunks())), sure=False)


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    """Whether all of it is UTF-8. Raises UnreadableFileError (`cut_off`) where it is up to half a last character."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    beyond_ascii = False
    try:
        for chunk in chunks:
            beyond_ascii = not decoder.decode(chunk).isascii() or beyond_ascii
    except UnicodeDecodeError:
        return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if not beyond_ascii:
            return False
        raise UnreadableFileError(
            "cut_off",
            _("The file ends in the middle of a character: it was cut off on its way. Send it again."),
        ) from error
    return True


def _telling_lines(chunks: Iterable[bytes]) -> bytes:
    """Returns the first lines that hold more than ASCII, as many as a guess needs."""
    lines: list[bytes] = []
    size = 0
    for line in _lines_beyond_ascii(chunks):
        lines.append(line)
        size += len(line) + 1
        if size > TELLING_BYTES:
            break
    return b"\n".join(lines)[:TELLING_BYTES]


def _lines_beyond_ascii(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the lines wherever the chunks end; of a long one the parts."""
    rest = b""
    for chunk in chunks:
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        whole, rest = (rest + chunk[:end], chunk[end + 1 :]) if end >= 0 else (b"", rest + chunk)
        if not whole.isascii():
            yield from (line for line in re.split(rb"[\r\n]", whole) if not line.isascii())
        while len(rest) > TELLING_BYTES:
            part, rest = rest[:TELLING_BYTES], rest[TELLING_BYTES:]
            if not part.isascii():
                yield part
    if not rest.isascii():
        yield rest


def legacy_encoding(text: bytes) -> str:
    """Returns the likeliest 8-bit or multi-byte codec of lines that are not UTF-8."""
    if sum(byte > 127 for byte in text) >= LEAST_EVIDENCE:
        from charset_normalizer import from_bytes  # only what is not UTF-8 needs it

        best = from_bytes(text).best()
        if best is not None and best.encoding in GUESSABLE:
            return best.encoding.replace("_", "-")
    return "latin-1" if UNDEFINED_IN_CP1252.intersection(text) else "cp1252"
