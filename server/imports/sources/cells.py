"""Values of a spreadsheet as text: exact, without the noise of binary fractions, as a person sees them there."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

# What a sheet shows where a date or a time cannot be: values.py refuses it by name.
NO_DATE = "########"
INTEGER = re.compile(r"-?(?:0|[1-9]\d*)")
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
PADDED = re.compile(r"0{2,}")
QUOTED = re.compile(r'"[^"]*"|\\.')
# A double holds 15 decimal digits for sure; a shorter number than this lay behind it, and the rest is noise.
MEANT_DIGITS = 13
SURE_DIGITS = 15
MOST_ZEROS = 30


def number_text(text: str) -> str:
    """Returns the number without an exponent; 0.30000000000000004 is 0.3, and no digit that was meant is lost.

    Raises ValueError where it is no number.
    """
    if INTEGER.fullmatch(text):
        return text
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    rounded = Decimal(format(number, f".{SURE_DIGITS}g")).normalize()
    if len(rounded.as_tuple().digits) <= MEANT_DIGITS:
        return plain(rounded)
    written = Decimal(text.strip())
    dumped = written in (Decimal(repr(number)), Decimal(format(number, ".17g")))
    return plain(Decimal(repr(number)) if dumped else written)


def plain(number: Decimal) -> str:
    """Returns the number in digits, with an exponent only where it would be mostly zeros."""
    if not number:
        return "0"
    short = number.normalize()
    return format(short, "f") if -MOST_ZEROS <= short.adjusted() <= MOST_ZEROS else str(short)


def shown_number(text: str, shape: str) -> str:
    """Returns a number as its format has a person read it, as far as that changes what it says.

    `00000` keeps the zeros of a code, a percent sign the hundredfold. Raises ValueError where it is no number.
    """
    number = number_text(text)
    if shape in ("General", "@", "0"):
        return number
    section = QUOTED.sub("", shape.split(";", 1)[0])
    if PADDED.fullmatch(section) and number.isdecimal():
        return number.zfill(len(section))
    if "%" in section:
        return f"{plain(Decimal(number) * 100)}%"
    return number


def is_date(shape: str) -> bool:
    """Whether a number with this format is a date, a time or a duration."""
    return shape != "General" and bool(is_date_format(shape) or is_timedelta_format(shape))


def shown_date(number: float, shape: str, epoch: dt.datetime) -> str:
    """Returns a date, a moment, a time of day or a duration (`26:30:00`) in ISO form, by the days since the epoch."""
    try:
        value = from_excel(number, epoch, timedelta=bool(is_timedelta_format(shape)))
    except (OverflowError, ValueError):
        return NO_DATE
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        if seconds < 0:
            return NO_DATE
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.datetime):
        if number < 0:
            return NO_DATE
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def unescaped(text: str) -> str:
    """Returns the text of a cell without the escapes (`_x000D_`) for what XML cannot hold."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
