"""Sales orders and opportunities: numbered, priced and totalled by the server."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.partners.models import Partner
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(organization: Any) -> Api:
    return sign_in(organization, every_permission())


def test_a_sales_order_takes_list_prices_and_totals_itself(api: Api, actor: Any) -> None:
    shop = Shop(actor)
    beef = shop.product(list_price=Decimal("4.25"))
    shop.pack(beef, "CASE", "10", is_sales_unit=True)
    body = {
        "customer": "C-1",
        "lines": [{"product": "BEEF", "quantity": "2"}, {"product": "BEEF", "quantity": "3", "unit": "KG"}],
    }
    order = api.post("sales-orders/", body)
    assert order.status_code == 201, order.content
    made = order.json()
    assert [(line["unit_code"], line["unit_price"], line["amount"]) for line in made["lines"]] == [
        ("CASE", "42.500000", "85.0000"),
        ("KG", "4.250000", "12.7500"),
    ]
    assert (made["total"], made["currency"], made["state"]) == ("97.7500", "USD", "draft")
    kept = made["lines"][0]["id"]
    changed = api.patch(
        f"sales-orders/{made['id']}/", {"lines": [{"id": kept, "quantity": "1"}]}, version=made["version"]
    )
    assert (changed.json()["total"], len(changed.json()["lines"])) == ("42.5000", 1)


def test_a_blocked_customer_gets_no_new_order(api: Api, actor: Any) -> None:
    shop = Shop(actor)
    shop.customer.blocked_reason = "unpaid invoices"
    shop.customer.save()
    refused = api.post("sales-orders/", {"customer": "C-1"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "customer")
    assert "unpaid invoices" in refused.json()["detail"]


def test_opportunities_are_numbered_in_their_own_series(api: Api, actor: Any) -> None:
    Shop(actor)
    numbers = [
        api.post("opportunities/", {"name": "Weekly", "customer": "C-1", "currency": "USD"}).json()["number"]
        for _time in range(2)
    ]
    assert int(numbers[1]) == int(numbers[0]) + 1


def test_a_supplier_that_buys_nothing_is_no_customer_and_the_base_currency_is_worth_one(
    api: Api, actor: Any
) -> None:
    shop = Shop(actor)
    refused = api.post("sales-orders/", {"customer": shop.supplier.code})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "customer")
    refused = api.post("sales-orders/", {"customer": "C-1", "rate": "2"})
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("rate", "contradiction")]


def test_another_customer_brings_its_own_currency_and_terms(api: Api, actor: Any) -> None:
    shop = Shop(actor)
    Partner.objects.within(actor).filter(code="C-1").update(payment_terms_days=14)
    Partner(
        organization_id=shop.customer.organization_id,
        code="C-2",
        name="Export",
        is_customer=True,
        payment_terms_days=60,
    ).save()
    order = api.post("sales-orders/", {"customer": "C-1"}).json()
    changed = api.patch(f"sales-orders/{order['id']}/", {"customer": "C-2"}, version=order["version"]).json()
    assert (order["payment_terms_days"], changed["payment_terms_days"]) == (14, 60)
