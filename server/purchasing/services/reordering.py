"""Ordering what runs low (E-039…E-041): draft orders that fill stock up, each with its best supplier.

A buyer looks at the drafts and confirms them. What lies in a draft counts as expected, so running it again orders
nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from server.core.context import SecurityContext
from server.core.locks import lock
from server.core.resources.drafts import Draft
from server.inventory.forecast import forecasts
from server.inventory.models import Product, SupplierPrice
from server.inventory.units import UnitTable
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder
from server.purchasing.reorder_rules import (
    Offer,
    best_offer,
    is_valid,
    lead_time,
    order_quantity,
    wanted_quantity,
)
from server.purchasing.services.ordering import check_orders, create_orders


@dataclass(slots=True)
class Reordering:
    """What became of it: the drafts, and why a product that runs low is in none of them."""

    orders: list[PurchaseOrder] = field(default_factory=list)
    lines: int = 0
    left: list[tuple[Product, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def message(self) -> str:
        """A sentence for a person."""
        if not self.orders and not self.left:
            return _("Nothing runs low.")
        said = ngettext(
            "%(count)d draft order was made", "%(count)d draft orders were made", len(self.orders)
        )
        said %= {"count": len(self.orders)}
        if self.orders:
            said += ": " + ", ".join(order.number for order in self.orders[:20])
        said += "."
        if self.left:
            said += " " + ngettext(
                "%(count)d product runs low and was not ordered.",
                "%(count)d products run low and were not ordered.",
                len(self.left),
            ) % {"count": len(self.left)}
        return said

    def as_json(self) -> dict[str, Any]:
        """The result of the operation and of its job; `left` and `remarks` are cut at 200."""
        return {
            "message": self.message(),
            "orders": [
                {
                    "id": order.pk,
                    "number": order.number,
                    "supplier": order.supplier.code,
                    "total": str(order.total),
                }
                for order in self.orders
            ],
            "lines": self.lines,
            "left": [{"product": product.code, "why": why} for product, why in self.left[:200]],
            "left_count": len(self.left),
            "remarks": self.remarks[:200],
        }


@transaction.atomic
def reorder(
    *,
    actor: SecurityContext,
    category_id: int | None = None,
    supplier_id: int | None = None,
    location_id: int | None = None,
) -> Reordering:
    """Make the drafts; only of products of this category, from this supplier, for this location, where given.

    The products that run low are locked, so that two runs at once do not order the same. Statements grow neither
    with the products nor with the orders.
    """
    wanted = _wanted(actor, category_id)
    result = Reordering()
    if not wanted:
        return result
    today = timezone.localdate(timezone=ZoneInfo(actor.time_zone))
    chosen = _choose(actor, wanted, today, supplier_id, result)
    drafts = [_draft(offers, today, location_id) for offers in chosen.values()]
    check_orders(actor=actor, drafts=drafts)
    sound = []
    for draft, offers in zip(drafts, chosen.values(), strict=True):
        if draft.errors:
            why = " ".join(error.message for error in draft.errors)
            result.left += [(offer.price.product, why) for offer in offers]
        else:
            sound.append(Draft(draft.data, draft.lines))
            result.lines += len(offers)
    result.orders = create_orders(actor=actor, drafts=sound) if sound else []
    result.remarks += [remark for order in result.orders if (remark := _too_small(order))]
    actor.warnings.extend(result.remarks)
    return result


def _wanted(actor: SecurityContext, category_id: int | None) -> dict[Product, Decimal]:
    """How much of which product is missing, in its base unit, the products locked."""
    products = Product.objects.within(actor).filter(is_active=True, minimum_level__isnull=False)
    if category_id is not None:
        products = products.filter(category_id=category_id)
    low = [product.pk for product, quantity in _missing(actor, list(products)).items() if quantity]
    # Read again behind the lock: another run may have ordered in between.
    return {
        product: quantity
        for product, quantity in _missing(actor, lock(products.filter(pk__in=low))).items()
        if quantity
    }


def _missing(actor: SecurityContext, products: Sequence[Product]) -> dict[Product, Decimal]:
    known = forecasts(actor, products)
    missing = {}
    for product in products:
        minimum = product.minimum_level
        assert minimum is not None
        # Without a maximum, stock is brought back to the minimum.
        maximum = minimum if product.maximum_level is None else product.maximum_level
        missing[product] = wanted_quantity(
            known[product.pk].available, minimum, maximum, product.order_multiple
        )
    return missing


def _choose(
    actor: SecurityContext,
    wanted: dict[Product, Decimal],
    today: dt.date,
    supplier_id: int | None,
    result: Reordering,
) -> dict[int, list[Offer]]:
    """The best offer for each product by the key of its supplier; what has none is left, with the reason."""
    base_currency = Organization.objects.within(actor).values_list("base_currency", flat=True).get()
    prices = SupplierPrice.objects.within(actor).filter(product_id__in=[product.pk for product in wanted])
    if supplier_id is not None:
        prices = prices.filter(supplier_id=supplier_id)
    of_product: dict[int, list[SupplierPrice]] = defaultdict(list)
    for price in prices.select_related("supplier"):
        if is_valid(price, today):
            of_product[price.product_id].append(price)
    units = UnitTable.load(actor, wanted)
    chosen: dict[int, list[Offer]] = defaultdict(list)
    for product, quantity in sorted(wanted.items(), key=lambda item: item[0].code):
        known = of_product[product.pk]
        trusted = [
            price
            for price in known
            if price.supplier.is_supplier and price.supplier.is_active and not price.supplier.blocked_reason
        ]
        payable = [price for price in trusted if price.currency == base_currency]
        offer = best_offer(_offers(product, quantity, payable, units))
        if offer is not None:
            offer.price.product = product
            chosen[offer.price.supplier_id].append(offer)
        elif payable:
            result.left.append((product, _("No price is for a unit that it is counted in.")))
        elif trusted:
            why = _("Its prices are in a foreign currency, whose rate a person has to say.")
            result.left.append((product, why))
        elif known:
            result.left.append((product, _("Its suppliers are blocked or not in use.")))
        else:
            result.left.append((product, _("No supplier has a price for it that holds today.")))
    return chosen


def _offers(
    product: Product, wanted: Decimal, prices: Sequence[SupplierPrice], units: UnitTable
) -> list[Offer]:
    """What each supplier asks, unit by unit, at the step that the quantity reaches."""
    steps: dict[tuple[int, int], list[SupplierPrice]] = defaultdict(list)
    for price in prices:
        steps[price.supplier_id, price.unit_id].append(price)
    offers = []
    for (_supplier, unit_id), ladder in steps.items():
        factor = units.factor(product, unit_id)
        if factor is None:
            continue
        # Less than the lowest step is sold by nobody; the order is raised to it.
        price = min(ladder, key=lambda each: each.minimum_quantity)
        least = price.minimum_quantity
        quantity = Decimal(0)
        for _round in range(len(ladder) + 1):
            quantity = order_quantity(
                wanted,
                factor=factor,
                decimals=units.units[unit_id].decimals,
                multiple=product.order_multiple,
                sold_in=price.multiple,
                least=least,
            )
            reached = [each for each in ladder if each.minimum_quantity <= quantity]
            # As `SupplierTerms` prices the line: the highest step, then the newest.
            best = max(
                reached,
                key=lambda each: (each.minimum_quantity, each.valid_from or dt.date.min, each.preferred),
            )
            if best is price:
                break
            price = best
        offers.append(Offer(price, quantity, factor))
    return offers


def _draft(offers: Sequence[Offer], today: dt.date, location_id: int | None) -> Draft:
    supplier = offers[0].price.supplier
    days = [lead for offer in offers if (lead := lead_time(offer.price)) is not None]
    data: dict[str, Any] = {
        "supplier": supplier.pk,
        "currency": offers[0].price.currency,
        "ordered_on": today,
        "notes": _("Proposed because stock runs low."),
    }
    if days:
        data["expected_on"] = today + dt.timedelta(days=max(days))
    if location_id is not None:
        data["location"] = location_id
    lines = []
    for offer in offers:
        lead = lead_time(offer.price)
        lines.append(
            {
                "product": offer.price.product_id,
                "unit": offer.price.unit_id,
                "quantity": offer.quantity,
                "unit_price": offer.price.price,
                "expected_on": None if lead is None else today + dt.timedelta(days=lead),
            }
        )
    return Draft(data, lines)


def _too_small(order: PurchaseOrder) -> str | None:
    minimum = order.supplier.minimum_order
    # Their minimum is in their own currency; of another one it says nothing.
    is_comparable = order.supplier.currency in ("", order.currency)
    if minimum is None or not is_comparable or order.total >= minimum:
        return None
    return _("Order %(number)s comes to %(total)s; %(supplier)s accepts none below %(minimum)s.") % {
        "number": order.number,
        "total": f"{order.total.normalize():f} {order.currency}",
        "supplier": order.supplier.name,
        "minimum": f"{minimum.normalize():f}",
    }
