"""What people write for a country: its name in several languages, its three letters, a few habits."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from babel import Locale
from babel.core import get_global

NAMES_IN: Final = ("en", "es", "fr", "de", "it", "nl", "pt")
NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
HABITS: Final = {
    "u s a": "US",
    "u s": "US",
    "united states of america": "US",
    "u k": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "republic of ireland": "IE",
    "korea": "KR",
}
"""By what is left of a text without case, accents and marks."""

_MARKS = re.compile(r"[\W_]+")


def country_code(text: str) -> str | None:
    """Returns the two letters (ISO 3166-1) of the country that a text names; None where it names none."""
    return _codes().get(_bare(text))


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _MARKS.sub(" ", "".join(each for each in letters if not unicodedata.combining(each))).strip()


@cache
def _codes() -> dict[str, str]:
    found = {
        _bare(letters): codes[0]
        for letters, codes in get_global("territory_aliases").items()
        if len(letters) == 3 and letters.isalpha() and len(codes) == 1
    }
    for language in reversed(NAMES_IN):
        found |= {
            _bare(name): code
            for code, name in Locale(language).territories.items()
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
        }
    return found | HABITS
