"""Numbers as people write them, read exactly: `32.000,00`, `(32,000.00)`, `$ 1,200`, `1'200.50-`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.utils.translation import gettext as _

from server.imports.issues import WARNING, Flaw

PLAIN = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?")
# Far beyond any number that fits a field; what is longer must not cost the patterns below their time.
LONGEST_NUMBER = 60
SYMBOLS = "$€£¥₹₽₩₺₴฿₫₦₱"
# ISO 4217, the currencies in which goods are commonly priced; `ABC 32` is no amount.
CODES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BGN",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JPY",
        "KES",
        "KRW",
        "KWD",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "PEN",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "UYU",
        "VND",
        "ZAR",
    ]
)
MARK = rf"[{SYMBOLS}]|[A-Z]{{3}}(?![A-Z])|kr\.?|zł|Fr\."
WRITTEN = re.compile(
    rf"""(?P<open>\()?\s*
    (?P<sign>[-+\u2212])?\s*
    (?P<before>{MARK})?\s*
    (?P<sign_after_mark>[-\u2212])?
    (?P<digits>\d[\d.,'\u2019\ \u00a0\u202f\u2009]*|[.,]\d+)
    (?P<exponent>[eE][-+]?\d{{1,3}})?\s*
    (?P<after>{MARK}|%)?\s*
    (?P<sign_last>[-\u2212])?\s*
    (?P<close>\))?""",
    re.VERBOSE,
)
BLANKS = re.compile(r"['\u2019 \u00a0\u202f\u2009]")
# What one separator followed by exactly three digits leaves open: 1,200 and 1.200.
OPEN = re.compile(r"\d{1,3}([.,])\d{3}")


class NumberStyle(NamedTuple):
    """How a column writes numbers: `sure` where a text or a person settled the mark, not custom alone.

    `mixed` says that the column's own texts contradict each other; then only unambiguous ones are read.
    """

    decimal_mark: str = "."
    sure: bool = False
    mixed: bool = False
    currencies: frozenset[str] = frozenset()


class WrittenNumber(NamedTuple):
    """A text taken apart: its digits with separators, its sign, and the mark beside it, if any."""

    digits: str
    negative: bool
    exponent: str
    mark: str


def take_apart(text: str) -> WrittenNumber | None:
    """Returns the parts of a number as written, None where the text is none."""
    text = text.strip()
    match = WRITTEN.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    marks = [mark for mark in (match["before"], match["after"]) if mark]
    if len(marks) > 1 or any(len(mark) == 3 and mark.isupper() and mark not in CODES for mark in marks):
        return None
    signs = [sign for sign in (match["sign"], match["sign_after_mark"], match["sign_last"]) if sign]
    if len(signs) > 1 or (signs and match["open"]):
        return None
    negative = bool(match["open"]) or (bool(signs) and signs[0] != "+")
    return WrittenNumber(
        BLANKS.sub("", match["digits"]), negative, match["exponent"] or "", marks[0] if marks else ""
    )


def decimal_mark_of(digits: str) -> str | None:
    """Returns the decimal mark that the digits prove, None where they leave it open or hold no separator."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        last = max(digits.rfind("."), digits.rfind(","))
        return digits[last] if digits.count(digits[last]) == 1 else None
    if points + commas == 0:
        return None
    mark = "." if points else ","
    if points + commas > 1:
        return "," if mark == "." else "."
    return None if OPEN.fullmatch(digits) else mark


class NumberEvidence:
    """Gathers from the texts of a column, chunk by chunk, how it writes numbers."""

    def __init__(self, *, from_text: bool = True) -> None:
        """`from_text` is False where programs wrote the plain numbers, so that each point is a decimal mark."""
        self._from_text = from_text
        self._proofs: set[str] = set()
        self._currencies: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Takes further texts of the column into account."""
        for text in texts:
            if PLAIN.fullmatch(text) and not (self._from_text and OPEN.fullmatch(text)):
                if "." in text:
                    self._proofs.add(".")
                continue
            parts = take_apart(text)
            if parts is None:
                continue
            if parts.mark and parts.mark != "%":
                self._currencies.add(parts.mark)
            if mark := decimal_mark_of(parts.digits):
                self._proofs.add(mark)

    def style(self, *, custom: str = ".", declared: str | None = None) -> NumberStyle:
        """Returns the style; `custom` is the decimal mark assumed where the texts leave it open."""
        currencies = frozenset(self._currencies)
        if declared:
            return NumberStyle(declared, sure=True, currencies=currencies)
        if len(self._proofs) == 1:
            return NumberStyle(min(self._proofs), sure=True, currencies=currencies)
        return NumberStyle(custom, mixed=len(self._proofs) > 1, currencies=currencies)


def read_number(
    text: str, style: NumberStyle, *, money: bool, percent: bool
) -> tuple[Decimal | None, Flaw | None]:
    """Returns the exact number that the text writes, and an error or a warning, if any.

    `money` allows a currency mark beside the number, `percent` a percent sign.
    """
    parts = take_apart(text)
    if parts is None or (parts.mark == "%" and not percent) or (parts.mark not in ("", "%") and not money):
        return None, Flaw(
            "invalid",
            _("“%(text)s” is not a number.") % {"text": text},
            _("Write digits, with a point or a comma before the decimals."),
        )
    if parts.mark and len(style.currencies) > 1:
        return None, Flaw(
            "invalid",
            _("The column mixes currencies: %(marks)s.") % {"marks": ", ".join(sorted(style.currencies))},
            _("Bring all amounts into one currency."),
        )
    proof, flaw = decimal_mark_of(parts.digits), None
    open_ended = proof is None and OPEN.fullmatch(parts.digits) is not None
    mark = (
        style.decimal_mark if open_ended or (style.sure and not style.mixed) else proof or style.decimal_mark
    )
    digits = _plain_digits(parts.digits, mark)
    if digits is None:
        return None, Flaw(
            "invalid",
            _("“%(text)s” is not a number whose decimals follow “%(mark)s”, as in the rest of the column.")
            % {"text": text, "mark": mark},
            _("Write all numbers of the column in one way, or declare its decimal mark."),
        )
    if open_ended and not style.sure:
        if style.mixed:
            return None, Flaw(
                "ambiguous",
                _("“%(text)s” may have decimals or thousands: the column writes numbers in both ways.")
                % {"text": text},
                _("Declare the decimal mark of the column."),
            )
        if parts.digits.find(",") > 0 or mark == ",":
            read_as = f"{'-' if parts.negative else ''}{digits}"
            flaw = Flaw(
                "ambiguous",
                _("“%(text)s” was read as %(number)s.") % {"text": text, "number": read_as},
                _("If that is wrong, declare the decimal mark of the column."),
                WARNING,
            )
    try:
        number = Decimal(digits + parts.exponent)
    except InvalidOperation:
        return None, Flaw("invalid", _("“%(text)s” is not a number.") % {"text": text})
    return (-number if parts.negative else number), flaw


def _plain_digits(digits: str, mark: str) -> str | None:
    """Returns the digits with a point before the decimals; None where the groups are not of three."""
    group = "," if mark == "." else "."
    whole, found, fraction = digits.partition(mark)
    if mark in fraction or group in fraction:
        return None
    groups = whole.split(group)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(part) != 3 for part in groups[1:])):
        return None
    return f"{''.join(groups) or '0'}.{fraction}" if found and fraction else "".join(groups) or "0"
