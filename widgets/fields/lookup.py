"""What a look-up needs from the screen that holds it: an exact answer, candidates, and a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from widgets.table.columns import Column
from widgets.table.paged_table import Fetch
from widgets.table.paging import Row


@dataclass(frozen=True, slots=True)
class Found:
    """A record as a look-up shows it: its key, its human code, and its name."""

    id: int
    code: str
    name: str = ""
    row: Row = field(default_factory=dict)


Made = Callable[[Row], None]
"""Takes the row of a record that has just been made."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A text that names several records."""

    found: Sequence[Found]


@dataclass(frozen=True, slots=True)
class PromptList:
    """A list to choose one record from. `fetch_for` gives the fetch for a text to search or a filter.

    `named` are the filters that a bare word means, `text` is what was asked for last; `make` opens the form of a
    new record, where one may be made, and hands over its row.
    """

    title: str
    columns: Sequence[Column]
    fetch_for: FetchFor
    ordering: str = ""
    named: Sequence[str] = ()
    text: str = ""
    make: Callable[[Made], None] | None = None


class FetchFor(Protocol):
    """Makes the fetch of a list narrowed to a search text and put in an order."""

    def __call__(self, text: str, ordering: str) -> Fetch: ...


class Lookups(Protocol):
    """Answers about other resources; a screen gives one to its fields, and knows the server for them."""

    def known(self, resource: str, text: str) -> Found | None:
        """The record that had exactly this code when it was last used on this terminal; asks nobody."""

    async def resolve(self, resource: str, text: str) -> Found | Ambiguous | None:
        """The one record that this text names: by its human code, `id:123`, a barcode or a supplier's code, or
        the beginning of one code or name alone. Several, where it names several; None where it names none.
        Raises `ErpError` when nobody could tell."""

    async def verify(self, resource: str, text: str) -> Found | None:
        """The record with exactly this code on the server. Raises `ErpError` when nobody could tell."""

    async def resolve_many(self, resource: str, texts: Sequence[str]) -> Mapping[str, Found]:
        """Those of these codes that name one record, in few questions. Raises `ErpError` when nobody could tell."""

    async def candidates(self, resource: str, text: str) -> Sequence[Found]:
        """A few records that the text may mean, the likeliest first."""

    async def list_of(self, resource: str, only: Ambiguous | None = None) -> PromptList:
        """The list of a resource, for a person who wants to see what there is; `only` those that a text may mean."""

    def chosen(self, resource: str, row: Row) -> Found:
        """The record behind a row of that list, remembered as used."""
