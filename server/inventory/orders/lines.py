"""The lines of an order, bought or sold: checked, priced and written as a set.

The number of statements does not grow with the number of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from server.core.bulk import bring_back_rows, create_rows, update_rows
from server.core.changes import Change
from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.core.records import created, deleted, snapshot, updated
from server.core.rounding import amount, total
from server.core.tenancy import TenantModel
from server.inventory.models import Product
from server.inventory.units import UnitTable, products_by_key, to_base, too_many_decimals
from server.organizations.currencies import CURRENCIES

_COMPUTED = ("factor", "base_quantity", "amount")


class Terms(Protocol):
    """What a line costs where it does not say so itself."""

    def unit_for(self, product: Product) -> int:
        """The key of the unit that the product is ordered in unless told otherwise."""

    def price_for(self, product: Product, unit_id: int, quantity: Decimal) -> Decimal | None:
        """The price for one of the unit, in the order's currency; None where none is known."""

    def remark(self, product: Product, unit_id: int, quantity: Decimal) -> str | None:
        """What a person should know of this quantity, although it is accepted."""


@dataclass(slots=True)
class OrderLines:
    """Writes the lines of one order. `order` has `lines`, `currency` and an `organization`.

    With `returning`, a draft whose key is not there is a line that was removed: it comes back under its key and
    its `number`.
    """

    actor: SecurityContext
    order: Any
    model: type[TenantModel]
    terms: Callable[[UnitTable, Sequence[Product]], Terms]
    returning: bool = False
    errors: list[FieldError] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)

    def write(
        self, drafts: Sequence[dict[str, Any]], existing: Sequence[Any] = ()
    ) -> tuple[list[Any], list[Change]]:
        """The lines as they are afterwards, and what changed. Those missing from `drafts` are removed.

        Each draft holds the fields of a line as clean values, references as keys, with `id` for a line that
        is already there. Raises `Invalid` with a path for every error, such as `lines[2].quantity`.
        """
        before = {line.pk: snapshot(line) for line in existing}
        lines = self.assign(drafts, existing)
        if self.errors:
            raise Invalid(self.errors)
        products = products_by_key(self.actor, [line.product_id for line in lines if line.product_id])
        units = UnitTable.load(self.actor, products.values())
        self.complete(lines, drafts, products, units, self.terms(units, list(products.values())))
        if self.errors:
            raise Invalid(self.errors)
        self.actor.warnings.extend(remark for _index, remark in self.remarks)
        return lines, self._saved(lines, existing, before)

    def assign(self, drafts: Sequence[dict[str, Any]], existing: Sequence[Any] = ()) -> list[Any]:
        """The line of each draft with its values, not complete yet; `errors` has what is wrong with the list."""
        by_key = {line.pk: line for line in existing}
        number = max((line.number for line in by_key.values()), default=0)
        lines = []
        for index, draft in enumerate(drafts):
            key = draft.get("id")
            if key is not None and key not in by_key and not self.returning:
                self.errors.append(
                    FieldError(f"lines[{index}].id", "not_found", _("This order has no such line."))
                )
            line = by_key.get(key) if key is not None else None
            if line is None:
                number += 1
                line = self.model(
                    pk=key if self.returning else None,
                    organization_id=self.order.organization_id,
                    order=self.order,
                    number=number,
                )
            for name, value in draft.items():
                if name != "id":
                    setattr(line, line._meta.get_field(name).attname, value)
            lines.append(line)
        keys = [draft["id"] for draft in drafts if draft.get("id") is not None]
        if len(set(keys)) != len(keys):
            self.errors.append(FieldError("lines", "duplicate", _("A line is there twice.")))
        return lines

    def complete(
        self,
        lines: Sequence[Any],
        drafts: Sequence[dict[str, Any]],
        products: Mapping[int, Product],
        units: UnitTable,
        terms: Terms,
    ) -> None:
        """Fills in what assigned lines leave open; `errors` and `remarks` have what is to be said of them."""
        for index, (line, draft) in enumerate(zip(lines, drafts, strict=True)):
            self._complete(index, line, draft, products, units, terms)

    def _complete(
        self,
        index: int,
        line: Any,
        draft: dict[str, Any],
        products: Mapping[int, Product],
        units: UnitTable,
        terms: Terms,
    ) -> None:
        path = f"lines[{index}]"
        product = products.get(line.product_id)
        if product is None:
            self.errors.append(FieldError(f"{path}.product", "required", _("Name the product.")))
            return
        is_new = line._state.adding or "product" in draft
        line.product = product
        if is_new and not product.is_active:
            message = _("%(product)s is not in use any more.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.product", "not_a_choice", message))
        if "unit" not in draft and is_new:
            line.unit_id = terms.unit_for(product)
        factor = units.factor(product, line.unit_id)
        if factor is None:
            self.errors.append(units.refusal(path, product, line.unit_id))
            return
        line.unit = units.units[line.unit_id]
        if not self._quantity_is_good(path, line, product):
            return
        if "unit_price" not in draft and is_new:
            line.unit_price = terms.price_for(product, line.unit_id, line.quantity)
        if line.unit_price is None:
            message = _("No price of %(product)s is known here. Enter one.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.unit_price", "required", message))
            return
        if line.unit_price < 0:
            message = _("%(product)s: a price is not below zero.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.unit_price", "too_small", message))
            return
        line.factor = factor
        line.base_quantity = to_base(line.quantity, factor)
        line.amount = amount(line.quantity, line.unit_price)
        self._check_size(path, line, product)
        if remark := terms.remark(product, line.unit_id, line.quantity):
            self.remarks.append((index, remark))

    def _quantity_is_good(self, path: str, line: Any, product: Product) -> bool:
        if line.quantity is None:
            message = _("%(product)s: enter a quantity.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.quantity", "required", message))
            return False
        if line.quantity <= 0:
            message = _("%(product)s: the quantity must be above zero.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.quantity", "not_positive", message))
            return False
        if refusal := too_many_decimals(f"{path}.quantity", line.quantity, line.unit):
            self.errors.append(refusal)
            return False
        return True

    def _check_size(self, path: str, line: Any, product: Product) -> None:
        try:
            for name in _COMPUTED:
                line._meta.get_field(name).to_python(getattr(line, name))
        except ValidationError:
            message = _("%(product)s: the quantity or the price is too large.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.quantity", "too_large", message))
            return
        if not line.base_quantity:
            message = _("%(product)s: so little is nothing in its base unit.") % {"product": product.code}
            self.errors.append(FieldError(f"{path}.quantity", "too_small", message))

    def _saved(
        self, lines: list[Any], existing: Sequence[Any], before: dict[int, dict[str, Any]]
    ) -> list[Change]:
        fresh = [line for line in lines if line._state.adding]
        kept = {line.pk for line in lines if not line._state.adding}
        removed = [line for line in existing if line.pk not in kept]
        changed = []
        changes: list[Change] = []
        for line in lines:
            if not line._state.adding and (change := updated(line, before[line.pk], root=self.order)):
                changed.append(line)
                changes.append(change)
        changes += [deleted(line, root=self.order) for line in removed]
        if removed:
            self.model.objects.within(self.order).filter(pk__in=[line.pk for line in removed]).delete()
        names = [
            name.name
            for name in self.model._meta.concrete_fields
            if name.name not in ("id", "organization", "order")
        ]
        update_rows(changed, names)
        # Before any new key is given, so that none is given twice.
        bring_back_rows(line for line in fresh if line.pk is not None)
        create_rows([line for line in fresh if line.pk is None])
        return changes + [created(line, root=self.order) for line in fresh]


def order_total(lines: Sequence[Any], currency: str) -> Decimal:
    """What an order comes to, rounded to the minor units of its currency. Raises `Invalid` beyond 14 digits."""
    result = total((line.amount for line in lines), CURRENCIES[currency].minor_units)
    if result >= 10**14:
        raise Invalid.field("lines", "too_large", _("The order comes to more than can be kept. Divide it."))
    return result
