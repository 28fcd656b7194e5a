"""Exact numbers as a person types and reads them: never a float, never rounded unseen.

Entry takes arithmetic (``12*3``, ``(4+2)/8``). It is worked out exactly; a result with more decimals than
the field has is refused, as the server would refuse it (docs/api.md, "Values").
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from erp_tui.core.entry.conventions import SPACES, NumberFormat, conventions
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _, ngettext

SCALES = {"integer": 0, "quantity": 6, "money": 4, "unit_price": 6, "rate": 8, "percent": 4}
"""Decimals that a field type holds (DESIGN, "Data")."""

LARGEST_SCALED = 2**63 - 1
"""The server stores a number times ten to its scale in 64 bits."""

LONGEST_ENTRY = 80


class BadValue(ErpError):
    """Typed text that is not a value; its sentence says why and what would be one."""


def parse_decimal(text: str, scale: int, numbers: NumberFormat | None = None) -> Decimal:
    """The exact value of ``text``, which may be arithmetic, with at most ``scale`` decimals.

    It is read as ``numbers`` says, else by the conventions in force.

    Raises ``BadValue`` where it is no number, has more decimals, is too large or divides by zero.
    """
    if len(text) > LONGEST_ENTRY:
        raise BadValue(
            _("This is too long for a number; {count} characters are the most.").format(count=LONGEST_ENTRY)
        )
    value = _Arithmetic(text, numbers or conventions().numbers).value()
    scaled = value * 10**scale
    if scaled.denominator != 1:
        raise BadValue(
            _("{text} has more than {decimals}; enter the rounded number.").format(
                text=text.strip(),
                decimals=ngettext("{count} decimal", "{count} decimals", scale).format(count=scale)
                if scale
                else _("no decimals"),
            )
        )
    if abs(scaled) > LARGEST_SCALED:
        raise BadValue(_("{text} is too large; check the number of digits.").format(text=text.strip()))
    # Exponent arithmetic of Decimal rounds to the context; building it from its digits does not.
    return Decimal((int(scaled < 0), tuple(map(int, str(abs(scaled.numerator)))), -scale))


def decimal_from_server(value: object) -> Decimal:
    """The exact decimal in an answer (a string or an integer). Raises ``ValueError`` where it is none."""
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not an exact decimal") from error


def decimal_for_server(value: Decimal) -> str:
    """``value`` as a write carries it: plain digits, no exponent."""
    return format(value, "f")


def format_decimal(
    value: object, *, decimals: int = 0, numbers: NumberFormat | None = None, grouped: bool = False
) -> str:
    """``value`` to be read: zeros at the end are dropped down to ``decimals``, other digits never.

    Money is shown with its currency's decimals (``decimals=2``): ``12.5000`` is ``12.50``, ``12.5050`` is
    ``12.505``. Raises ``ValueError`` for what is not an exact decimal.
    """
    numbers = numbers or conventions().numbers
    text = decimal_for_server(decimal_from_server(value))
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _point, fraction = digits.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    if grouped:
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", numbers.group, whole)
    if not (whole + fraction).strip("0" + numbers.group):
        sign = ""
    return f"{sign}{whole}{numbers.decimal}{fraction}" if fraction else f"{sign}{whole}"


def format_count(count: int) -> str:
    """A number of things to be read, parted by thousands where the person lives: ``1,234`` or ``1.234``."""
    return format_decimal(count, grouped=True)


class _Arithmetic:
    """A recursive descent over ``+ - * / ( )`` and numbers; every step is an exact fraction."""

    def __init__(self, text: str, numbers: NumberFormat) -> None:
        self._text = text
        self._numbers = numbers
        self._tokens = self._split(text)
        self._at = 0

    def value(self) -> Fraction:
        value = self._sum()
        if self._at < len(self._tokens):
            raise self._bad()
        return value

    def _sum(self) -> Fraction:
        value = self._product()
        while (operator := self._take("+-")) is not None:
            right = self._product()
            value = value + right if operator == "+" else value - right
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while (operator := self._take("*/")) is not None:
            right = self._factor()
            if operator == "*":
                value *= right
            elif right:
                value /= right
            else:
                raise BadValue(
                    _("{text} divides by zero; enter another number.").format(text=self._text.strip())
                )
        return value

    def _factor(self) -> Fraction:
        if (sign := self._take("+-")) is not None:
            return -self._factor() if sign == "-" else self._factor()
        if self._take("(") is not None:
            value = self._sum()
            if self._take(")") is None:
                raise self._bad()
            return value
        if self._at >= len(self._tokens):
            raise self._bad()
        self._at += 1
        return self._number(self._tokens[self._at - 1])

    def _take(self, wanted: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in tuple(wanted):
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def _number(self, token: str) -> Fraction:
        decimal, group = re.escape(self._numbers.decimal), re.escape(self._numbers.group)
        if not re.fullmatch(rf"(?a)(\d+|\d{{1,3}}({group}\d{{3}})+)?({decimal}\d*)?", token) or not re.search(
            r"\d", token
        ):
            raise self._bad()
        return Fraction(
            token.replace(self._numbers.group, "").replace(self._numbers.decimal, ".").rstrip(".")
        )

    def _split(self, text: str) -> list[str]:
        text = text.replace("×", "*").replace("−", "-")
        group = self._numbers.group
        if group in SPACES:
            text = re.sub(rf"(?<=\d)[ {SPACES}](?=\d{{3}}(?!\d))", group, text)
        tokens = re.findall(rf"[0-9.,'{re.escape(group)}]+|[-+*/()]|\S", text)
        if not tokens:
            raise BadValue(_("Enter a number, for example {example}.").format(example="12*3"))
        return tokens

    def _bad(self) -> BadValue:
        return BadValue(
            _(
                "{text} is not a number; enter digits with {mark} before the decimals, or arithmetic such as 12*3."
            ).format(text=self._text.strip(), mark=self._numbers.decimal)
        )
