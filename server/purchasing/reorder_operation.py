"""The declared action that orders what runs low; it can be put on a schedule."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from server.core.context import SecurityContext
from server.core.operations import Example, Outcome, Param, Parameters, operation
from server.jobs.queue import enqueue

from .services.reordering import reorder

NAME = "purchasing.reorder"


class Reorder(Parameters):
    category: Annotated[
        int | None, Param("reference", _("Category"), reference="categories", nullable=True)
    ] = None
    supplier: Annotated[
        int | None, Param("reference", _("Supplier"), reference="suppliers", nullable=True)
    ] = None
    location: Annotated[
        int | None,
        Param(
            "reference",
            _("Receive at"),
            reference="locations",
            nullable=True,
            help=_("Empty means the usual place of the organization."),
        ),
    ] = None


@operation(
    NAME,
    Reorder,
    title=_("Order what runs low"),
    help=_(
        "Makes draft orders for all products whose forecast is at or below the minimum level, up to the maximum level."
    ),
    kind="changes",
    job=True,
    category="everyday",
    examples=[Example("", _("Order all that runs low."))],
    prerequisites=_("Products have a minimum level, and a supplier has a price for them."),
    rollback=_("Delete the drafts, or take the change set back."),
)
def reorder_low_stock(actor: SecurityContext, params: Reorder) -> Outcome:
    """A dry run reckons at once, to show the drafts; else a job does it, one at a time in an organization."""
    if actor.dry_run:
        result = reorder(
            actor=actor,
            category_id=params.category,
            supplier_id=params.supplier,
            location_id=params.location,
        )
        return Outcome(result.message(), result.as_json())
    job = enqueue(actor=actor, kind=NAME, params=params.model_dump(), unique_key=NAME)
    return Outcome(_now("What runs low is being ordered."), job=job.pk)
