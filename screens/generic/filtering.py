"""What a person types into the filter bar, as the search and the filter that the server takes."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

OPERATOR = re.compile(r"^\s*\w+\s*(!=|>=|<=|=|>|<|~)")
NEEDS_QUOTES = re.compile(r'[,\[\]"\\]|^\s|\s$')


class Narrowing(NamedTuple):
    """A search in all that is searched, and a filter in the grammar of docs/api.md."""

    q: str = ""
    filter: str = ""


def narrowing_of(text: str, named: Collection[str]) -> Narrowing:
    """The narrowing that a text means.

    `state=open` or the name of a declared filter is a filter; anything else is searched for, so that a
    person finds a partner by its name without learning a grammar.
    """
    stripped = text.strip()
    words = [word.strip() for word in stripped.split(",")]
    if OPERATOR.match(stripped) or (stripped and all(word in named for word in words)):
        return Narrowing(filter=stripped)
    return Narrowing(q=stripped)


def quoted(value: str) -> str:
    """A value as a filter takes it, in double quotes where it needs them (docs/api.md, Resources)."""
    if not value or NEEDS_QUOTES.search(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value


def both(one: str, other: str) -> str:
    """A filter that is met where both are."""
    return ",".join(part for part in (one, other) if part)
