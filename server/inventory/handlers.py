"""Reactions to what happened to stock. They run in the worker, at least once for each event."""

from decimal import Decimal

import structlog

from server.core.events import handles
from server.core.models import DomainEvent

log = structlog.get_logger(__name__)


@handles("stock_level_changed", name="inventory.low_stock_notice")
def log_low_stock(event: DomainEvent) -> None:
    """Leave a warning for the operator where a product fell below its minimum level (E-019)."""
    level, minimum = event.payload["new_level"], event.payload["min_level"]
    if Decimal(level) < Decimal(minimum):
        log.warning(
            "stock_below_minimum",
            organization=event.organization_id,
            product=event.entity_id,
            level=level,
            minimum=minimum,
        )
