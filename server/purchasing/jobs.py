"""What purchasing does in the background."""

from __future__ import annotations

from typing import Any

from server.core.operations.parameters import parse
from server.core.resources.writing import require
from server.jobs.context import JobContext
from server.jobs.registry import job

from .reorder_operation import NAME, Reorder
from .services.reordering import reorder


@job(NAME, parameters=Reorder, permission=NAME)
def run_reorder(context: JobContext) -> dict[str, Any]:
    """Reorders with the rights and the parameters as they are now: a schedule may be older than both."""
    require(context.actor, NAME)
    params = parse(Reorder, context.actor, context.params)
    assert isinstance(params, Reorder)
    result = reorder(
        actor=context.actor,
        category_id=params.category,
        supplier_id=params.supplier,
        location_id=params.location,
    )
    context.progress(len(result.orders), len(result.orders), result.message())
    return result.as_json()
