"""Texts that may mean the same though they are not written the same: never equal by themselves, only near."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

# A proposal below this is noise: two names that share their ending.
NEAR = 0.4
MOST_PROPOSED = 5

MARKS = re.compile(r"[^\w]+|_")
# Legal forms that a name is often written without, folded. Single letters are none: “A G” may be initials.
LEGAL_FORMS = frozenset(
    [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "llc",
        "llp",
        "lp",
        "ltd",
        "limited",
        "plc",
        "pllc",
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "ohg",
        "ug",
        "se",
        "ev",
        "eg",
        "sa",
        "sas",
        "sarl",
        "sasu",
        "snc",
        "eurl",
        "srl",
        "spa",
        "sl",
        "slu",
        "sau",
        "cv",
        "bv",
        "nv",
        "vof",
        "ab",
        "oy",
        "oyj",
        "as",
        "asa",
        "aps",
        "kk",
        "pty",
        "pte",
        "sdn",
        "bhd",
        "zoo",
        "sp",
        "kft",
        "rt",
        "doo",
        "sro",
        "spol",
        "ltda",
        "eireli",
    ]
)


def folded(text: str) -> str:
    """Returns a text without case, accents, punctuation, spaces and legal form: `Mc Kesson, Inc.` and `MCKESSON` agree."""
    words = _words(text)
    bare = [word for word in words if word not in LEGAL_FORMS]
    # A name that is nothing but such words, as “Company”, keeps them.
    return "".join(bare or words)


class Nearness:
    """Finds among known names those that are written nearly like a text, by the groups of letters they share."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self._sizes: dict[int, int] = {}
        self._folded: list[str] = []
        self._owners: list[int] = []
        self._index: dict[str, list[int]] = defaultdict(list)
        for owner, name in names:
            bare = folded(name)
            if not bare:
                continue
            place = len(self._owners)
            self._owners.append(owner)
            self._folded.append(bare)
            groups = _groups(bare)
            self._sizes[place] = len(groups)
            for group in groups:
                self._index[group].append(place)

    def nearest(self, text: str) -> list[tuple[int, float]]:
        """Returns up to `MOST_PROPOSED` owners with a score from 0 to 1, the nearest first; 1 is the same but for its spelling."""
        bare = folded(text)
        groups = _groups(bare)
        shared = Counter(place for group in groups for place in self._index.get(group, ()))
        best: dict[int, float] = {}
        for place, count in shared.items():
            same = self._folded[place] == bare
            score = 1.0 if same else min(0.99, 2 * count / (len(groups) + self._sizes[place]))
            owner = self._owners[place]
            if score >= NEAR and score > best.get(owner, 0.0):
                best[owner] = round(score, 2)
        return sorted(best.items(), key=lambda each: (-each[1], each[0]))[:MOST_PROPOSED]


def alike(texts: Iterable[str]) -> dict[str, list[str]]:
    """Returns for each text the others that are the same but for their spelling, in the order given."""
    by_folded: dict[str, list[str]] = defaultdict(list)
    every = list(texts)
    for text in every:
        by_folded[folded(text)].append(text)
    return {text: [other for other in by_folded[folded(text)] if other != text] for text in every}


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    # “S.A.” and “L.L.C.” are one word.
    return MARKS.sub(" ", plain.casefold().replace(".", "").replace("'", "")).split()


def _groups(bare: str) -> set[str]:
    edged = f"  {bare} "
    return {edged[place : place + 3] for place in range(len(edged) - 2)}
