"""What was counted of a delivery so far: arrivals by order line, lot and place. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from erp_tui.core.entry.values import decimal_for_server, decimal_from_server, format_decimal
from erp_tui.core.i18n import _

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came for one line of the order, of one lot, in the unit of the line. `line` is the line's key,
    `location` the code of the place where it was put, empty for that of the order."""

    line: int
    accepted: str = "0"
    rejected: str = "0"
    reason: str = ""
    lot: str = ""
    expiry_date: str | None = None
    location: str = ""

    def as_parameters(self) -> dict[str, Any]:
        """As `purchasing.receive` takes it; what is empty is left out."""
        given = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        if not decimal_from_server(self.rejected):
            del given["rejected"]
        return given

    def plus(self, other: Arrival) -> Arrival:
        """Both together: another scan of the same goods."""
        return replace(
            other,
            accepted=_sum(self.accepted, other.accepted),
            rejected=_sum(self.rejected, other.rejected),
            reason=other.reason or self.reason,
            expiry_date=other.expiry_date or self.expiry_date,
        )


class Count:
    """The arrivals against the lines of one order, as the server listed them."""

    def __init__(self, lines: Sequence[Mapping[str, Any]] = ()) -> None:
        self.lines: list[Mapping[str, Any]] = list(lines)
        self.arrivals: list[Arrival] = []

    def line(self, key: int) -> Mapping[str, Any]:
        """The order line with this key. Raises `KeyError`."""
        for line in self.lines:
            if line["id"] == key:
                return line
        raise KeyError(key)

    def of(self, line: Mapping[str, Any]) -> list[Arrival]:
        """What was counted for a line."""
        return [arrival for arrival in self.arrivals if arrival.line == line["id"]]

    def accepted(self, line: Mapping[str, Any]) -> Decimal:
        """Accepted so far for a line, in its unit, by this count alone."""
        return sum((decimal_from_server(each.accepted) for each in self.of(line)), ZERO)

    def rejected(self, line: Mapping[str, Any]) -> Decimal:
        """Rejected so far for a line, in its unit, by this count alone."""
        return sum((decimal_from_server(each.rejected) for each in self.of(line)), ZERO)

    def left(self, line: Mapping[str, Any]) -> Decimal:
        """What is still open when this count is posted; never below zero."""
        return max(decimal_from_server(line["open"]) - self.accepted(line), ZERO)

    def is_over(self, line: Mapping[str, Any]) -> bool:
        """Whether more is counted than was open."""
        return self.accepted(line) > decimal_from_server(line["open"])

    @property
    def over(self) -> list[Mapping[str, Any]]:
        """The lines of which more is counted than was open."""
        return [line for line in self.lines if self.is_over(line)]

    def line_for(self, product: int) -> Mapping[str, Any] | None:
        """The line to count a product on: the first that still waits for some, else the first of it, else None."""
        of_product = [line for line in self.lines if line["product"] == product]
        waiting = [line for line in of_product if self.left(line)]
        return next(iter(waiting or of_product), None)

    def line_by_code(self, code: str) -> Mapping[str, Any] | None:
        """The line to count on by the product's own code, whatever its case; None where there is none."""
        wanted = code.casefold()
        for line in self.lines:
            if str(line.get("product_code", "")).casefold() == wanted:
                return self.line_for(line["product"])
        return None

    def add(self, arrival: Arrival) -> None:
        """Counts an arrival; the same line, lot and place again is added to what was counted."""
        for index, known in enumerate(self.arrivals):
            if (known.line, known.lot, known.location) == (arrival.line, arrival.lot, arrival.location):
                self.arrivals[index] = known.plus(arrival)
                return
        self.arrivals.append(arrival)

    def take_out(self, line: Mapping[str, Any]) -> list[Arrival]:
        """Forgets what was counted for a line and returns it."""
        taken = self.of(line)
        self.arrivals = [arrival for arrival in self.arrivals if arrival.line != line["id"]]
        return taken

    def sentence(self, line: Mapping[str, Any], arrival: Arrival) -> str:
        """What is counted for a line after an arrival, for a person."""
        parts = [
            _("{mark} {code} {name}: {accepted} of {open} {unit} accepted").format(
                mark="!" if self.is_over(line) else "✓",
                code=line["product_code"],
                name=line.get("product_name", ""),
                accepted=format_decimal(self.accepted(line), grouped=True),
                open=format_decimal(line["open"], grouped=True),
                unit=line.get("unit_code", ""),
            )
        ]
        if rejected := self.rejected(line):
            parts.append(_("{count} rejected").format(count=format_decimal(rejected, grouped=True)))
        if arrival.lot:
            parts.append(_("lot {lot}").format(lot=arrival.lot))
        if arrival.location:
            parts.append(_("at {location}").format(location=arrival.location))
        if self.is_over(line):
            parts.append(_("more than is open"))
        return ", ".join(parts) + "."

    def add_all_open(self) -> list[Mapping[str, Any]]:
        """Accepts all that is open; returns the lines that it could not, because their lot has to be read."""
        by_hand = []
        for line in self.lines:
            left = self.left(line)
            if left and line.get("tracks_lots"):
                by_hand.append(line)
            elif left:
                self.add(Arrival(line["id"], accepted=decimal_for_server(left)))
        return by_hand


def _sum(one: str, other: str) -> str:
    return decimal_for_server(decimal_from_server(one) + decimal_from_server(other))
