"""What runs low is ordered: how much, from whom, and never twice (E-039…E-041)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Forbidden
from server.core.operations import run
from server.inventory.models import Category, Product, SupplierPrice
from server.jobs.models import Job
from server.jobs.worker import Worker
from server.organizations.models import Organization
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.reorder_rules import order_quantity, wanted_quantity
from server.purchasing.services import confirm_order
from server.purchasing.services.reordering import Reordering, reorder
from server.sales.models import SalesOrder, SalesOrderLine
from tests.server.shop import Arrival, Shop

D = Decimal


@pytest.mark.parametrize(
    ("forecast", "wanted"), [("10", "30"), ("8", "36"), ("10.000001", "0"), ("-2", "42"), ("0", "42")]
)
def test_the_example_of_the_requirement(forecast: str, wanted: str) -> None:
    assert wanted_quantity(D(forecast), D(10), D(40), D(6)) == D(wanted)


_quantities = st.decimals(D("0.000001"), D(10_000), places=6)


@given(
    wanted=_quantities,
    factor=st.decimals(D("0.001"), D(1000), places=8),
    decimals=st.integers(0, 6),
    multiple=st.none() | st.decimals(D("0.01"), D(500), places=3),
    sold_in=st.none() | st.decimals(D("0.01"), D(500), places=3),
    least=st.decimals(D(0), D(100), places=3),
)
def test_what_is_ordered_covers_what_is_wanted_in_whole_packs(
    wanted: D, factor: D, decimals: int, multiple: D | None, sold_in: D | None, least: D
) -> None:
    quantity = order_quantity(
        wanted, factor=factor, decimals=decimals, multiple=multiple, sold_in=sold_in, least=least
    )
    assert quantity * factor >= wanted
    assert quantity >= least
    assert quantity == round(quantity, decimals)
    assert sold_in is None or quantity % sold_in == 0


@given(forecast=st.decimals(D(-1000), D(1000), places=3), multiple=st.none() | st.integers(1, 50).map(D))
def test_filling_up_reaches_the_maximum_and_no_multiple_too_many(forecast: D, multiple: D | None) -> None:
    wanted = wanted_quantity(forecast, D(10), D(40), multiple)
    if forecast > 10:
        assert wanted == 0
    else:
        assert forecast + wanted >= 40
        assert forecast + wanted < 40 + (multiple or D("0.001"))


@pytest.fixture
def shop(organization: Organization, other_organization: Organization, actor: Any) -> Shop:
    """A warehouse that receives at its main location."""
    for own in (organization, other_organization):
        own.settings = {"receiving_location": "MAIN"}
        own.save()
    return Shop(actor)


def price(
    shop: Shop, product: Product, amount: str = "2", supplier: Partner | None = None, **values: Any
) -> SupplierPrice:
    values.setdefault("unit", product.unit)
    values.setdefault("currency", "USD")
    return SupplierPrice.objects.create(
        organization_id=shop.actor.organization_id,
        product=product,
        supplier=supplier or shop.supplier,
        price=D(amount),
        **values,
    )


def supplier(shop: Shop, code: str, **values: Any) -> Partner:
    return Partner.objects.create(
        organization_id=shop.actor.organization_id, code=code, name=code, is_supplier=True, **values
    )


def low(shop: Shop, code: str = "BEEF", on_hand: str = "10", **values: Any) -> Product:
    levels: dict[str, Any] = {"minimum_level": D(10), "maximum_level": D(40), "order_multiple": D(6)}
    product = shop.product(code, **{**levels, **values})
    if D(on_hand):
        shop.stock_up(product, on_hand)
    return product


def sold(shop: Shop, product: Product, quantity: str, state: str = "confirmed", **line: Any) -> None:
    own = {"organization_id": shop.actor.organization_id}
    order = SalesOrder.objects.create(
        number=f"SO-{SalesOrder.objects.within(shop.actor).count()}",
        customer=shop.customer,
        state=state,
        ordered_on=dt.date(2026, 11, 1),
        currency="USD",
        rate=D(1),
        payment_terms_days=30,
        **own,
    )
    SalesOrderLine.objects.create(
        order=order,
        number=1,
        product=product,
        unit=product.unit,
        quantity=D(quantity),
        base_quantity=D(quantity),
        unit_price=D(1),
        amount=D(1),
        **own,
        **line,
    )


def go(shop: Shop, **values: Any) -> Reordering:
    return reorder(actor=shop.fresh(), **values)


def lines(shop: Shop) -> dict[str, tuple[str, D]]:
    """What the drafts order: product → (supplier, quantity)."""
    found = PurchaseOrderLine.objects.within(shop.actor).filter(order__state="draft")
    return {line.product.code: (line.order.supplier.code, line.quantity) for line in found}


@pytest.mark.django_db
class TestReordering:
    @pytest.mark.parametrize(("on_hand", "ordered"), [("10", "30"), ("8", "36")])
    def test_it_fills_up_to_the_maximum(self, shop: Shop, on_hand: str, ordered: str) -> None:
        price(shop, low(shop, on_hand=on_hand))
        result = go(shop)
        assert lines(shop) == {"BEEF": ("S-1", D(ordered))}
        assert result.message() == f"1 draft order was made: {result.orders[0].number}."

    def test_it_orders_nothing_twice(self, shop: Shop) -> None:
        price(shop, low(shop))
        assert len(go(shop).orders) == 1
        again = go(shop)
        assert (again.orders, again.left, again.message()) == ([], [], "Nothing runs low.")

    def test_what_is_promised_counts_as_gone_and_what_is_ordered_as_here(self, shop: Shop) -> None:
        product = low(shop, on_hand="50")
        price(shop, product)
        sold(shop, product, "30", state="draft")
        assert go(shop).orders == []
        sold(shop, product, "50", delivered=D(4), cancelled_quantity=D(4))
        # 50 on hand, 42 of them promised: 8.
        assert go(shop).lines == 1
        assert lines(shop) == {"BEEF": ("S-1", D(36))}

    def test_what_has_come_of_an_order_is_not_expected_any_more(self, shop: Shop) -> None:
        product = low(shop, on_hand="0")
        price(shop, product)
        order = shop.order((product, "30"))
        assert go(shop).orders == []
        shop.receive(order, Arrival(line=1, accepted=D(10)))
        assert go(shop).orders == []
        run(shop.fresh(), "purchasing.cancel-remaining", {"order": order.pk})
        assert len(go(shop).orders) == 1

    def test_the_preferred_supplier_comes_first_then_the_cheapest_for_a_base_unit(self, shop: Shop) -> None:
        shop.pack(low(shop), "CASE", "12")
        beef = shop.product("BEEF")
        pork = low(shop, "PORK")
        dear, cheap = supplier(shop, "DEAR"), supplier(shop, "CHEAP")
        price(shop, beef, "2.00", dear)
        price(shop, beef, "18.00", cheap, unit=shop.units["CASE"])  # 1.50 a kilogram
        price(shop, pork, "2.00", dear, preferred=True)
        price(shop, pork, "1.00", cheap)
        assert len(go(shop).orders) == 2
        # 30 kg are two and a half cases; three of them, 36 kg, are a multiple of 6 too.
        assert lines(shop) == {"BEEF": ("CHEAP", D(3)), "PORK": ("DEAR", D(30))}

    def test_the_quicker_of_two_that_cost_the_same(self, shop: Shop) -> None:
        product = low(shop)
        price(shop, product, "2", supplier(shop, "SLOW", lead_time_days=9))
        price(shop, product, "2", supplier(shop, "QUICK", lead_time_days=9), lead_time_days=2)
        go(shop)
        assert lines(shop)["BEEF"][0] == "QUICK"

    def test_the_order_is_expected_when_the_slowest_of_its_lines_comes(self, shop: Shop) -> None:
        Partner.objects.within(shop.actor).filter(pk=shop.supplier.pk).update(lead_time_days=5)
        price(shop, low(shop))
        price(shop, low(shop, "PORK"), lead_time_days=12)
        (order,) = go(shop).orders
        days = {
            line.product.code: (line.expected_on - order.ordered_on).days
            for line in PurchaseOrderLine.objects.within(shop.actor)
        }
        assert days == {"BEEF": 5, "PORK": 12}
        assert (order.expected_on - order.ordered_on).days == 12

    def test_the_suppliers_least_and_packs_are_kept(self, shop: Shop) -> None:
        price(shop, low(shop), minimum_quantity=D(100), multiple=D(8))
        price(shop, low(shop, "PORK"), multiple=D(25))
        go(shop)
        # From 100 on, 120 is the first multiple of 6 and of 8. One of 6 and of 25, 150, would be thrice 50.
        assert lines(shop) == {"BEEF": ("S-1", D(120)), "PORK": ("S-1", D(50))}

    def test_a_step_of_the_price_is_taken_where_the_quantity_reaches_it(self, shop: Shop) -> None:
        product = low(shop)
        price(shop, product, "2.00")
        price(shop, product, "1.80", minimum_quantity=D(20))
        price(shop, product, "1.00", minimum_quantity=D(1000))
        (order,) = go(shop).orders
        assert order.total == D(54)

    def test_an_order_below_the_suppliers_minimum_is_made_and_said(self, shop: Shop) -> None:
        Partner.objects.within(shop.actor).filter(pk=shop.supplier.pk).update(minimum_order=D(500))
        price(shop, low(shop))
        result = go(shop)
        assert len(result.orders) == 1
        assert result.remarks == [
            f"Order {result.orders[0].number} comes to 60 USD; North Packing accepts none below 500."
        ]

    def test_what_nobody_sells_now_is_left_with_the_reason(self, shop: Shop) -> None:
        low(shop, "NONE")
        price(shop, low(shop, "PAST"), valid_until=dt.date(2020, 1, 1))
        price(shop, low(shop, "BLOCKED"), supplier=supplier(shop, "B", blocked_reason="unpaid"))
        price(shop, low(shop, "FOREIGN"), currency="EUR")
        price(shop, low(shop, "UNIT"), unit=shop.units["EA"])
        result = go(shop)
        assert result.orders == []
        assert {product.code: why for product, why in result.left} == {
            "NONE": "No supplier has a price for it that holds today.",
            "PAST": "No supplier has a price for it that holds today.",
            "BLOCKED": "Its suppliers are blocked or not in use.",
            "FOREIGN": "Its prices are in a foreign currency, whose rate a person has to say.",
            "UNIT": "No price is for a unit that it is counted in.",
        }

    def test_what_cannot_be_drafted_is_left_with_the_reason(
        self, shop: Shop, organization: Organization
    ) -> None:
        organization.settings = {}
        organization.save()
        price(shop, low(shop))
        result = go(shop)
        assert result.orders == []
        assert [why for _product, why in result.left] == ["Say at which location the goods are received."]

    def test_only_what_is_asked_for(self, shop: Shop) -> None:
        meat = Category.objects.create(organization_id=shop.actor.organization_id, code="MEAT", name="Meat")
        price(shop, low(shop, category=meat))
        price(shop, low(shop, "PORK"), supplier=supplier(shop, "P"))
        assert [order.supplier.code for order in go(shop, category_id=meat.pk).orders] == ["S-1"]
        assert go(shop, supplier_id=shop.supplier.pk).orders == []
        back = shop.locations["BACK"]
        (order,) = go(shop, location_id=back.pk).orders
        assert (order.supplier.code, order.location_id) == ("P", back.pk)

    def test_without_levels_or_use_nothing_is_ordered(self, shop: Shop) -> None:
        price(shop, low(shop, "NOLEVEL", minimum_level=None))
        price(shop, low(shop, "OLD", is_active=False))
        assert go(shop).message() == "Nothing runs low."

    def test_without_a_maximum_stock_is_brought_back_to_the_minimum(self, shop: Shop) -> None:
        price(shop, low(shop, on_hand="7", maximum_level=None, order_multiple=None))
        go(shop)
        assert lines(shop) == {"BEEF": ("S-1", D(3))}

    def test_another_organization_is_not_looked_at(self, shop: Shop, stranger: Any) -> None:
        other = Shop(stranger)
        price(other, low(other), currency="EUR")
        assert go(shop).message() == "Nothing runs low."
        assert len(go(other).orders) == 1

    def test_the_statements_grow_neither_with_products_nor_with_suppliers(self, shop: Shop) -> None:
        def statements(count: int, mark: str) -> int:
            for number in range(count):
                price(shop, low(shop, f"{mark}{number}"), supplier=supplier(shop, f"{mark}{number}"))
            with CaptureQueriesContext(connection) as captured:
                assert len(go(shop).orders) == count
            return len(captured)

        statements(1, "FIRST")  # which begins the series of numbers
        assert statements(2, "A") == statements(12, "B")

    def test_a_dry_run_shows_the_drafts_and_makes_none(self, shop: Shop) -> None:
        price(shop, low(shop))
        outcome = run(replace(shop.fresh(), dry_run=True), "purchasing.reorder", {})
        assert outcome.job is None
        assert len(outcome.result["orders"]) == 1

    def test_the_job_orders_and_takes_back_as_one(self, shop: Shop) -> None:
        price(shop, low(shop))
        asked = shop.fresh()
        job = run(asked, "purchasing.reorder", {}).job
        assert run(shop.fresh(), "purchasing.reorder", {}).job == job
        # The worker reads the rights of a person; this actor is the system, which has none.
        assert Worker().run_one()
        done = Job.objects.within(shop.actor).get(pk=job)
        assert done.state == Job.State.FAILED
        assert "purchasing.reorder" in done.error
        assert not PurchaseOrder.objects.within(shop.actor).exists()

    def test_a_draft_can_be_confirmed_as_it_is(self, shop: Shop) -> None:
        price(shop, low(shop))
        (order,) = go(shop).orders
        confirm_order(actor=shop.fresh(), order_id=order.pk)

    def test_without_the_right_nothing_is_ordered(self, shop: Shop) -> None:
        with pytest.raises(Forbidden):
            run(shop.fresh(without="purchasing.reorder"), "purchasing.reorder", {})
