"""Purchase orders before goods arrive: drafts, their terms, and the steps to confirmed or cancelled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from server.core.errors import Conflict, Invalid
from server.core.locks import lock
from server.inventory.models import SupplierPrice
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.services import (
    cancel_order,
    cancel_remaining,
    close_order,
    confirm_order,
    create_order,
    delete_order,
    reopen_order,
    update_order,
)
from tests.server.shop import Arrival, Shop

pytestmark = pytest.mark.django_db


def lines_of(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    return list(PurchaseOrderLine.objects.within(order).filter(order=order).order_by("number"))


def codes(refusal: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refusal.value.errors]


def test_an_order_takes_its_terms_from_supplier_and_organization(
    shop: Shop, organization: Organization
) -> None:
    organization.settings = {"receiving_location": "BACK"}
    organization.save()
    shop.supplier.lead_time_days, shop.supplier.payment_terms_days = 7, 14
    shop.supplier.save()
    order = create_order(
        actor=shop.fresh(), data={"supplier": shop.supplier.pk, "ordered_on": dt.date(2026, 11, 20)}
    )
    assert (order.currency, order.rate, order.payment_terms_days) == ("USD", 1, 14)
    assert (order.location.code, order.expected_on) == ("BACK", dt.date(2026, 11, 27))
    assert order.state == "draft"


def test_lines_are_priced_by_the_step_that_the_quantity_reaches(shop: Shop) -> None:
    beef = shop.product()
    shop.pack(beef, "CASE", "12.5")
    for minimum, price in (("0", "40"), ("10", "36"), ("50", "30")):
        SupplierPrice.objects.create(
            organization_id=shop.actor.organization_id,
            product=beef,
            supplier=shop.supplier,
            unit=shop.units["CASE"],
            currency="USD",
            price=Decimal(price),
            minimum_quantity=Decimal(minimum),
            multiple=Decimal(2),
        )
    actor = shop.fresh()
    order = create_order(
        actor=actor,
        data={"supplier": shop.supplier.pk, "location": shop.main.pk},
        lines=[{"product": beef.pk, "quantity": Decimal(quantity)} for quantity in ("4", "11")],
    )
    small, large = lines_of(order)
    assert (small.unit.code, small.unit_price, small.amount, small.base_quantity) == ("CASE", 40, 160, 50)
    assert (large.unit_price, large.amount) == (36, 396)
    assert order.total == 556
    assert actor.warnings == ["BEEF is sold in multiples of 2; 11 is none."]


def test_every_bad_line_is_named_at_once_and_nothing_is_kept(shop: Shop) -> None:
    beef, gone = shop.product(), shop.product("GONE", is_active=False)
    with pytest.raises(Invalid) as refusal:
        create_order(
            actor=shop.fresh(),
            data={"supplier": shop.supplier.pk, "location": shop.main.pk},
            lines=[
                {"product": beef.pk, "quantity": Decimal(0), "unit_price": Decimal(1)},
                {"product": beef.pk, "quantity": Decimal(-3), "unit_price": Decimal(1)},
                {"product": beef.pk, "quantity": Decimal(1)},
                {"product": beef.pk, "quantity": Decimal(1), "unit_price": Decimal(-1)},
                {"product": gone.pk, "quantity": Decimal(1), "unit_price": Decimal(1)},
                {
                    "product": beef.pk,
                    "quantity": Decimal(1),
                    "unit_price": Decimal(1),
                    "unit": shop.units["EA"].pk,
                },
                {"product": beef.pk, "quantity": Decimal(10**11), "unit_price": Decimal(10**11)},
            ],
        )
    assert codes(refusal) == [
        ("lines[0].quantity", "not_positive"),
        ("lines[1].quantity", "not_positive"),
        ("lines[2].unit_price", "required"),
        ("lines[3].unit_price", "too_small"),
        ("lines[4].product", "not_a_choice"),
        ("lines[5].unit", "not_a_choice"),
        ("lines[6].quantity", "too_large"),
    ]
    assert not PurchaseOrder.objects.within(shop.actor).exists()


def test_a_refused_order_gives_its_number_back(shop: Shop) -> None:
    beef = shop.product()
    first = shop.order((beef, "1"))
    with pytest.raises(Invalid):
        shop.order((beef, "0"))
    assert int(shop.order((beef, "1")).number) == int(first.number) + 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"currency": "EUR"}, ("rate", "required")),
        ({"currency": "EUR", "rate": Decimal(0)}, ("rate", "not_positive")),
        ({"rate": Decimal(2)}, ("rate", "contradiction")),
        (
            {"ordered_on": dt.date(2026, 11, 20), "expected_on": dt.date(2026, 11, 1)},
            ("expected_on", "contradiction"),
        ),
    ],
)
def test_a_head_that_contradicts_itself_is_refused(
    shop: Shop, change: dict[str, object], expected: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_order(
            actor=shop.fresh(), data={"supplier": shop.supplier.pk, "location": shop.main.pk, **change}
        )
    assert codes(refusal) == [expected]


def test_goods_are_ordered_to_our_own_places_and_from_suppliers_that_are_not_blocked(shop: Shop) -> None:
    shop.supplier.blocked_reason = "failed the audit"
    shop.supplier.save()
    with pytest.raises(Invalid, match="failed the audit") as refusal:
        create_order(
            actor=shop.fresh(),
            data={
                "supplier": shop.supplier.pk,
                "location": shop.locations["SCRAP"].pk,
                "customer": shop.supplier.pk,
            },
        )
    assert [name for name, _code in codes(refusal)] == ["supplier", "customer", "location"]


def test_changing_a_draft_keeps_adds_and_removes_lines(shop: Shop) -> None:
    beef, pork, veal = shop.product(), shop.product("PORK"), shop.product("VEAL")
    order = shop.order((beef, "1"), (pork, "2"), confirm=False)
    first, second = lines_of(order)
    updated = update_order(
        actor=shop.fresh(),
        instance=order,
        data={"notes": "call first"},
        lines=[
            {"id": second.pk, "quantity": Decimal(5)},
            {"product": veal.pk, "quantity": Decimal(1), "unit_price": Decimal(7)},
        ],
    )
    kept, added = lines_of(order)
    assert (kept.pk, kept.number, kept.quantity, kept.amount) == (second.pk, 2, 5, Decimal("12.5"))
    assert (added.number, added.product_id) == (3, veal.pk)
    assert (updated.version, updated.total) == (2, Decimal("19.5"))
    assert not PurchaseOrderLine.objects.within(order).filter(pk=first.pk).exists()


def test_a_line_of_another_order_is_none_of_this_one(shop: Shop) -> None:
    beef = shop.product()
    mine, theirs = shop.order((beef, "1"), confirm=False), shop.order((beef, "1"), confirm=False)
    with pytest.raises(Invalid) as refusal:
        update_order(
            actor=shop.fresh(),
            instance=mine,
            data={},
            lines=[{"id": lines_of(theirs)[0].pk, "quantity": Decimal(9)}],
        )
    assert codes(refusal) == [("lines[0].id", "not_found")]


def test_only_drafts_are_changed_and_deleted(shop: Shop) -> None:
    order = shop.order((shop.product(), "1"))
    with pytest.raises(Conflict, match="only a draft"):
        update_order(actor=shop.fresh(), instance=order, data={"notes": "late"})
    with pytest.raises(Conflict, match="only a draft"):
        delete_order(actor=shop.fresh(), instance=order)
    draft = shop.order((shop.product(), "1"), confirm=False)
    delete_order(actor=shop.fresh(), instance=draft)
    assert not PurchaseOrder.objects.within(shop.actor).filter(number=draft.number).exists()


def test_an_order_without_lines_is_not_confirmed(shop: Shop) -> None:
    order = shop.order(confirm=False)
    with pytest.raises(Conflict, match="has no lines"):
        confirm_order(actor=shop.fresh(), order_id=order.pk)


def test_below_the_suppliers_minimum_a_confirmation_warns(shop: Shop) -> None:
    shop.supplier.minimum_order = Decimal(100)
    shop.supplier.save()
    order = shop.order((shop.product(), "1"), confirm=False)
    actor = shop.fresh()
    confirm_order(actor=actor, order_id=order.pk)
    assert "below the minimum of 100.00 USD" in actor.warnings[0]


def test_each_step_is_possible_in_its_states_only(shop: Shop) -> None:
    """The whole matrix: which of six steps each of seven situations allows."""
    beef = shop.product()

    def draft() -> PurchaseOrder:
        return shop.order((beef, "10"), confirm=False)

    def confirmed() -> PurchaseOrder:
        return shop.order((beef, "10"))

    def partial() -> PurchaseOrder:
        order = confirmed()
        shop.receive(order, Arrival(1, Decimal(4)))
        return order

    def received() -> PurchaseOrder:
        order = confirmed()
        shop.receive(order, Arrival(1, Decimal(10)))
        return order

    def closed() -> PurchaseOrder:
        order = received()
        close_order(actor=shop.fresh(), order_id=order.pk)
        return order

    def cancelled() -> PurchaseOrder:
        order = confirmed()
        cancel_order(actor=shop.fresh(), order_id=order.pk)
        return order

    steps = {
        "confirm": confirm_order,
        "reopen": reopen_order,
        "cancel": cancel_order,
        "cancel_remaining": cancel_remaining,
        "close": close_order,
        "receive": lambda *, actor, order_id: shop.receive(
            PurchaseOrder.objects.within(actor).get(pk=order_id), Arrival(1, Decimal(1)), actor=actor
        ),
    }
    allowed = {
        draft: {"confirm", "cancel"},
        confirmed: {"reopen", "cancel", "cancel_remaining", "receive"},
        partial: {"cancel_remaining", "receive"},
        received: {"close"},
        closed: set(),
        cancelled: set(),
    }
    for make, expected in allowed.items():
        possible = set()
        for name, step in steps.items():
            order = make()
            try:
                step(actor=shop.fresh(), order_id=order.pk)
                possible.add(name)
            except Conflict as refusal:
                assert order.number in refusal.detail, "a refusal names the order"
        assert possible == expected, make.__name__


def test_cancelling_what_remains_leaves_what_came(shop: Shop) -> None:
    beef, pork = shop.product(), shop.product("PORK")
    order = shop.order((beef, "10"), (pork, "5"))
    shop.receive(order, Arrival(1, Decimal(4)))
    cancel_remaining(actor=shop.fresh(), order_id=order.pk)
    assert [(line.received, line.cancelled_quantity) for line in lines_of(order)] == [(4, 6), (0, 5)]
    assert shop.reread(order).state == "received"


def test_cancelling_what_remains_of_an_untouched_order_cancels_it(shop: Shop) -> None:
    order = shop.order((shop.product(), "10"))
    cancel_remaining(actor=shop.fresh(), order_id=order.pk)
    assert shop.reread(order).state == "cancelled"


def test_another_organization_has_no_such_order(shop: Shop, stranger: object) -> None:
    order = shop.order((shop.product(), "1"), confirm=False)
    assert lock(PurchaseOrder.objects.within(stranger).filter(pk=order.pk)) == []


def test_an_order_may_serve_one_customer(shop: Shop) -> None:
    order = shop.order((shop.product(), "1"), customer=shop.customer.pk)
    assert (order.supplier, order.customer) == (shop.supplier, shop.customer)
    assert shop.order((shop.product(), "1")).customer is None
