"""The application identifiers of GS1 as a table: what each is called and what may stand behind it.

GS1 General Specifications, section 3.2 (figure 3.2-1, titles and formats) and 7.8.5 (figure 7.8.5-2, the
identifiers whose length is predefined, so that no separator follows them). The formats are in GS1's own
notation: `N6` six digits, `N..8` up to eight, `X..20` up to twenty characters of set 82, `Y` of set 39;
`c` behind a part means that its last digit is a check digit, `[…]` that the part may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

SET_82: Final = frozenset(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
SET_39: Final = frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS: Final = frozenset("0123456789")

# fmt: off
_ROWS: Final = (
    ("00", "SSCC", "N18c"), ("01", "GTIN", "N14c"), ("02", "CONTENT", "N14c"), ("03", "MTO GTIN", "N14c"),
    ("10", "BATCH/LOT", "X..20"), ("11", "PROD DATE", "N6"), ("12", "DUE DATE", "N6"),
    ("13", "PACK DATE", "N6"), ("15", "BEST BEFORE", "N6"), ("16", "SELL BY", "N6"),
    ("17", "USE BY", "N6"), ("20", "VARIANT", "N2"), ("21", "SERIAL", "X..20"), ("22", "CPV", "X..20"),
    ("235", "TPX", "X..28"), ("240", "ADDITIONAL ID", "X..30"), ("241", "CUST. PART No.", "X..30"),
    ("242", "MTO VARIANT", "N..6"), ("243", "PCN", "X..20"), ("250", "SECONDARY SERIAL", "X..30"),
    ("251", "REF. TO SOURCE", "X..30"), ("253", "GDTI", "N13c [X..17]"),
    ("254", "GLN EXTENSION", "X..20"), ("255", "GCN", "N13c [N..12]"), ("30", "VAR. COUNT", "N..8"),
    ("310n", "NET WEIGHT (kg)", "N6"), ("311n", "LENGTH (m)", "N6"), ("312n", "WIDTH (m)", "N6"),
    ("313n", "HEIGHT (m)", "N6"), ("314n", "AREA (m²)", "N6"), ("315n", "NET VOLUME (l)", "N6"),
    ("316n", "NET VOLUME (m³)", "N6"), ("320n", "NET WEIGHT (lb)", "N6"), ("321n", "LENGTH (in)", "N6"),
    ("322n", "LENGTH (ft)", "N6"), ("323n", "LENGTH (yd)", "N6"), ("324n", "WIDTH (in)", "N6"),
    ("325n", "WIDTH (ft)", "N6"), ("326n", "WIDTH (yd)", "N6"), ("327n", "HEIGHT (in)", "N6"),
    ("328n", "HEIGHT (ft)", "N6"), ("329n", "HEIGHT (yd)", "N6"), ("330n", "GROSS WEIGHT (kg)", "N6"),
    ("331n", "LENGTH (m), log", "N6"), ("332n", "WIDTH (m), log", "N6"), ("333n", "HEIGHT (m), log", "N6"),
    ("334n", "AREA (m²), log", "N6"), ("335n", "VOLUME (l), log", "N6"), ("336n", "VOLUME (m³), log", "N6"),
    ("337n", "KG PER m²", "N6"), ("340n", "GROSS WEIGHT (lb)", "N6"), ("341n", "LENGTH (in), log", "N6"),
    ("342n", "LENGTH (ft), log", "N6"), ("343n", "LENGTH (yd), log", "N6"), ("344n", "WIDTH (in), log", "N6"),
    ("345n", "WIDTH (ft), log", "N6"), ("346n", "WIDTH (yd), log", "N6"), ("347n", "HEIGHT (in), log", "N6"),
    ("348n", "HEIGHT (ft), log", "N6"), ("349n", "HEIGHT (yd), log", "N6"), ("350n", "AREA (in²)", "N6"),
    ("351n", "AREA (ft²)", "N6"), ("352n", "AREA (yd²)", "N6"), ("353n", "AREA (in²), log", "N6"),
    ("354n", "AREA (ft²), log", "N6"), ("355n", "AREA (yd²), log", "N6"), ("356n", "NET WEIGHT (troy oz)", "N6"),
    ("357n", "NET WEIGHT (oz)", "N6"), ("360n", "NET VOLUME (qt)", "N6"), ("361n", "NET VOLUME (gal)", "N6"),
    ("362n", "VOLUME (qt), log", "N6"), ("363n", "VOLUME (gal), log", "N6"), ("364n", "VOLUME (in³)", "N6"),
    ("365n", "VOLUME (ft³)", "N6"), ("366n", "VOLUME (yd³)", "N6"), ("367n", "VOLUME (in³), log", "N6"),
    ("368n", "VOLUME (ft³), log", "N6"), ("369n", "VOLUME (yd³), log", "N6"), ("37", "COUNT", "N..8"),
    ("390n", "AMOUNT", "N..15"), ("391n", "AMOUNT (currency)", "N3 N..15"), ("392n", "PRICE", "N..15"),
    ("393n", "PRICE (currency)", "N3 N..15"), ("394n", "PRCNT OFF", "N4"), ("395n", "PRICE/UoM", "N6"),
    ("400", "ORDER NUMBER", "X..30"), ("401", "GINC", "X..30"), ("402", "GSIN", "N17c"),
    ("403", "ROUTE", "X..30"), ("410", "SHIP TO LOC", "N13c"), ("411", "BILL TO", "N13c"),
    ("412", "PURCHASE FROM", "N13c"), ("413", "SHIP FOR LOC", "N13c"), ("414", "LOC No.", "N13c"),
    ("415", "PAY TO", "N13c"), ("416", "PROD/SERV LOC", "N13c"), ("417", "PARTY", "N13c"),
    ("420", "SHIP TO POST", "X..20"), ("421", "SHIP TO POST (country)", "N3 X..9"), ("422", "ORIGIN", "N3"),
    ("423", "COUNTRY - INITIAL PROCESS", "N3 N..12"), ("424", "COUNTRY - PROCESS", "N3"),
    ("425", "COUNTRY - DISASSEMBLY", "N3 N..12"), ("426", "COUNTRY - FULL PROCESS", "N3"),
    ("427", "ORIGIN SUBDIVISION", "X..3"), ("7001", "NSN", "N13"), ("7002", "MEAT CUT", "X..30"),
    ("7003", "EXPIRY TIME", "N10"), ("7004", "ACTIVE POTENCY", "N..4"), ("7005", "CATCH AREA", "X..12"),
    ("7006", "FIRST FREEZE DATE", "N6"), ("7007", "HARVEST DATE", "N6 [N6]"), ("7008", "AQUATIC SPECIES", "X..3"),
    ("7009", "FISHING GEAR TYPE", "X..10"), ("7010", "PROD METHOD", "X..2"), ("7011", "TEST BY DATE", "N6 [N4]"),
    ("7020", "REFURB LOT", "X..20"), ("7021", "FUNC STAT", "X..20"), ("7022", "REV STAT", "X..20"),
    ("7023", "GIAI - ASSEMBLY", "X..30"), ("703n", "PROCESSOR", "N3 X..27"),
    ("710", "NHRN PZN", "X..20"), ("711", "NHRN CIP", "X..20"), ("712", "NHRN CN", "X..20"),
    ("713", "NHRN DRN", "X..20"), ("714", "NHRN AIM", "X..20"), ("715", "NHRN NDC", "X..20"),
    ("8001", "DIMENSIONS", "N14"), ("8002", "CMT No.", "X..20"), ("8003", "GRAI", "N14c [X..16]"),
    ("8004", "GIAI", "X..30"), ("8005", "PRICE PER UNIT", "N6"), ("8006", "ITIP", "N14c N4"),
    ("8007", "IBAN", "X..34"), ("8008", "PROD TIME", "N8 [N..4]"), ("8009", "OPTSEN", "X..50"),
    ("8010", "CPID", "Y..30"), ("8011", "CPID SERIAL", "N..12"), ("8012", "VERSION", "X..20"),
    ("8013", "GMN", "X..25"), ("8017", "GSRN - PROVIDER", "N18c"), ("8018", "GSRN - RECIPIENT", "N18c"),
    ("8019", "SRIN", "N..10"), ("8020", "REF No.", "X..25"), ("8026", "ITIP CONTENT", "N14c N4"),
    ("90", "INTERNAL", "X..30"), *((str(n), "INTERNAL", "X..90") for n in range(91, 100)),
)
# fmt: on

PREDEFINED: Final = {
    "00": 20,
    "01": 16,
    "02": 16,
    "03": 16,
    "04": 18,
    "20": 4,
    "41": 16,
    **{str(n): 8 for n in range(11, 20)},
    **{str(n): 10 for n in (31, 32, 33, 34, 35, 36)},
}
"""By the first two digits: the length of identifier and data together, of those that need no separator."""

_LENGTHS: Final = {
    **dict.fromkeys((*range(23, 26), *range(40, 43), 71), 3),
    **dict.fromkeys((*range(31, 37), 39, 43, 70, 80, 81, 82), 4),
}
_PART: Final = re.compile(r"(?P<optional>\[)?(?P<kind>[NXY])(?P<upto>\.\.)?(?P<length>\d+)(?P<check>c)?\]?")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the data behind an identifier."""

    kind: str
    least: int
    most: int
    checked: bool = False

    @property
    def alphabet(self) -> frozenset[str]:
        """The characters that it may consist of."""
        return DIGITS if self.kind == "N" else SET_39 if self.kind == "Y" else SET_82


@dataclass(frozen=True)
class Identifier:
    """An application identifier as it stands in a code; `decimals` is its fourth digit where that says so."""

    code: str
    title: str
    format: str

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What stands behind it, one after another."""
        return tuple(
            Part(
                match["kind"],
                0 if match["optional"] else 1 if match["upto"] else int(match["length"]),
                int(match["length"]),
                bool(match["check"]),
            )
            for match in _PART.finditer(self.format)
        )

    @property
    def least(self) -> int:
        """The fewest characters that its data has."""
        return sum(part.least for part in self.parts)

    @property
    def most(self) -> int:
        """The most characters that its data has."""
        return sum(part.most for part in self.parts)

    @property
    def is_predefined(self) -> bool:
        """Whether its length is fixed in the standard, so that no separator follows."""
        return self.code[:2] in PREDEFINED

    @property
    def decimals(self) -> int | None:
        """How many of the digits stand behind the point, for measures and amounts; None for the others."""
        return int(self.code[3]) if len(self.code) == 4 and self.code[0] == "3" else None


def length_of_identifier(start: str) -> int:
    """How many digits an identifier has that begins so; 2 unless the standard says more."""
    return _LENGTHS.get(int(start[:2]), 2) if start[:2].isdigit() and start[:2].isascii() else 2


@cache
def identifier(code: str) -> Identifier | None:
    """The identifier with these digits; None where the standard knows none."""
    for pattern, title, format in _ROWS:
        if pattern == code:
            return Identifier(code, title, format)
        if pattern.endswith("n") and len(code) == 4 and pattern[:3] == code[:3] and code[3] in _nth(pattern):
            return Identifier(code, title, format)
    return None


def _nth(pattern: str) -> str:
    """The fourth digits that there are: places of decimals, at most six that make sense, or a sequence."""
    return "0123" if pattern == "394n" else "0123456789" if pattern in ("703n", *_AMOUNTS) else "012345"


_AMOUNTS: Final = ("390n", "391n", "392n", "393n")


def all_codes() -> tuple[str, ...]:
    """Every identifier that the table knows, each of its forms once."""
    codes: list[str] = []
    for pattern, _title, _format in _ROWS:
        if pattern.endswith("n"):
            codes += [pattern[:3] + digit for digit in _nth(pattern)]
        else:
            codes.append(pattern)
    return tuple(codes)
