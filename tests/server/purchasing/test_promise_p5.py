"""P5: many clients on one line receive no more than is tolerated, and nobody is shown a deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from server.core.context import SecurityContext
from server.core.errors import Conflict, Invalid
from server.inventory.ledger import post_moves
from server.inventory.selectors import check_ledger
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrderLine, Receipt
from server.purchasing.services import lifecycle, receive_order, reverse_receipt
from tests.server.conftest import every_permission
from tests.server.shop import Arrival, Shop

CLIENTS = 8

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    organization = Organization.objects.create(code="ACME", name="Acme Provisions", base_currency="USD")
    return Shop(SecurityContext(organization_id=organization.pk, permissions=every_permission()))


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread of its own, all begun together; the answers, or what was raised."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(index: int) -> None:
        try:
            gate.wait()
            answers[index] = works[index]()
        except Exception as error:
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_many_clients_on_one_line_receive_what_was_ordered_and_no_more(shop: Shop) -> None:
    beef = shop.product()
    order = shop.order((beef, "20"))
    answers = at_once([lambda: shop.receive(order, Arrival(1, Decimal(5)))] * CLIENTS)
    posted = [answer for answer in answers if isinstance(answer, Receipt)]
    refused = [answer for answer in answers if not isinstance(answer, Receipt)]
    assert len(posted) == 4
    assert all(isinstance(answer, Conflict | Invalid) for answer in refused), refused
    assert sorted(int(receipt.number) for receipt in posted) == [1, 2, 3, 4], "numbers without gaps"
    assert PurchaseOrderLine.objects.within(shop.actor).get().received == 20
    assert shop.on_hand(beef) == 20
    assert check_ledger(shop.actor) == []


def test_a_receipt_is_reversed_once_whoever_asks_first(shop: Shop) -> None:
    beef = shop.product()
    receipt = shop.receive(shop.order((beef, "20")), Arrival(1, Decimal(20)))
    shop.stock_up(beef, "100")
    answers = at_once([lambda: reverse_receipt(actor=shop.fresh(), receipt_id=receipt.pk)] * CLIENTS)
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    assert all(isinstance(answer, Receipt | Conflict) for answer in answers), answers
    assert shop.on_hand(beef) == 100


def test_stock_that_is_there_once_leaves_once(shop: Shop) -> None:
    beef = shop.product()
    shop.stock_up(beef, "12")
    move = shop.movement(beef, "5", "MAIN", "BACK")
    answers = at_once([lambda: post_moves(actor=shop.fresh(), moves=[move])] * CLIENTS)
    assert sum(isinstance(answer, list) for answer in answers) == 2
    assert all(isinstance(answer, list | Conflict) for answer in answers), answers
    assert (shop.on_hand(beef), shop.on_hand(beef, "BACK")) == (2, 10)
    assert check_ledger(shop.actor) == []


def test_orders_over_the_same_products_in_opposite_order_never_deadlock(shop: Shop) -> None:
    """The places are new to all of them, so they also begin the same balances at the same moment."""
    goods = [shop.product(f"P{number}", tracks_lots=number % 2 == 0) for number in range(6)]

    def received(number: int) -> Callable[[], Receipt]:
        ordered = goods if number % 2 else goods[::-1]
        order = shop.order(*((product, "3") for product in ordered))
        arrivals = [
            Arrival(line, Decimal(3), lot="SAME" if product.tracks_lots else "")
            for line, product in enumerate(ordered, start=1)
        ]
        return lambda: receive_order(actor=shop.fresh(), order_id=order.pk, arrivals=arrivals)

    answers = at_once([received(number) for number in range(CLIENTS)])
    assert all(isinstance(answer, Receipt) for answer in answers), answers
    assert all(shop.on_hand(product) == 3 * CLIENTS for product in goods)
    assert check_ledger(shop.actor) == []


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="on SQLite the write transaction itself is the lock"
)
def test_without_the_locks_too_much_is_received(shop: Shop) -> None:
    """The control: the same race, with reads that do not lock, goes wrong in at least one of ten rounds."""

    def unlocked(queryset: Any) -> list[Any]:
        return list(queryset.order_by("pk"))

    def broken(protection: AbstractContextManager[Any]) -> bool:
        beef = shop.product()
        order = shop.order((beef, "5"))
        with protection:
            answers = at_once([lambda: shop.receive(order, Arrival(1, Decimal(5)))] * CLIENTS)
        return sum(isinstance(answer, Receipt) for answer in answers) != 1

    assert not any(broken(nullcontext()) for _round in range(3))
    rounds = (broken(mock.patch.object(lifecycle, "lock", unlocked)) for _round in range(10))
    assert any(rounds)
