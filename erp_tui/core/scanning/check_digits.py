"""The check digit of GS1's numbers (GS1 General Specifications 7.9.1)."""

from __future__ import annotations

from typing import Final

GTIN_LENGTHS: Final = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """The check digit for all digits before it: weights 3 and 1 from the right, up to a multiple of ten."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def has_good_check_digit(number: str) -> bool:
    """Whether these are digits and the last one is the check digit of the others."""
    return is_digits(number) and len(number) > 1 and int(number[-1]) == check_digit(number[:-1])


def with_check_digit(digits: str) -> str:
    """The digits with their check digit behind them."""
    return f"{digits}{check_digit(digits)}"


def is_gtin(code: str) -> bool:
    """Whether this is a GTIN-8, -12, -13 or -14 with the right check digit."""
    return len(code) in GTIN_LENGTHS and has_good_check_digit(code)


def is_digits(text: str) -> bool:
    """Whether these are the digits 0 to 9 alone; other scripts' digits are none."""
    return text.isascii() and text.isdigit()
