"""Whose stock is asked for: a product, a place or a lot, by its code or by what a gun read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from erp_tui.core.entry.values import format_date
from erp_tui.core.i18n import _

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api
    from erp_tui.core.scanning.candidates import Candidate
    from erp_tui.core.scanning.config import ScannerConfig

KINDS: Final = ("item", "location", "lot")
PREFIXES: Final = {"location:": "location", "lot:": "lot"}
"""What makes a word say that it is no product: `stock location:MAIN`."""

NAMED: Final[Mapping[str, frozenset[str]]] = {
    "item": frozenset({"product_code", "product_name"}),
    "location": frozenset({"location_code", "location_name", "to_location_code"}),
    "lot": frozenset({"product_code", "product_name", "lot_code", "expiry_date"}),
}
"""Columns that say nothing where every row is of one of these."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that stock is shown of."""

    candidate: Candidate

    @property
    def kind(self) -> str:
        """`item`, `location` or `lot`."""
        return self.candidate.kind

    @property
    def word(self) -> str:
        """What opens it again on the command line, behind `stock`."""
        return word_of(self.candidate)

    @property
    def label(self) -> str:
        """What it is called in the title."""
        lot_of = f" · {self.candidate.product_code}" if self.candidate.product_code else ""
        return f"{self.candidate.label}{lot_of}"

    @property
    def product(self) -> int | None:
        """The key of the product whose levels are shown; None for a place and a lot."""
        return self.candidate.id if self.kind == "item" else None

    @property
    def filter(self) -> str:
        """Which balances are of it."""
        name = "product" if self.kind == "item" else self.kind
        return f"{name}=id:{self.candidate.id}"

    @property
    def move_filter(self) -> str:
        """Which moves are shown: of a place what came to it."""
        return f"to_location=id:{self.candidate.id}" if self.kind == "location" else self.filter

    def moves_title(self) -> str:
        """What stands over the moves."""
        if self.kind == "location":
            return _("What came here, the latest first")
        return _("Moves, the latest first")

    def about(self) -> str:
        """A line about a place or a lot; that of a product is made from its levels."""
        if self.kind == "location":
            return _("What lies at {place}").format(place=self.candidate.label)
        good = self.candidate.expiry_date
        line = _("Lot {lot} of {product}").format(
            lot=self.candidate.code, product=self.candidate.product_code
        )
        return line + (" · " + _("use by {date}").format(date=format_date(good)) if good else "")


def word_of(candidate: Candidate) -> str:
    """The word of a product, a place or a lot behind `stock`."""
    prefix = next((prefix for prefix, kind in PREFIXES.items() if kind == candidate.kind), "")
    return f"{prefix}{candidate.code}"


async def find_subject(api: Api, text: str, config: ScannerConfig) -> list[Subject]:
    """What a text or a scan names: the exact code, else a barcode, a place or a lot. Raises what the API raises."""
    from erp_tui.core.scanning.reading import read

    kinds: tuple[str, ...] = KINDS
    code = text
    for prefix, kind in PREFIXES.items():
        if text.lower().startswith(prefix):
            kinds, code = (kind,), text[len(prefix) :]
    if text.startswith("id:") and text[3:].isdecimal():
        code = str((await api.get("products", int(text[3:]))).data.get("code") or "")
        kinds = ("item",)
    key = read(code, config).key
    found = (await api.resolve(key, kinds)).candidates if key else []
    return [Subject(candidate) for candidate in found]


def shown_as(text: str) -> str:
    """A code as a person reads it."""
    return text.replace("\x1d", "\u241d")
