"""What a person says about a file, against what recognition found: checked before it is believed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from server.core.errors import FieldError

# Codecs of texts; Python knows others, such as rot13 and idna, that no table is written in.
TEXT_CODECS = re.compile(
    r"utf-?(8|16|32)(-?(le|be))?|ascii|latin-?1|iso-?8859-?\d{1,2}|cp\d{3,4}|windows-?\d{4}|koi8-?[rut]|"
    r"mac-?(roman|cyrillic|latin2|greek|turkish|iceland)|shift-?jis|euc-?(jp|kr)|gb(k|2312|18030)|big5(hkscs)?",
)
MOST_TITLE_ROWS = 1_000


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


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "encoding": _encoding,
    "delimiter": _delimiter,
    "quote": _quote,
    "newline": _newline,
    "header_row": _header_row,
}
