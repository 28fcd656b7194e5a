"""How numbers and days are written where the person lives, from the Unicode CLDR; in force for the whole client.

Plain English (``en``) writes days as ISO 8601, which no two countries read differently; a region (``en-US``)
or another language writes them its own way, always with two digits of day and month and four of the year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

DateOrder = Literal["ymd", "dmy", "mdy"]

PLAIN: Final = "en"
SPACES: Final = "\u00a0\u202f"
"""Spaces that part thousands in print; on a keyboard they are an ordinary one."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How numbers are written: the decimal mark and the mark between thousands."""

    decimal: str = "."
    group: str = ","


@dataclass(frozen=True, slots=True)
class Conventions:
    """Numbers, and the order and mark of days: ``21/11/2026`` is ``dmy`` and ``/``.

    ``typed`` is the order in which digits without a year are read; ISO 8601 is always understood.
    """

    numbers: NumberFormat = NumberFormat()
    date_order: DateOrder = "ymd"
    date_mark: str = "-"
    typed: Literal["dmy", "mdy"] = "dmy"


POINT: Final = NumberFormat()
COMMA: Final = NumberFormat(decimal=",", group=".")
INTERNATIONAL: Final = Conventions()

_in_force = INTERNATIONAL


def conventions() -> Conventions:
    """Those in force."""
    return _in_force


def use_conventions(chosen: Conventions) -> None:
    """Write and read by these from now on."""
    global _in_force
    _in_force = chosen


def conventions_of(tag: str) -> Conventions:
    """The conventions of a language tag (``es``, ``fr-CA``); those of plain English where nobody knows it."""
    if tag == PLAIN:
        return INTERNATIONAL
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return INTERNATIONAL
    symbols = locale.number_symbols["latn"]
    group = symbols["group"]
    numbers = NumberFormat(symbols["decimal"], "\u00a0" if group in SPACES else group)
    return _with_dates(Conventions(numbers), str(locale.date_formats["short"].pattern))


def _with_dates(plain: Conventions, pattern: str) -> Conventions:
    """``plain`` with the order and mark of a pattern such as ``dd/MM/y``."""
    letters = [letter for letter in pattern if letter in "yMd"]
    order = "".join(dict.fromkeys(letters)).lower()
    marks = [letter for letter in pattern if letter in "-./"]
    if order not in {"dmy", "mdy"} or not marks:
        return plain
    chosen: Literal["dmy", "mdy"] = "mdy" if order == "mdy" else "dmy"
    return replace(plain, date_order=chosen, date_mark=marks[0], typed=chosen)


def with_preferences(locale: Conventions, entry: Mapping[str, Any]) -> Conventions:
    """``locale`` with what the person set under ``entry`` in the configuration; empty means by the language."""
    chosen = locale
    mark, order = entry.get("decimal_mark"), entry.get("date_order")
    if mark and mark != locale.numbers.decimal:
        chosen = replace(chosen, numbers=COMMA if mark == "," else POINT)
    if order == "iso":
        chosen = replace(chosen, date_order="ymd", date_mark="-")
    elif order in {"dmy", "mdy"}:
        own_mark = chosen.date_mark if chosen.date_order != "ymd" else "/"
        chosen = replace(chosen, date_order=order, date_mark=own_mark, typed=order)
    return chosen
