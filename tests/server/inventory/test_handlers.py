"""Reactions to stock: a low level leaves a warning for the operator (E-019)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.core.events import handlers_of
from server.core.models import DomainEvent
from server.inventory.services import adjust_stock
from tests.server.shop import Shop


@pytest.mark.django_db
def test_falling_below_the_minimum_warns_and_rising_above_it_does_not(actor: Any) -> None:
    shop = Shop(actor)
    beef = shop.product(minimum_level=Decimal(5))
    shop.stock_up(beef, "6")
    adjust_stock(
        actor=shop.fresh(),
        product_id=beef.pk,
        location_id=shop.main.pk,
        quantity=Decimal(-2),
        reason="spoilt",
    )
    react = handlers_of("stock_level_changed")["inventory.low_stock_notice"]
    warned = []
    for event in DomainEvent.objects.within(actor).filter(type="stock_level_changed").order_by("pk"):
        with capture_logs() as logs:
            react(event)
        warned.append([(entry["event"], entry["product"], entry["level"]) for entry in logs])
    assert warned == [[], [("stock_below_minimum", beef.pk, "4.000000")]]
