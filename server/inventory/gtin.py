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


def forms_of(code: str) -> tuple[str, ...]:
    """The texts that one item number is kept under: a GTIN with and without its leading zeros, else the code.

    GS1 General Specifications, 3.3.2: in AI (01) a GTIN-8, -12 or -13 stands right-aligned in 14 digits.
    """
    if not is_gtin(code):
        return (code,)
    number = code.lstrip("0")
    return tuple(
        dict.fromkeys((code, *(number.zfill(length) for length in LENGTHS if len(number) <= length)))
    )
