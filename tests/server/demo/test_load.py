"""The demonstration: the same every time, sound in its ledger, and big enough to look real."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from server.core.context import SecurityContext
from server.core.numbering import next_number
from server.demo.generate import generate
from server.demo.load import DemoCredentials, load
from server.inventory.gtin import is_gtin
from server.inventory.models import Barcode, Location, Product, StockBalance, StockMove
from server.inventory.selectors import check_ledger
from server.organizations.models import Organization
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt
from server.purchasing.rules import state_after
from tests.server.api_client import Api

CLOCK = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
PASSWORD = "a long enough demonstration password"

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(db: Any) -> DemoCredentials:
    return load(password=PASSWORD, clock=CLOCK)


def organization_of(code: str) -> Organization:
    return Organization.objects.get(code=code)


def test_the_same_seed_and_clock_give_the_same_demonstration_and_another_seed_another_one() -> None:
    assert generate(clock=CLOCK) == generate(clock=CLOCK)
    assert generate(clock=CLOCK) != generate(clock=CLOCK, seed=1)


def test_the_demonstration_has_the_size_that_it_promises(loaded: DemoCredentials) -> None:
    meat = organization_of(loaded.organization)
    assert Partner.objects.within(meat).filter(is_supplier=True).count() == 40
    assert Product.objects.within(meat).count() == 600
    assert Location.objects.within(meat).filter(kind="internal").count() == 5
    states = set(PurchaseOrder.objects.within(meat).values_list("state", flat=True))
    assert states >= {"draft", "confirmed", "partially_received", "received", "closed", "cancelled"}
    first = PurchaseOrder.objects.within(meat).order_by("ordered_on").values_list("ordered_on", flat=True)[0]
    assert 85 <= (CLOCK.date() - first).days <= 95
    assert not StockMove.objects.within(meat).filter(effective_at__gt=CLOCK).exists()
    assert all(is_gtin(code) for code in Barcode.objects.within(meat).values_list("code", flat=True))


def test_its_ledger_adds_up_and_its_orders_are_in_the_state_of_their_lines(loaded: DemoCredentials) -> None:
    meat = organization_of(loaded.organization)
    assert check_ledger(meat) == []
    assert StockBalance.objects.within(meat).filter(is_internal=True, quantity__gt=0).count() > 100
    moves = list(StockMove.objects.within(meat).order_by("pk").values_list("effective_at", flat=True))
    assert moves == sorted(moves), "the ledger is written in the order of time"
    for order in PurchaseOrder.objects.within(meat).exclude(state__in=("draft", "closed", "cancelled")):
        assert order.state == state_after(PurchaseOrderLine.objects.within(meat).filter(order=order)), (
            order.number
        )


def test_the_next_numbers_follow_those_of_the_history(loaded: DemoCredentials) -> None:
    meat = organization_of(loaded.organization)
    actor = SecurityContext(organization_id=meat.pk)
    assert next_number(actor, "purchase-order") > max(
        PurchaseOrder.objects.within(meat).values_list("number", flat=True)
    )
    assert next_number(actor, "receipt") > max(Receipt.objects.within(meat).values_list("number", flat=True))


def test_every_user_signs_in_and_sees_what_the_role_allows(loaded: DemoCredentials, client: Any) -> None:
    for username in (*loaded.usernames, loaded.other_username):
        answer = client.post(
            "/api/v1/auth/sign-in/",
            {"username": username, "password": PASSWORD},
            content_type="application/json",
        )
        assert answer.status_code == 200, answer.content
        organization = organization_of(answer.json()["organization"]["code"])
        api = Api(organization, None, answer.json()["access_token"])  # type: ignore[arg-type]
        names = ("products", "employees", "suppliers")
        may = {name: api.get(f"{name}/", limit=1).status_code == 200 for name in names}
        trade, people = username != "hr", username in ("admin", "hr", "neighbour")
        assert may == {"products": trade, "employees": people, "suppliers": trade}, username


def test_the_neighbour_has_the_same_codes_and_other_things(loaded: DemoCredentials) -> None:
    ours, theirs = organization_of(loaded.organization), organization_of(loaded.other_organization)
    assert Product.objects.within(theirs).count() == 3
    assert Product.objects.within(theirs).get(code="BF-1001").name == "Lomo de ternera"
    assert Product.objects.within(ours).get(code="BF-1001").name.startswith("Ribeye roll")
