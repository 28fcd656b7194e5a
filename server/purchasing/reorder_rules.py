"""How much is ordered of what runs low, and from whom: pure rules, without a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from math import gcd, lcm

from server.inventory.models import SupplierPrice


def wanted_quantity(
    forecast: Decimal, minimum: Decimal, maximum: Decimal, multiple: Decimal | None
) -> Decimal:
    """What fills up to the maximum, rounded up to the multiple; nothing while more than the minimum is there.

    All in the base unit. With minimum 10, maximum 40 and multiple 6, a forecast of 10 asks for 30 and one of 8
    for 36.
    """
    if forecast > minimum or maximum <= forecast:
        return Decimal(0)
    missing = maximum - forecast
    return _up(missing, multiple) if multiple else missing


def order_quantity(
    wanted: Decimal,
    *,
    factor: Decimal,
    decimals: int,
    multiple: Decimal | None,
    sold_in: Decimal | None,
    least: Decimal,
) -> Decimal:
    """The quantity in the supplier's unit, of which one is `factor` base units, that covers what is wanted.

    It is a multiple of what the supplier sells (`sold_in`), at least their `least`, and has no more decimals than
    the unit. It is a multiple of our own in the base unit too, where that at most doubles it.
    """
    step = Fraction(sold_in) if sold_in else Fraction(1, 10**decimals)
    grain = Fraction(1, 10**decimals)
    step = _common(step, grain)
    needed = max(Fraction(wanted) / Fraction(factor), Fraction(least))
    plain = _ceiling(needed, step)
    if multiple:
        both = _ceiling(needed, _common(step, Fraction(multiple) / Fraction(factor)))
        if both <= 2 * plain:
            plain = both
    return Decimal(plain.numerator) / Decimal(plain.denominator)


@dataclass(slots=True, frozen=True)
class Offer:
    """What one supplier asks for one product: the price whose step the quantity reaches."""

    price: SupplierPrice
    quantity: Decimal
    factor: Decimal

    @property
    def cost(self) -> Fraction:
        """The price of one base unit."""
        return Fraction(self.price.price) / Fraction(self.factor)


def best_offer(offers: Iterable[Offer]) -> Offer | None:
    """A preferred one before any other, then the cheapest for a base unit, the quickest, the best rated."""

    def rank(offer: Offer) -> tuple[object, ...]:
        days = lead_time(offer.price)
        return (
            not offer.price.preferred,
            offer.cost,
            days if days is not None else 10**6,
            -(offer.price.supplier.rating or 0),
            offer.price.pk,
        )

    return min(offers, key=rank, default=None)


def lead_time(price: SupplierPrice) -> int | None:
    """Days from order to delivery: of the price, else of its supplier; None where neither says."""
    return price.lead_time_days if price.lead_time_days is not None else price.supplier.lead_time_days


def is_valid(price: SupplierPrice, day: dt.date) -> bool:
    """Whether a price holds on this day."""
    return (price.valid_from is None or price.valid_from <= day) and (
        price.valid_until is None or price.valid_until >= day
    )


def _up(quantity: Decimal, multiple: Decimal) -> Decimal:
    return (quantity / multiple).to_integral_value(rounding=ROUND_CEILING) * multiple


def _ceiling(quantity: Fraction, step: Fraction) -> Fraction:
    return -(-quantity // step) * step


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The least quantity that is a multiple of both."""
    return Fraction(lcm(one.numerator, other.numerator), gcd(one.denominator, other.denominator))
