"""The nearest known words to one that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

from erp_tui.core.i18n import _

MOST = 3


def did_you_mean(sentence: str, word: str, known: Iterable[str]) -> str:
    """``sentence``, and behind it the known words that ``word`` may have been meant for, where any is near."""
    import difflib  # only where something was misspelt

    near = difflib.get_close_matches(word, sorted(known), n=MOST, cutoff=0.55)
    return f"{sentence} " + _("Did you mean {words}?").format(words=", ".join(near)) if near else sentence
