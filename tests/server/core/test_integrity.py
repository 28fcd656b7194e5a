"""The checks of the data find each contradiction, name its record, and find nothing where all is in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from server.core.integrity import all_checks, look_at
from server.core.operations import run
from server.inventory.models import StockBalance
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt
from server.sales.models import SalesOrder, SalesOrderLine
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.samples import create
from tests.server.shop import Arrival, Shop

pytestmark = pytest.mark.django_db

Break = Callable[[Shop], Any]


@pytest.fixture
def shop(actor: Any, organization: Any) -> Shop:
    """A shop that has bought, received, taken back, moved and sold."""
    shop = Shop(actor)
    order = shop.order((shop.product("BEEF"), "10"), (shop.product("PORK"), "3"))
    shop.receive(order, Arrival(line=1, accepted=Decimal("4.5"), rejected=Decimal("1")))
    shop.order((shop.product("BEEF"), "2"), confirm=False)
    create(sign_in(organization, every_permission()), "sales-orders")
    return shop


def first(model: Any, shop: Shop) -> Any:
    return model.objects.within(shop.actor).order_by("pk")


def test_where_all_is_in_order_nothing_is_found(shop: Shop) -> None:
    outcome = look_at(shop.actor, all_checks())
    assert outcome.result["found"] == 0 and outcome.result["rows"] == []
    assert set(outcome.result["checks"]) >= {
        "inventory.balances",
        "purchasing.orders",
        "purchasing.received",
        "sales.orders",
        "system.foreign-organization",
    }


def _set(model: Any, **values: Any) -> Break:
    def go(shop: Shop) -> None:
        # Past every service, as a hand in the database would.
        assert model.objects.within(shop.actor).filter(pk=first(model, shop)[0].pk).update(**values) == 1

    return go


@pytest.mark.parametrize(
    ("harm", "check", "said"),
    [
        (
            _set(PurchaseOrder, total=Decimal("1")),
            "purchasing.orders",
            "The total is 1.0000, the lines make 32.5",
        ),
        (_set(PurchaseOrderLine, amount=Decimal("1")), "purchasing.orders", "Line 1: the amount is 1.0000"),
        (
            _set(PurchaseOrderLine, base_quantity=Decimal("9")),
            "purchasing.orders",
            "Line 1: 9.000000 in the base unit",
        ),
        (_set(PurchaseOrderLine, received=Decimal("5")), "purchasing.received", "the receipts make 4.5"),
        (_set(PurchaseOrderLine, rejected=Decimal("0")), "purchasing.received", "0.000000 rejected"),
        (_set(Receipt, state="reversed"), "purchasing.received", "the receipts make 0 and 0"),
        (_set(SalesOrder, total=Decimal("7")), "sales.orders", "The total is 7.0000"),
        (_set(SalesOrderLine, amount=Decimal("7")), "sales.orders", "the amount is 7.0000"),
        (
            _set(StockBalance, quantity=Decimal("77")),
            "inventory.balances",
            "77.000000 is kept, the moves make",
        ),
        (lambda shop: first(StockBalance, shop).delete(), "inventory.balances", "No stock is kept"),
    ],
)
def test_each_contradiction_is_found_and_its_record_named(
    shop: Shop, harm: Break, check: str, said: str
) -> None:
    harm(shop)
    outcome = look_at(shop.actor, all_checks())
    assert outcome.result["found"] and said in json.dumps([row["problem"] for row in outcome.result["rows"]])
    hit = next(row for row in outcome.result["rows"] if row["check"] == check)
    assert hit["label"] and hit["resource"]


def test_a_reference_into_another_organization_is_found(
    shop: Shop, other_organization: Any, make_actor: Any
) -> None:
    other = Shop(make_actor(other_organization))
    _set(PurchaseOrder, supplier_id=other.supplier.pk)(shop)
    rows = look_at(shop.actor, all_checks("system")).result["rows"]
    order = first(PurchaseOrder, shop)[0]
    assert [(row["resource"], row["id"]) for row in rows] == [("purchase-orders", order.pk)]
    assert look_at(other.actor, all_checks()).result["found"] == 0


def test_many_findings_are_counted_though_only_the_first_are_listed(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr("server.core.integrity.LISTED", 1)
    PurchaseOrder.objects.within(shop.actor).update(total=Decimal("1"))
    result = look_at(shop.actor, all_checks("purchasing")).result
    assert (result["found"], len(result["rows"])) == (2, 1)


def test_a_module_without_checks_is_refused_and_those_with_some_are_named(shop: Shop) -> None:
    from server.core.errors import Invalid

    with pytest.raises(Invalid, match="inventory, purchasing, sales, system"):
        run(shop.actor, "system.validate-data", {"module": "nonsense"})


def test_the_statements_do_not_grow_with_the_number_of_orders(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    for _number in range(5):
        shop.order((shop.product("BEEF"), "2"), confirm=False)
    with django_assert_max_num_queries(6):
        look_at(shop.actor, all_checks("purchasing") + all_checks("sales"))
