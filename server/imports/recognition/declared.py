"""What a person says about a file, against what recognition found: checked before it is believed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from server.core.errors import FieldError
from server.imports.recognition.skipping import MOST_FOOTER_ROWS

# Codecs of texts; Python knows others, such as rot13 and idna, that no table is written in.
TEXT_CODECS = re.compile(
    r"utf-?(8|16|32)(-?(le|be))?|ascii|latin-?1|iso-?8859-?\d{1,2}|cp\d{3,4}|windows-?\d{4}|koi8-?[rut]|"
    r"mac-?(roman|cyrillic|latin2|greek|turkish|iceland)|shift-?jis|euc-?(jp|kr)|gb(k|2312|18030)|big5(hkscs)?",
)
MOST_TITLE_ROWS = 1_000
MOST_HEADER_ROWS = 10
MOST_SKIPPED_ROWS = 1_000
LONGEST_SHEET = 200
LONGEST_MARK = 20
EMPTY_CHOICES = ("leave", "clear")
EMPTY_HEAD_CHOICES = ("refuse", "above")


def check_declared(data: Any) -> tuple[dict[str, Any], list[FieldError]]:
    """Returns the members of the dialect that are given and acceptable, and an error for each that is not."""
    if not isinstance(data, dict):
        return {}, [FieldError("dialect", "invalid", _("A dialect is an object."))]
    declared, errors = {}, []
    for name, value in data.items():
        check = CHECKS.get(name)
        if check is None:
            message = _("“%(name)s” of a dialect cannot be set.") % {"name": str(name)[:60]}
            errors.append(FieldError(f"dialect.{name}", "read_only", message))
        elif (message := check(value)) is not None:
            errors.append(FieldError(f"dialect.{name}", "not_a_choice", message))
        else:
            declared[name] = value
    if declared.get("delimiter") is not None and declared.get("delimiter") == declared.get("quote"):
        message = _("The delimiter and the quote character must differ.")
        errors.append(FieldError("dialect.quote", "contradiction", message))
    return declared, errors


def _encoding(value: Any) -> str | None:
    plain = str(value).lower().replace("_", "-")
    if isinstance(value, str) and TEXT_CODECS.fullmatch(plain):
        try:
            codecs.lookup(value)
        except LookupError:
            pass  # named like one, but there is none
        else:
            return None
    return _("There is no such encoding. Common ones are utf-8, cp1252, latin-1, utf-16.")


def _delimiter(value: Any) -> str | None:
    if isinstance(value, str) and len(value) == 1 and not value.isalnum() and value not in "\r\n\0\"'":
        return None
    return _("A delimiter is one character that is no letter, digit, quote or line end.")


def _quote(value: Any) -> str | None:
    if (
        isinstance(value, str)
        and len(value) <= 1
        and not value.isalnum()
        and value not in (" ", "\t", "\r", "\n", "\0")
    ):
        return None
    return _("A quote character is one mark, or nothing where cells are never quoted.")


def _newline(value: Any) -> str | None:
    return None if value in ("\n", "\r\n", "\r") else _("A line ends with LF, CRLF or CR.")


def _header_row(value: Any) -> str | None:
    if type(value) is int and 0 <= value <= MOST_TITLE_ROWS:
        return None
    return _("The header row is the number of a row, 0 where there is none.")


def _header_rows(value: Any) -> str | None:
    if type(value) is int and 1 <= value <= MOST_HEADER_ROWS:
        return None
    return _("The names of the columns take 1 to %(most)d rows.") % {"most": MOST_HEADER_ROWS}


def _footer_rows(value: Any) -> str | None:
    if value is None or (type(value) is int and 0 <= value <= MOST_FOOTER_ROWS):
        return None
    return _("This is the number of rows at the end that are no data, 0 to %(most)d.") % {
        "most": MOST_FOOTER_ROWS
    }


def _skip_rows(value: Any) -> str | None:
    if (
        isinstance(value, list)
        and len(value) <= MOST_SKIPPED_ROWS
        and all(type(row) is int and 0 < row < 2**31 for row in value)
    ):
        return None
    return _("Give the numbers of up to %(most)d rows that are to be left out.") % {"most": MOST_SKIPPED_ROWS}


def _sheet(value: Any) -> str | None:
    if isinstance(value, str) and len(value) <= LONGEST_SHEET:
        return None
    return _("A sheet is chosen by its name.")


def _empty(value: Any) -> str | None:
    return None if value in EMPTY_CHOICES else _("An empty cell means “leave” or “clear”.")


def _empty_head(value: Any) -> str | None:
    if value in EMPTY_HEAD_CHOICES:
        return None
    return _("A row that names no document is one of: refuse, above (it goes on with the document above it).")


def _clear_mark(value: Any) -> str | None:
    if isinstance(value, str) and len(value) <= LONGEST_MARK and value == value.strip() and "\0" not in value:
        return None
    return _("The mark for clearing is a short text such as -, or nothing where no text clears.")


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "encoding": _encoding,
    "delimiter": _delimiter,
    "quote": _quote,
    "newline": _newline,
    "header_row": _header_row,
    "header_rows": _header_rows,
    "footer_rows": _footer_rows,
    "skip_rows": _skip_rows,
    "sheet": _sheet,
    "empty": _empty,
    "clear_mark": _clear_mark,
    "empty_head": _empty_head,
}
