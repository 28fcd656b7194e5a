"""From the unit that a quantity was entered in to the base unit that stock is kept in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from server.core.context import SecurityContext
from server.core.errors import FieldError
from server.core.fields import QuantityField, RateField
from server.core.records_by_key import records_of
from server.core.rounding import round_half_up

from .models import Product, ProductUnit, UnitOfMeasure

ONE = Decimal(1)


def to_base(quantity: Decimal, factor: Decimal) -> Decimal:
    """A quantity in the base unit, half up to 6 decimals; the quantity as entered is kept beside it."""
    return round_half_up(quantity * factor, QuantityField.scale)


def too_many_decimals(path: str, quantity: Decimal, unit: UnitOfMeasure) -> FieldError | None:
    """The refusal of a quantity with more decimals than its unit is counted in, such as 1.5 pieces."""
    if round_half_up(quantity, unit.decimals) == quantity:
        return None
    return FieldError(
        path,
        "too_many_decimals",
        _("%(quantity)s %(unit)s: this unit is counted with %(decimals)d decimals.")
        % {"quantity": f"{quantity.normalize():f}", "unit": unit.code, "decimals": unit.decimals},
    )


@dataclass(slots=True)
class UnitTable:
    """The units of some products: which may be used for which product, and what they are worth."""

    units: dict[int, UnitOfMeasure]
    packs: dict[tuple[int, int], ProductUnit]

    @classmethod
    def load(cls, actor: SecurityContext, products: Iterable[Product]) -> UnitTable:
        """Two statements, however many products there are."""
        packs = records_of(actor, ProductUnit, "product_id", [product.pk for product in products])
        return cls(
            units={unit.pk: unit for unit in records_of(actor, UnitOfMeasure)},
            packs={(pack.product_id, pack.unit_id): pack for pack in packs},
        )

    def factor(self, product: Product, unit_id: int) -> Decimal | None:
        """How many base units of the product one of this unit is; None where it cannot be counted in it.

        The product's own packs come first; else a unit of the same dimension is converted by the two
        units' factors, half up to 8 decimals.
        """
        if unit_id == product.unit_id:
            return ONE
        if pack := self.packs.get((product.pk, unit_id)):
            return pack.factor
        unit, base = self.units[unit_id], self.units[product.unit_id]
        if unit.dimension != base.dimension or not unit.factor or not base.factor:
            return None
        return round_half_up(unit.factor / base.factor, RateField.scale) or None

    def refusal(self, path: str, product: Product, unit_id: int) -> FieldError:
        """Why this product cannot be counted in this unit."""
        return FieldError(
            f"{path}.unit" if path else "unit",
            "not_a_choice",
            _(
                "%(product)s is not counted in %(unit)s. Use %(base)s, or add the unit under “units of products”."
            )
            % {
                "product": product.code,
                "unit": self.units[unit_id].code,
                "base": self.units[product.unit_id].code,
            },
        )

    def purchase_unit(self, product: Product) -> int:
        """The key of the unit that the product is usually bought in: that of a pack marked so, else its base unit."""
        return self._marked(product, "is_purchase_unit")

    def sales_unit(self, product: Product) -> int:
        """The key of the unit that the product is usually sold in."""
        return self._marked(product, "is_sales_unit")

    def _marked(self, product: Product, mark: str) -> int:
        return next(
            (
                unit
                for (owner, unit), pack in self.packs.items()
                if owner == product.pk and getattr(pack, mark)
            ),
            product.unit_id,
        )


def products_by_key(actor: SecurityContext, keys: Iterable[int]) -> Mapping[int, Product]:
    """The products with these keys, in one statement."""
    return {product.pk: product for product in Product.objects.within(actor).filter(pk__in=set(keys))}
