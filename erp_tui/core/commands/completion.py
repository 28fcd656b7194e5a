"""What a command line may become: candidates for what is typed, the likeliest first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command line that what was typed may become, and what it means in the person's words.

    ``goes_on`` says that more may follow, so that taking it leaves room for it.
    """

    line: str
    title: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Something that can be typed: its word, other words for it, its title, and its title in English; `said` is
    shown beside it where the title says too little."""

    word: str
    title: str
    others: tuple[str, ...] = ()
    english: str = ""
    said: str = ""
    goes_on: bool = False


class Completer(Protocol):
    """What the command line asks while a person types."""

    def at_once(self, text: str) -> Sequence[Candidate]:
        """The candidates that are known without asking anybody."""

    async def asked(self, text: str) -> Sequence[Candidate]:
        """Those that the server knows; none where it is away."""


def folded(text: str) -> str:
    """A text for comparing: small letters without accents, as hurried people type."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def matching(typed: str, words: Iterable[Word], most: int) -> list[Candidate]:
    """The words that ``typed`` may mean: what begins so first, then titles, then what has it anywhere."""
    wanted = folded(typed.strip())
    ranked = []
    for place, word in enumerate(words):
        found = _rank(wanted, word)
        if found is not None:
            rank, line = found
            ranked.append((rank, len(line), place, Candidate(line, word.said or word.title, word.goes_on)))
    return [candidate for *_order, candidate in sorted(ranked, key=lambda each: each[:3])[:most]]


def _rank(wanted: str, word: Word) -> tuple[int, str] | None:
    """How well a word fits, small is well, and the form of it to take; None where it does not."""
    for form in (word.word, *word.others):
        if folded(form) == wanted:
            return 0, form
    beginning = [form for form in (word.word, *word.others) if folded(form).startswith(wanted)]
    if beginning:
        return 1, min(beginning, key=len)
    titles = [folded(word.title), folded(word.english)]
    if any(title.startswith(wanted) for title in titles):
        return 2, word.word
    pieces = " ".join((word.word.replace("-", " "), *word.others, *titles)).split()
    if any(folded(piece).startswith(wanted) for piece in pieces):
        return 3, word.word
    if any(wanted in text for text in (folded(word.word), *titles)):
        return 4, word.word
    return None
