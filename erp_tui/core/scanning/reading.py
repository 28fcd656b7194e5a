"""From what a gun sent to what the code says: frame off, symbology named, GS1 read where it is GS1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from erp_tui.core.scanning import gs1
from erp_tui.core.scanning.check_digits import has_good_check_digit
from erp_tui.core.scanning.config import TERMINATORS, ScannerConfig
from erp_tui.core.scanning.digital_link import is_web_address, parse_link
from erp_tui.core.scanning.gs1 import GS, ElementString
from erp_tui.core.scanning.problems import ScanProblem
from erp_tui.core.scanning.symbologies import Symbology, split_aim
from erp_tui.core.scanning.weight_items import WeightItem, read_weight_item

SHOWN_GS: Final = "\u241d"
"""How a separator stands in a field where a person can see it: the symbol for group separator."""

UNMARKED_GS1: Final = ("00", "01", "02")
"""With one of these a code may begin that is GS1 though nothing says so: their check digits tell."""
LONGEST_PLAIN: Final = 16
HUMAN_FORM: Final = re.compile(r"\(\d{2,4}\)")


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as it was read. `raw` is what the gun sent, `code` that without frame and symbology; `gs1` what
    it says where it is GS1, `weighed` where a scale printed it; `problem` why it is not what it claims to be."""

    raw: str
    code: str
    symbology: Symbology | None = None
    gs1: ElementString | None = None
    weighed: WeightItem | None = None
    problem: ScanProblem | None = None

    @property
    def item_code(self) -> str:
        """What to look the item up by: the item number, or the plain code; empty for a pallet without contents."""
        if self.gs1 is not None:
            return self.gs1.gtin or self.gs1.get("240", "241")
        return self.weighed.item if self.weighed else self.code

    @property
    def key(self) -> str:
        """What to look the code up by, whatever it stands for."""
        if self.gs1 is not None:
            return self.item_code or self.gs1.sscc or self.gs1.get("414", "400", "8020") or self.gs1.lot
        return self.item_code

    @property
    def shown(self) -> str:
        """The code as a person reads it."""
        return self.gs1.human() if self.gs1 is not None else self.code.replace(GS, SHOWN_GS)

    @property
    def is_more_than_a_code(self) -> bool:
        """Whether it says more than which item it is."""
        return self.gs1 is not None or self.weighed is not None


def read(raw: str, config: ScannerConfig | None = None, today: date | None = None) -> Scan:
    """What a gun sent, or a person typed in its place. Never raises: what is wrong is in `problem`."""
    config = config or ScannerConfig()
    text = unframed(raw, config)
    symbology, code = split_aim(text)
    code = with_separators(code, config).strip()
    try:
        elements = _elements(code, symbology, today)
    except ScanProblem as problem:
        return Scan(raw, code, symbology, problem=problem)
    weighed = None if elements else read_weight_item(code, config.weight_items)
    return Scan(raw, code, symbology, elements, weighed)


def unframed(raw: str, config: ScannerConfig) -> str:
    """The text without terminator, suffix and prefix."""
    text = raw.rstrip("".join(TERMINATORS))
    if config.suffix_text:
        text = text.removesuffix(config.suffix_text)
    if config.prefix_text:
        text = text.removeprefix(config.prefix_text)
    return text


def with_separators(text: str, config: ScannerConfig) -> str:
    """The text with a real separator for whatever the gun sends in its place."""
    text = text.replace(SHOWN_GS, GS)
    for stand_in in config.separators:
        text = text.replace(stand_in, GS)
    return text


def _elements(code: str, symbology: Symbology | None, today: date | None) -> ElementString | None:
    if is_web_address(code):
        return parse_link(code, today)
    if symbology is not None and symbology.carries_gs1:
        return gs1.parse(code, today)
    if code.startswith(GS) or (GS in code and code[:2].isdigit()):
        return gs1.parse(code, today)
    if HUMAN_FORM.match(code):
        return gs1.parse(code, today)
    return _unmarked(code, today)


def _unmarked(code: str, today: date | None) -> ElementString | None:
    """A code without any mark that reads as GS1 from end to end, check digits and all; else it is none."""
    if not code.startswith(UNMARKED_GS1) or len(code) < LONGEST_PLAIN or not code[:16].isdigit():
        return None
    number = code[2:20] if code.startswith("00") else code[2:16]
    if not has_good_check_digit(number):
        return None
    try:
        return gs1.parse(code, today)
    except ScanProblem:
        return None
