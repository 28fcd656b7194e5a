"""What a look-up needs from the screen that holds it: an exact answer, candidates, and a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from widgets.columns import Column
from widgets.paged_table import Fetch
from widgets.paging import Row


@dataclass(frozen=True, slots=True)
class Found:
    """A record as a look-up shows it: its key, its human code, and its name."""

    id: int
    code: str
    name: str = ""
    row: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptList:
    """A list to choose one record from. `fetch_for` gives the fetch for a text to search."""

    title: str
    columns: Sequence[Column]
    fetch_for: FetchFor
    ordering: str = ""


class FetchFor(Protocol):
    """Makes the fetch of a list narrowed to a search text and put in an order."""

    def __call__(self, q: str, ordering: str) -> Fetch: ...


class Lookups(Protocol):
    """Answers about other resources; a screen gives one to its fields, and knows the server for them."""

    async def resolve(self, resource: str, text: str) -> Found | None:
        """The one record with this human code (or `id:123`), or None. Raises `ErpError` when nobody could tell."""

    async def candidates(self, resource: str, text: str) -> Sequence[Found]:
        """A few records that the text may mean, the likeliest first."""

    async def list_of(self, resource: str) -> PromptList:
        """The list of a resource, for a person who wants to see what there is."""

    def found(self, row: Row) -> Found:
        """The record behind a row of that list."""
