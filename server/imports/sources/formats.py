"""Which format a file has, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs
import json
import re

TEXT, FRAMED, XLSX, XLS, JSON, JSON_LINES = "delimited", "framed", "xlsx", "xls", "json", "jsonl"
CONVERTED = (XLSX, XLS, JSON, JSON_LINES)
"""Formats that a child process reads; the others are texts whose rows are lines."""

ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# `[id],[name]` above a CSV begins with a bracket too.
ARRAY = re.compile(r'\[\s*(?:[\[{\]]|"(?:[^"\\]|\\.)*"\s*[,\]]\s*(?!\[)|-?\d)')
OBJECT = re.compile(r'\{\s*(?:"(?:[^"\\]|\\.)*"\s*(?::|\Z)|\}|\Z)')
LOOKED_AT = 64 * 1024


def format_of(head: bytes) -> str:
    """Returns the format of a file that begins with `head`; `delimited` for every text that is nothing else."""
    if head.startswith(ZIPS):
        return XLSX
    if head.startswith(OLE):
        return XLS
    text = _text(head[:LOOKED_AT]).lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "["):
        return _json_format(text)
    return TEXT


def _text(head: bytes) -> str:
    """Returns the beginning as text, as far as JSON goes: in UTF-8 or with a mark."""
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return head.decode(codec, "replace")
    return head.decode("utf-8", "replace")


def _json_format(text: str) -> str:
    if not (OBJECT if text[0] == "{" else ARRAY).match(text):
        return TEXT
    first, _, rest = text.partition("\n")
    try:
        value = json.loads(first)
    except (json.JSONDecodeError, RecursionError):
        return JSON
    if text[0] == "[" and (not rest.strip() or not isinstance(value, list)):
        return JSON
    if text[0] == "{" and not rest.strip():
        # One object alone: one record, unless an array lies in it.
        return JSON
    return JSON_LINES
