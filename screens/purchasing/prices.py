"""What a supplier asks for a product, filled into a line while it is typed; the server has the last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from erp_tui.core.entry.values import decimal_from_server
from widgets.fields.lookup import Found
from widgets.lines.lines_editor import Line

if TYPE_CHECKING:
    from erp_tui.core.remote.api import Api

MOST_PRICES = 100
PRODUCT = "product"


class SupplierPrices:
    """The prices of one supplier, asked for product by product and kept.

    `supplier` is its key or code, `currency` the order's, empty while nobody has said it.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self.supplier: int | str | None = None
        self.currency = ""
        self._known: dict[int, list[Mapping[str, Any]]] = {}

    def for_supplier(self, supplier: int | str | None, currency: str) -> None:
        """Speaks of another supplier, or in another currency, from now on."""
        if (supplier, currency) != (self.supplier, self.currency):
            self.supplier, self.currency = supplier, currency
            self._known.clear()

    async def fill(self, _line: Mapping[str, Any], name: str, found: Found) -> Mapping[str, Any]:
        """Unit and price for a line whose product has just been named. Raises what the API raises."""
        if name != PRODUCT or self.supplier is None:
            return {}
        prices = await self._of(found.id)
        if not prices:
            return {}
        usual = min(prices, key=lambda row: (not row.get("preferred"), _minimum(row)))
        return {
            "unit": usual["unit"],
            "unit_code": usual.get("unit_code"),
            "unit_name": usual.get("unit_name"),
            "unit_price": usual["price"],
        }

    def finish(self, line: Line, filled: frozenset[str]) -> Line:
        """The line with the price of the step that its quantity reaches, unless a person typed the price."""
        if "unit_price" not in filled or line.get("quantity") is None:
            return line
        quantity = decimal_from_server(line["quantity"])
        reached = [
            row
            for row in self._known.get(line.get(PRODUCT) or 0, ())
            if row["unit"] == line.get("unit") and _minimum(row) <= quantity
        ]
        # Below the smallest step the server decides, and says so in the review.
        price = max(reached, key=_minimum)["price"] if reached else None
        return {**line, "unit_price": price}

    async def _of(self, product: int) -> Sequence[Mapping[str, Any]]:
        if product not in self._known:
            who = f"id:{self.supplier}" if isinstance(self.supplier, int) else self.supplier
            wanted = f"supplier={who},product=id:{product}"
            if self.currency:
                wanted += f",currency={self.currency}"
            page = await self._api.list("supplier-prices", filter=wanted, limit=MOST_PRICES, count="none")
            self._known[product] = list(page.rows)
        return self._known[product]


def _minimum(row: Mapping[str, Any]) -> Decimal:
    value = row.get("minimum_quantity")
    return Decimal(0) if value is None else decimal_from_server(value)
