"""The head of an order, bought or sold: the rules that both share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from server.core.errors import FieldError
from server.inventory.orders.kind import assign
from server.partners.models import Partner

ONE = Decimal(1)


def assign_with_terms(order: Any, data: Mapping[str, Any], partner: str, terms: Iterable[str]) -> None:
    """Give an order these values. With another partner, the terms that `data` does not give are left to be found anew."""
    before = getattr(order, f"{partner}_id")
    assign(order, data)
    if before is not None and getattr(order, f"{partner}_id") != before:
        for name in terms:
            if name not in data:
                setattr(order, name, "" if name == "currency" else None)


def refused_partner(name: str, partner: Partner, *, is_role: bool) -> list[FieldError]:
    """Why nothing is ordered with this partner, at the field that names it; empty where something may be."""
    if not is_role:
        message = _("%(partner)s does not have this role.")
    elif not partner.is_active:
        message = _("%(partner)s is not in use any more.")
    elif partner.blocked_reason:
        message = _("%(partner)s is blocked: %(reason)s. Ask who blocked it.")
    else:
        return []
    values = {"partner": partner.code, "reason": partner.blocked_reason}
    return [FieldError(name, "not_a_choice", message % values)]


def complete_rate(order: Any, base_currency: str) -> list[FieldError]:
    """Fill in the rate of the base currency, and return what is wrong with a rate."""
    if order.currency == base_currency:
        if order.rate is None:
            order.rate = ONE
        if order.rate != ONE:
            message = _("The rate of %(currency)s, the base currency, is 1.") % {"currency": base_currency}
            return [FieldError("rate", "contradiction", message)]
        return []
    if order.rate is None:
        message = _("Say what one %(currency)s is worth in %(base)s.")
        values = {"currency": order.currency, "base": base_currency}
        return [FieldError("rate", "required", message % values)]
    if order.rate <= 0:
        return [FieldError("rate", "not_positive", _("A rate is above zero."))]
    return []
