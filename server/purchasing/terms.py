"""What a supplier asks for a product, from the prices agreed with it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Q
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

    @classmethod
    def load(
        cls,
        actor: SecurityContext,
        *,
        supplier_id: int,
        currency: str,
        day: dt.date,
        units: UnitTable,
        products: Sequence[Product],
    ) -> SupplierTerms:
        """One statement, however many products there are."""
        prices = SupplierPrice.objects.within(actor).filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            supplier_id=supplier_id,
            currency=currency,
            product_id__in=[product.pk for product in products],
        )
        return cls(prices, units)

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
