"""What a supplier asks for a product, from the prices agreed with it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.inventory.models import Product, SupplierPrice
from server.inventory.units import UnitTable


class SupplierTerms:
    """The prices of one supplier in one currency that are valid on a day."""

    def __init__(self, prices: Iterable[SupplierPrice], units: UnitTable) -> None:
        self._units = units
        self._prices: dict[int, list[SupplierPrice]] = defaultdict(list)
        for price in prices:
            self._prices[price.product_id].append(price)

    def unit_for(self, product: Product) -> int:
        """The unit of the preferred price, else of any price, else the product's unit of purchase."""
        prices = self._prices[product.pk]
        if prices:
            return min(
                prices, key=lambda price: (not price.preferred, price.minimum_quantity, price.pk)
            ).unit_id
        return self._units.purchase_unit(product)

    def price_for(self, product: Product, unit_id: int, quantity: Decimal) -> Decimal | None:
        """The price of the highest step that the quantity reaches; a newer price wins over an older one."""
        price = self._step(product, unit_id, quantity)
        return price.price if price else None

    def remark(self, product: Product, unit_id: int, quantity: Decimal) -> str | None:
        """A warning where the quantity is no multiple of what the supplier sells."""
        price = self._step(product, unit_id, quantity)
        if price is None or not price.multiple or not quantity % price.multiple:
            return None
        return _("%(product)s is sold in multiples of %(multiple)s; %(quantity)s is none.") % {
            "product": product.code,
            "multiple": f"{price.multiple.normalize():f}",
            "quantity": f"{quantity.normalize():f}",
        }

    def _step(self, product: Product, unit_id: int, quantity: Decimal) -> SupplierPrice | None:
        reached = [
            price
            for price in self._prices[product.pk]
            if price.unit_id == unit_id and price.minimum_quantity <= quantity
        ]
        return max(
            reached,
            key=lambda price: (price.minimum_quantity, price.valid_from or dt.date.min, price.preferred),
            default=None,
        )


class PriceBook:
    """All prices of some suppliers for some products, read at once for orders of any day and currency."""

    def __init__(self, prices: Iterable[SupplierPrice]) -> None:
        self._prices: dict[tuple[int, str], list[SupplierPrice]] = defaultdict(list)
        for price in prices:
            self._prices[price.supplier_id, price.currency].append(price)
        self._terms: dict[tuple[int, str, dt.date], SupplierTerms] = {}

    @classmethod
    def load(cls, actor: SecurityContext, suppliers: Iterable[int], products: Sequence[Product]) -> PriceBook:
        """One statement, however many there are."""
        prices = SupplierPrice.objects.within(actor).filter(
            supplier_id__in=set(suppliers), product_id__in=[product.pk for product in products]
        )
        return cls(prices)

    def terms(self, *, supplier_id: int, currency: str, day: dt.date, units: UnitTable) -> SupplierTerms:
        """What this supplier asks on this day; found once for all orders that agree in these."""
        key = (supplier_id, currency, day)
        if key not in self._terms:
            valid = [
                price
                for price in self._prices[supplier_id, currency]
                if (price.valid_from is None or price.valid_from <= day)
                and (price.valid_until is None or price.valid_until >= day)
            ]
            self._terms[key] = SupplierTerms(valid, units)
        return self._terms[key]
