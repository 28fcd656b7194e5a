"""What the server says that a code stands for, and how much of it a scan is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from erp_tui.core.remote.models import Answer

if TYPE_CHECKING:
    from erp_tui.core.scanning.reading import Scan

ITEM, LOCATION, LOT, ORDER, RECEIPT = "item", "location", "lot", "order", "receipt"
MOST_DECIMALS: Final = 6


class ScannedUnit(Answer):
    """A unit that an item is counted in: how many base units it is, how many kilograms, null where unknown."""

    id: int
    code: str = ""
    decimals: int = MOST_DECIMALS
    is_weight: bool = False
    factor: str | None = None
    kg: str | None = None


class Candidate(Answer):
    """A record that bears the code; what is not of its kind is empty. See docs/api.md, `resolve`."""

    kind: str
    by: str = ""
    resource: str
    id: int
    code: str = ""
    label: str = ""
    unit: int | None = None
    counts: str | None = None
    tracks_lots: bool = False
    is_active: bool = True
    units: list[ScannedUnit] = []
    product: int | None = None
    product_code: str = ""
    expiry_date: str | None = None
    state: str = ""
    order: int | None = None

    def unit_of(self, key: int | None) -> ScannedUnit | None:
        """The unit with this key; None where the item is not counted in it."""
        return next((unit for unit in self.units if unit.id == key), None)


class Resolved(Answer):
    """What a code may stand for, in the fixed order of kinds."""

    code: str
    candidates: list[Candidate] = []


@dataclass(frozen=True, slots=True)
class Amount:
    """How much one scan is, in the unit asked for; `is_exact` is False where its decimals had to be rounded."""

    quantity: Decimal
    is_exact: bool = True


def amount_of(scan: Scan, item: Candidate, unit_key: int | None) -> Amount | None:
    """How much of the item the code itself says, in this unit; None where it does not say.

    A weight is taken for goods counted by weight, from kilograms into the unit by fractions and rounded once,
    half up, to the unit's decimals. A number of pieces counts what one scan of the code stands for; so does one
    parcel of goods that are counted in cases, whatever it weighs, and one serial number.
    """
    unit = item.unit_of(unit_key)
    if unit is None:
        return None
    kilograms, count = _said(scan)
    if kilograms is not None and unit.is_weight and unit.kg:
        return _rounded(kilograms / Fraction(unit.kg), unit.decimals)
    has_serial = scan.gs1 is not None and bool(scan.gs1.serial)
    if count is None and (kilograms is not None or has_serial):
        count = Decimal(1)
    if count is None or not unit.factor:
        return None
    return _rounded(Fraction(count) * Fraction(item.counts or "1") / Fraction(unit.factor), unit.decimals)


def _said(scan: Scan) -> tuple[Fraction | None, Decimal | None]:
    """Kilograms and pieces as the code says them."""
    if scan.gs1 is not None:
        return scan.gs1.kilograms, scan.gs1.count
    if scan.weighed is not None:
        kilograms = scan.weighed.kilograms
        return (None if kilograms is None else Fraction(kilograms)), scan.weighed.pieces
    return None, None


def _rounded(value: Fraction, decimals: int) -> Amount:
    """Half up, as the server rounds."""
    scale = 10 ** min(decimals, MOST_DECIMALS)
    whole = (value * scale * 2 + 1) // 2
    return Amount(Decimal(int(whole)) / scale, Fraction(int(whole), scale) == value)
