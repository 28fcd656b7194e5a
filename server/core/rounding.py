"""Arithmetic with money, in Python, because SQL has no exact product (see `server.core.exact_expressions`).

One rule: half up, the commercial rounding (kaufmännisches Runden, DIN 1333): a tie goes away from zero, so a
credit note rounds to the mirror image of its invoice. Each function computes exactly and rounds once, at
the end. Floats are refused with ``TypeError``. A result too large for its column is refused by the field
that stores it.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow

from server.core.fields import MoneyField

MONEY_DECIMALS = MoneyField.scale

# Products of two 18-digit numbers, and sums of them over any number of rows, fit without loss.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Inexact, Overflow])
_ROUNDING = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


def round_half_up(value: Decimal | int, decimals: int) -> Decimal:
    """The value with exactly that many decimals; a tie goes away from zero. Zero has no sign."""
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-decimals), context=_ROUNDING)
    return rounded if rounded else abs(rounded)


def amount(quantity: Decimal | int, unit_price: Decimal | int) -> Decimal:
    """Money of one line, in the currency of the price: quantity × unit price, rounded to 4 decimals.

    Both are per the same unit of measure.
    """
    return round_half_up(_EXACT.multiply(_decimal(quantity), _decimal(unit_price)), MONEY_DECIMALS)


def convert(money: Decimal | int, rate: Decimal | int) -> Decimal:
    """Money in another currency, rounded to 4 decimals.

    ``rate`` is the price of one unit of the money's own currency in the other one: a document in USD with
    the rate 0.92 to the base currency EUR turns 100 USD into 92 EUR. Raises ``ValueError`` unless positive.
    """
    if _decimal(rate) <= 0:
        raise ValueError(f"A rate of exchange is positive, not {rate}.")
    return round_half_up(_EXACT.multiply(_decimal(money), _decimal(rate)), MONEY_DECIMALS)


def total(amounts: Iterable[Decimal | int], minor_units: int) -> Decimal:
    """What is to be paid: the exact sum, rounded once to the minor units of the currency.

    ``minor_units`` is the number of decimals of the currency in ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.
    """
    result = Decimal(0)
    for each in amounts:
        result = _EXACT.add(result, _decimal(each))
    return round_half_up(result, minor_units)


def _decimal(value: Decimal | int) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"Money is computed with Decimal and int only, not with {value!r}.")
    return Decimal(value)
