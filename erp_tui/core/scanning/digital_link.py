"""GS1 Digital Link: the same elements as a web address, `https://example.com/01/04006381333931/10/A-1?17=271231`.

GS1 Digital Link Standard: URI Syntax, 4 (path of primary key and qualifiers, other attributes as query).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from erp_tui.core.scanning.check_digits import GTIN_LENGTHS
from erp_tui.core.scanning.gs1 import ElementString, made_of
from erp_tui.core.scanning.identifiers import identifier

PRIMARY: Final = frozenset({"00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006",
                            "8010", "8013", "8017", "8018"})  # fmt: skip
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Whether a code is an address of the web."""
    return _WEB.match(text) is not None


def parse_link(text: str, today: date | None = None) -> ElementString | None:
    """The elements of a Digital Link; None for another address. Raises `ScanProblem` for bad data in a link."""
    if not is_web_address(text):
        return None
    address = urlsplit(text)
    steps = [unquote(step) for step in address.path.split("/") if step]
    start = next(
        (
            place
            for place in range(len(steps) - 1)
            if steps[place] in PRIMARY and (len(steps) - place) % 2 == 0
        ),
        None,
    )
    if start is None:
        return None
    pairs = list(zip(steps[start::2], steps[start + 1 :: 2], strict=True))
    pairs += [(name, value) for name, value in parse_qsl(address.query) if identifier(name) is not None]
    return made_of([(code, _whole(code, data)) for code, data in pairs], today)


def _whole(code: str, data: str) -> str:
    """An item number may stand in a link without its leading zeros."""
    return data.zfill(14) if code in {"01", "02"} and len(data) in GTIN_LENGTHS else data
