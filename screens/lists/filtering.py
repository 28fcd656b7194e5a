"""What a person types into the filter bar, as the search and the filter that the server takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from erp_tui.core.commands.filter_completion import quoted
from erp_tui.core.commands.filter_reading import Reading, filter_as_typed, read_filter, terms_of

if TYPE_CHECKING:
    from erp_tui.core.remote.models import Description

__all__ = ["Narrowing", "as_typed", "both", "narrowing_of", "quoted", "reading_of"]

OPERATOR = re.compile(r"^\s*\w+\s*(!=|>=|<=|=|>|<|~)")


class Narrowing(NamedTuple):
    """A search in all that is searched, and a filter in the grammar of docs/api.md, as it is sent and as it is kept."""

    q: str = ""
    filter: str = ""
    kept: str = ""


def reading_of(text: str, description: Description, zone: ZoneInfo) -> Reading | None:
    """The filter that a text is, read for its days and numbers; None where it is a search. Raises `BadFilter`.

    `state=open` or the name of a declared filter is a filter; anything else is searched for, so that a
    person finds a partner by its name without learning a grammar.
    """
    stripped = text.strip()
    named = {each.name for each in description.filters}
    first, *others = (term.strip() for term in terms_of(description, stripped))
    known = [term in named or OPERATOR.match(term) for term in (first, *others)]
    if OPERATOR.match(first) or (stripped and all(known)):
        return read_filter(description, stripped, zone=zone, now=datetime.now(UTC))
    return None


def narrowing_of(text: str, description: Description, zone: ZoneInfo) -> Narrowing:
    """The narrowing that a text means. Raises `BadFilter`."""
    reading = reading_of(text, description, zone)
    if reading is None:
        return Narrowing(q=text.strip())
    return Narrowing(filter=reading.sent, kept=reading.kept)


def as_typed(filter: str, description: Description, zone: ZoneInfo) -> str:
    """A filter as it is kept, or as the server takes it, as the person who reads it now would type it."""
    return filter_as_typed(description, filter, zone=zone, now=datetime.now(UTC))


def both(one: str, other: str) -> str:
    """A filter that is met where both are."""
    return ",".join(part for part in (one, other) if part)
