"""Global Trade Item Numbers: what EAN and UPC barcodes carry (GS1 General Specifications, 7.9)."""

LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """The check digit for all digits before it: weights 3 and 1 from the right, up to a multiple of ten."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def is_gtin(code: str) -> bool:
    """Whether this is a GTIN-8, -12, -13 or -14 with the right check digit."""
    return (
        len(code) in LENGTHS and code.isascii() and code.isdigit() and int(code[-1]) == check_digit(code[:-1])
    )
