"""AIM symbology identifiers: `]C1` before the data says that it came from a GS1-128 symbol.

ISO/IEC 15424, tables 1 and 2; those of GS1 in the GS1 General Specifications, 5.1.3 and 7.8.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

FLAG: Final = "]"
AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")

_CODES: Final = {
    "A": "Code 39", "B": "Telepen", "C": "Code 128", "D": "Code One", "E": "EAN/UPC", "F": "Codabar",
    "G": "Code 93", "H": "Code 11", "I": "Interleaved 2 of 5", "K": "Code 16K", "L": "PDF417",
    "M": "MSI", "N": "Anker", "O": "Codablock", "P": "Plessey", "Q": "QR Code", "R": "Straight 2 of 5",
    "S": "Straight 2 of 5", "T": "Code 49", "U": "MaxiCode", "X": "other", "Z": "no bar code",
    "d": "Data Matrix", "e": "GS1 DataBar", "h": "Han Xin Code", "J": "DotCode", "z": "Aztec Code",
}  # fmt: skip
_EXACT: Final = {
    "C1": "GS1-128", "E0": "EAN-13 or UPC", "E3": "EAN-13 with add-on", "E4": "EAN-8", "I1": "ITF-14",
    "d2": "GS1 DataMatrix", "Q3": "GS1 QR Code", "J1": "GS1 DotCode", "e1": "GS1 Composite",
    "e2": "GS1 Composite",
}  # fmt: skip
_GS1: Final = frozenset({"C1", "d2", "Q3", "J1", "e0", "e1", "e2"})


@dataclass(frozen=True, slots=True)
class Symbology:
    """What the gun says that it read; `aim` is the identifier without its flag, `C1`."""

    aim: str

    @property
    def name(self) -> str:
        """The name of the symbology; the identifier itself for one that is not known."""
        return _EXACT.get(self.aim) or _CODES.get(self.aim[0]) or f"{FLAG}{self.aim}"

    @property
    def carries_gs1(self) -> bool:
        """Whether the data is an element string of application identifiers."""
        return self.aim in _GS1


def split_aim(text: str) -> tuple[Symbology | None, str]:
    """The identifier in front of what was read, or None, and the rest."""
    if AIM.match(text):
        return Symbology(text[1:3]), text[3:]
    return None, text


def may_become_aim(text: str) -> bool:
    """Whether what was read so far, at most three characters, may be or become an identifier."""
    head = text[:3]
    return bool(head) and AIM.match(head.ljust(3, "0") if len(head) != 1 else head + "A0") is not None
