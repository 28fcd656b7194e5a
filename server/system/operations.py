"""What can be done with the data as a whole."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.core.integrity import all_checks, look_at
from server.core.operations import Example, Outcome, Param, Parameters, operation


class ValidateData(Parameters):
    module: Annotated[
        str,
        Param("text", _("Module"), max_length=40, help=_("Only the checks of this one; empty means all.")),
    ] = ""


@operation(
    "system.validate-data",
    ValidateData,
    title=_("Check the data"),
    help=_(
        "Looks for contradictions: in orders, totals, receipts, stock and references to other organizations."
    ),
    kind="reads",
    confirm="none",
    category="data_quality",
    examples=[
        Example("", _("Check everything.")),
        Example("--module inventory", _("Check stock against its moves.")),
    ],
    risks=_("It reads all orders and moves; with millions of them choose a quiet hour."),
)
def validate_data(actor: SecurityContext, params: ValidateData) -> Outcome:
    """Every declared check, or those of one module. Raises `Invalid` for a module without any."""
    checks = all_checks(params.module)
    if not checks:
        names = sorted({check.name.partition(".")[0] for check in all_checks()})
        message = _t("“%(module)s” has no checks. There are those of: %(names)s.") % {
            "module": params.module,
            "names": ", ".join(names),
        }
        raise Invalid.field("module", "not_a_choice", message)
    return look_at(actor, checks)
