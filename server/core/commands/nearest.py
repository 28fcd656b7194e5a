"""The nearest known words to one that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from django.utils.translation import gettext as _

MOST = 3


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words that `word` may have been meant for, the likeliest first."""
    # What is longer than any name is near to none, and would be slow to compare.
    return difflib.get_close_matches(word[:80], sorted(known), n=MOST, cutoff=0.55)


def suggestion(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest words; "" where none is near."""
    near = nearest(word, known)
    return _("Did you mean %(words)s?") % {"words": ", ".join(near)} if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest words, or all of them where none is near; "" where there are none."""
    listed = sorted(known)
    if sentence := suggestion(word, listed):
        return sentence
    return _("There is: %(words)s.") % {"words": ", ".join(listed)} if listed else ""
