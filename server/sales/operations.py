"""Declared actions on sales."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.integrity import all_checks, look_at
from server.core.operations import Example, Outcome, Parameters, operation


class ValidateOrders(Parameters):
    pass


@operation(
    "sales.validate-orders",
    ValidateOrders,
    title=_("Check sales orders"),
    help=_("Looks for sales orders whose amounts and totals contradict each other."),
    kind="reads",
    confirm="none",
    category="data_quality",
    examples=[Example("", _("Check all sales orders."))],
)
def validate_orders(actor: SecurityContext, _params: ValidateOrders) -> Outcome:
    return look_at(actor, all_checks("sales"))
