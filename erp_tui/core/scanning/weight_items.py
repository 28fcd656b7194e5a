"""Item numbers that a scale printed: an EAN-13 of the shop's own range with a weight or a price inside.

GS1 General Specifications, 2.1.12.2 (restricted circulation numbers, prefixes 02 and 20 to 29): what the digits
mean is up to each country and shop, so the patterns are a setting. A pattern is 13 characters, the check digit
as `C`: digits stand for themselves, `I` is a digit of the item, `W` of the weight in kilograms, `P` of the
price, `V` a check digit of weight or price that is passed over, `N` of a number of pieces; decimals follow
after a slash: `21IIIIIWWWWWC/3`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from erp_tui.core.i18n import _
from erp_tui.core.scanning.check_digits import has_good_check_digit, with_check_digit
from erp_tui.core.scanning.problems import ScanProblem

PATTERN: Final = re.compile(r"(?P<digits>(?:02|2\d)[0-9IWPNV]{10}C)(?:/(?P<decimals>[0-4]))?")


@dataclass(frozen=True, slots=True)
class WeightItem:
    """What such a number says: the item's own number, and one of weight (kg), price and pieces."""

    item: str
    kilograms: Decimal | None = None
    price: Decimal | None = None
    pieces: Decimal | None = None


def check_pattern(pattern: str) -> None:
    """Raises `ScanProblem` for a pattern that cannot be used."""
    match = PATTERN.fullmatch(pattern)
    kinds = {letter for letter in match["digits"] if letter in "WPN"} if match else set()
    if match is None or "I" not in match["digits"] or len(kinds) != 1:
        raise ScanProblem(
            _(
                "{pattern} is no pattern of weighed goods: 13 characters from 02 or 20 to 29, I for the item, "
                "W, P or N for weight, price or pieces, C at the end, as in 21IIIIIWWWWWC/3."
            ).format(pattern=pattern)
        )


def read_weight_item(code: str, patterns: Sequence[str]) -> WeightItem | None:
    """What an in-store number says by the first pattern that fits; None where none does.

    The item is the number with zeros in place of what varies, and a new check digit: it is the barcode that
    the product is registered under.
    """
    if len(code) != 13 or not has_good_check_digit(code):
        return None
    for pattern in patterns:
        match = PATTERN.fullmatch(pattern)
        if match is None or not _fits(code, match["digits"]):
            continue
        digits = match["digits"]
        item = with_check_digit(
            "".join(d if p not in "WPNV" else "0" for d, p in zip(code, digits, strict=True))[:12]
        )
        kind = next(letter for letter in "WPN" if letter in digits)
        varies = "".join(d for d, p in zip(code, digits, strict=True) if p == kind)
        value = Decimal(int(varies)).scaleb(-int(match["decimals"] or 0))
        return WeightItem(
            item,
            kilograms=value if kind == "W" else None,
            price=value if kind == "P" else None,
            pieces=value if kind == "N" else None,
        )
    return None


def _fits(code: str, digits: str) -> bool:
    return all(not letter.isdigit() or letter == digit for digit, letter in zip(code, digits, strict=True))
