"""GS1 element strings: item, lot, use-by date, quantity and weight in one scan.

GS1 General Specifications, 3 (application identifiers) and 7.8 (concatenation: data whose length is not
predefined ends at a separator, ASCII 29, or at the end of the code).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from erp_tui.core.i18n import _, ngettext
from erp_tui.core.scanning.check_digits import has_good_check_digit
from erp_tui.core.scanning.gs1_dates import parse_day, parse_moment
from erp_tui.core.scanning.identifiers import PREDEFINED, Identifier, identifier, length_of_identifier
from erp_tui.core.scanning.problems import ScanProblem

GS: Final = "\x1d"
"""What a gun sends for FNC1 between two elements."""

SSCC, GTIN, CONTENT, LOT, SERIAL, COUNT, CONTAINED = "00", "01", "02", "10", "21", "30", "37"
USE_BY, BEST_BEFORE, SELL_BY, EXPIRY_TIME = "17", "15", "16", "7003"
EXPIRY: Final = (USE_BY, EXPIRY_TIME, BEST_BEFORE, SELL_BY)
"""What says until when goods are good, the strictest first."""

DATES: Final = frozenset({"11", "12", "13", BEST_BEFORE, SELL_BY, USE_BY, "7006"})
KILOGRAMS: Final = {
    "310": Fraction(1),
    "320": Fraction("0.45359237"),
    "356": Fraction("0.0311034768"),
    "357": Fraction("0.028349523125"),
}
"""Net weights by identifier, each unit in kilograms (exact by definition: international pound and ounces)."""

_HUMAN: Final = re.compile(r"\((\d{2,4})\)")


@dataclass(frozen=True, slots=True)
class Element:
    """One identifier and its data."""

    identifier: Identifier
    data: str

    @property
    def code(self) -> str:
        """The identifier's digits."""
        return self.identifier.code

    @property
    def number(self) -> Decimal:
        """The value of a measure or a count, with its decimals; the last part for an amount with a currency."""
        digits = self.data[3:] if self.code[:3] in {"391", "393"} else self.data
        return Decimal(int(digits)).scaleb(-(self.identifier.decimals or 0))

    def day(self, today: date) -> date:
        """The date of a date element; for one with a time, its day. Raises `ScanProblem`."""
        return parse_day(self.data[:6], today, self.code)

    def human(self) -> str:
        """`(10)A-1`."""
        return f"({self.code}){self.data}"


@dataclass(frozen=True, slots=True)
class ElementString:
    """What one code says, in the order in which it says it."""

    elements: tuple[Element, ...]

    def __iter__(self) -> Iterator[Element]:
        return iter(self.elements)

    def get(self, *codes: str) -> str:
        """The data of the first of these identifiers that is there; empty where none is."""
        return next((each.data for code in codes for each in self.elements if each.code == code), "")

    @property
    def gtin(self) -> str:
        """The item number, 14 digits; on a pallet that of what it contains; empty where there is none."""
        return self.get(GTIN, CONTENT)

    @property
    def lot(self) -> str:
        """The batch or lot; empty where there is none."""
        return self.get(LOT)

    @property
    def serial(self) -> str:
        """The serial number; empty where there is none."""
        return self.get(SERIAL)

    @property
    def sscc(self) -> str:
        """The number of the pallet or parcel; empty where there is none."""
        return self.get(SSCC)

    @property
    def unique(self) -> str:
        """What there is only once in the world: a parcel's number, or an item's with its serial number; else empty."""
        if self.sscc:
            return f"({SSCC}){self.sscc}"
        if self.serial and self.gtin:
            return f"({GTIN}){self.gtin}({SERIAL}){self.serial}"
        return self.get("8006", "8004", "8003")

    @property
    def count(self) -> Decimal | None:
        """How many items: a variable count, or what a pallet contains; None where the code does not say."""
        data = self.get(COUNT, CONTAINED)
        return Decimal(int(data)) if data else None

    @property
    def kilograms(self) -> Fraction | None:
        """The net weight in kilograms, exactly; None where the code does not say."""
        for each in self.elements:
            unit = KILOGRAMS.get(each.code[:3]) if len(each.code) == 4 else None
            if unit is not None:
                return Fraction(each.number) * unit
        return None

    def expiry(self, today: date) -> date | None:
        """Until when it is good: use by, else best before, else sell by; None where the code does not say."""
        for code in EXPIRY:
            for each in self.elements:
                if each.code == code:
                    return each.day(today)
        return None

    def human(self) -> str:
        """As it is printed under the bars: `(01)…(10)…`."""
        return "".join(each.human() for each in self.elements)

    def encode(self) -> str:
        """As a gun sends it, with separators where they are needed."""
        pieces: list[str] = []
        for place, each in enumerate(self.elements):
            last = place == len(self.elements) - 1
            pieces.append(each.code + each.data + ("" if last or each.identifier.is_predefined else GS))
        return "".join(pieces)


def parse(text: str, today: date | None = None) -> ElementString:
    """Reads an element string, as sent or in its human form. Raises `ScanProblem` for the first thing wrong."""
    today = today or date.today()
    pairs = _human_pairs(text) if text.startswith("(") else _sent_pairs(text)
    return _checked(pairs, today)


def made_of(pairs: Iterable[tuple[str, str]], today: date | None = None) -> ElementString:
    """The element string of identifiers and their data. Raises `ScanProblem`."""
    return _checked(pairs, today or date.today())


def _checked(pairs: Iterable[tuple[str, str]], today: date) -> ElementString:
    elements: list[Element] = []
    for code, data in pairs:
        known = identifier(code)
        if known is None:
            raise _unknown(code)
        _check(known, data, today)
        same = next((each.data for each in elements if each.code == code), data)
        if same != data:
            raise ScanProblem(
                _("({code}) {title} stands twice in the code, as {one} and as {other}.").format(
                    code=code, title=known.title, one=same, other=data
                ),
                code,
            )
        elements.append(Element(known, data))
    if not elements:
        raise ScanProblem(_("There is nothing in this code."))
    return ElementString(tuple(elements))


def _sent_pairs(text: str) -> Iterator[tuple[str, str]]:
    rest = text.lstrip(GS)
    while rest:
        length = length_of_identifier(rest)
        code, rest = rest[:length], rest[length:]
        if identifier(code) is None:
            raise _unknown(code)
        if code[:2] in PREDEFINED:
            ends = PREDEFINED[code[:2]] - length
            data, rest = rest[:ends], rest[ends:]
            if GS in data:
                data, _gs, more = data.partition(GS)
                rest = more + rest
        else:
            data, _gs, rest = rest.partition(GS)
        yield code, data
        rest = rest.lstrip(GS)


def _human_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Brackets may stand in a lot too: only those around an identifier that there is divide."""
    marks = [match for match in _HUMAN.finditer(text) if identifier(match[1]) is not None]
    if not marks or marks[0].start() != 0:
        raise _unknown(text[1:5].partition(")")[0])
    for place, mark in enumerate(marks):
        end = marks[place + 1].start() if place + 1 < len(marks) else len(text)
        yield mark[1], text[mark.end() : end].strip(f" {GS}")


def _check(known: Identifier, data: str, today: date) -> None:
    named = {"code": known.code, "title": known.title}
    if len(data) < known.least or (known.least == known.most and len(data) != known.most):
        raise ScanProblem(
            ngettext(
                "({code}) {title} needs {count} character, but has {given}: {data}.",
                "({code}) {title} needs {count} characters, but has {given}: {data}.",
                known.least,
            ).format(count=known.least, given=len(data), data=data or "–", **named),
            known.code,
        )
    if len(data) > known.most:
        raise ScanProblem(
            _(
                "({code}) {title} has {given} characters, but at most {count} are allowed: {data}. "
                "A separator may be missing: set the gun to send FNC1 as GS."
            ).format(count=known.most, given=len(data), data=data, **named),
            known.code,
        )
    rest = data
    for part in known.parts:
        piece, rest = rest[: part.most], rest[part.most :]
        wrong = next((character for character in piece if character not in part.alphabet), None)
        if wrong is not None:
            sentence = (
                _("({code}) {title} has digits only, but there is {wrong} in {data}.")
                if part.kind == "N"
                else _("({code}) {title} cannot have {wrong} in it: {data}.")
            )
            raise ScanProblem(sentence.format(wrong=repr(wrong), data=data, **named), known.code)
        if part.checked and piece and not has_good_check_digit(piece):
            raise ScanProblem(
                _("({code}) {title} {data} has a wrong check digit; scan it again.").format(
                    data=data, **named
                ),
                known.code,
            )
    _check_dates(known, data, today)


def _check_dates(known: Identifier, data: str, today: date) -> None:
    if known.code in DATES:
        parse_day(data, today, known.code)
    elif known.code == "7007":
        for start in range(0, len(data), 6):
            parse_day(data[start : start + 6], today, known.code)
    elif known.code in {EXPIRY_TIME, "8008", "7011"}:
        if len(data) % 2:
            raise ScanProblem(
                _("({code}) {title} has half a number at its end: {data}.").format(
                    code=known.code, title=known.title, data=data
                ),
                known.code,
            )
        moment_of(known.code, data, today)


def moment_of(code: str, data: str, today: date) -> datetime:
    """The day and time of an element that has a time. Raises `ScanProblem`."""
    return parse_moment(data.ljust(8, "0"), today, code)


def _unknown(code: str) -> ScanProblem:
    return ScanProblem(
        _("There is no GS1 identifier ({code}). The code is damaged, or a separator is missing.").format(
            code=code
        ),
        code,
    )
