"""A Code 128 barcode as modules, so that a gun can be tried on the screen itself (ISO/IEC 15417, code set B)."""

from __future__ import annotations

from typing import Final

# fmt: off
_WIDTHS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 "
    "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
    "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 "
    "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 "
    "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 "
    "211232"
)
# fmt: on
PATTERNS: Final = tuple(_WIDTHS.split())
"""Widths of bars and spaces by the value of a symbol character; 103 to 105 start code sets A, B and C."""

START_B: Final = 104
STOP: Final = "2331112"
QUIET: Final = 10
"""Modules of white on either side."""


def values_of(text: str) -> list[int]:
    """The symbol characters of a text: start, data, check character. Raises `ValueError` outside code set B."""
    if not text or any(not 32 <= ord(letter) < 127 for letter in text):
        raise ValueError("Code set B has the printable characters of ASCII only.")
    data = [ord(letter) - 32 for letter in text]
    check = (START_B + sum(place * value for place, value in enumerate(data, start=1))) % 103
    return [START_B, *data, check]


def modules_of(text: str) -> str:
    """The whole symbol, a 1 for a dark module and a 0 for a light one, quiet zones included."""
    widths = "".join(PATTERNS[value] for value in values_of(text)) + STOP
    bars = "".join(("1", "0")[place % 2] * int(width) for place, width in enumerate(widths))
    return "0" * QUIET + bars + "0" * QUIET


def as_cells(text: str) -> str:
    """The symbol as one line of half-cell blocks, two modules a cell; shown dark on light."""
    modules = modules_of(text)
    modules += "0" * (len(modules) % 2)
    cells = {"00": " ", "10": "▌", "01": "▐", "11": "█"}
    return "".join(cells[modules[place : place + 2]] for place in range(0, len(modules), 2))
