"""A draft is taken back by its own service: head and lines exactly as they were, or not at all and with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.core.models import DomainEvent
from server.inventory.models import Product, ProductUnit
from tests.server.api_client import Api, sign_in
from tests.server.conftest import every_permission
from tests.server.shop import Shop

STAMPS = {"version", "updated_at", "created_at"}


@dataclass
class Desk:
    """One kind of order, a draft of it with two lines, and how it is changed over HTTP."""

    api: Api
    shop: Shop
    name: str
    party: str
    path: str = ""

    def open(self) -> None:
        self.shop.product("BEEF")
        self.shop.product("PORK")
        self.shop.product("FISH")
        partner = self.shop.supplier
        partner.is_customer = True
        partner.save()
        head = {self.party: partner.pk, "currency": self.api.organization.base_currency}
        if self.name == "purchase-orders":
            head["location"] = "MAIN"
        lines = [
            {"product": "BEEF", "quantity": "2", "unit_price": "3.5"},
            {"product": "PORK", "quantity": "4", "unit_price": "1.25"},
        ]
        made = self.api.post(f"{self.name}/", {**head, "lines": lines})
        assert made.status_code == 201, made.content
        self.path = f"{self.name}/{made.json()['id']}/"
        self.made = made.headers["X-Change-Set"]

    def row(self) -> Any:
        return self.api.get(self.path).json()

    def seen(self) -> Any:
        """The document without what counts and stamps its changes; the status where it is not there."""
        response = self.api.get(self.path)
        if response.status_code != 200:
            return response.status_code
        return {name: value for name, value in response.json().items() if name not in STAMPS}

    def change(self, api: Api | None = None, **body: Any) -> str:
        """The change set of this change."""
        done = (api or self.api).patch(self.path, body, version=self.row()["version"])
        assert done.status_code == 200, done.content
        return str(done.headers["X-Change-Set"])

    def undo(self, change_set: str, api: Api | None = None) -> str:
        """Takes it back; the reason where that is refused, else what the undo itself can be taken back by."""
        answer = (api or self.api).post("operations/audit.undo/", {"change_set": change_set})
        if answer.status_code == 200:
            return str(answer.json()["change_set"])
        assert answer.status_code == 409, answer.content
        return str(answer.json()["not_undone"][0]["reason"])

    def told(self, change_set: str, api: Api | None = None) -> str:
        """What the timeline says against taking it back."""
        entries = (api or self.api).get(f"{self.path}timeline/").json()["results"]
        return next(entry["why_not"] for entry in entries if entry["change_set"] == change_set)


@pytest.fixture(params=["purchase-orders", "sales-orders"])
def desk(request: Any, organization: Any, actor: Any) -> Desk:
    party = {"purchase-orders": "supplier", "sales-orders": "customer"}[request.param]
    desk = Desk(sign_in(organization, every_permission()), Shop(actor), request.param, party)
    desk.open()
    return desk


def test_head_and_lines_come_back_under_their_keys_and_numbers(desk: Desk) -> None:
    """A line changed, one removed, one added and the head changed, in one go."""
    before = desk.seen()
    beef, pork = before["lines"]
    work = desk.change(
        notes="by Friday",
        lines=[{"id": pork["id"], "quantity": "7"}, {"product": "FISH", "quantity": "1", "unit_price": "9"}],
    )
    after = desk.seen()
    version = desk.row()["version"]
    assert after["total"] != before["total"] and beef["id"] not in [line["id"] for line in after["lines"]]
    assert desk.told(work) == ""
    taken_back = desk.undo(work)
    assert desk.seen() == before
    assert desk.row()["version"] > version, "who holds the changed order must hear of it"
    desk.undo(taken_back)
    assert desk.seen() == after


def test_another_product_and_another_partner_come_back_with_what_followed_from_them(desk: Desk) -> None:
    other = desk.api.post(
        "partners/",
        {
            "code": "OTHER",
            "name": "Other",
            "is_supplier": True,
            "is_customer": True,
            "payment_terms_days": 90,
        },
    )
    assert other.status_code == 201, other.content
    before = desk.seen()
    body: dict[str, Any] = {desk.party: "OTHER"}
    body["lines"] = [{"id": before["lines"][0]["id"], "product": "FISH", "unit_price": "8"}]
    work = desk.change(None, **body)
    assert desk.seen()["lines"][0]["product_code"] == "FISH"
    desk.undo(work)
    assert desk.seen() == before


def test_one_change_after_the_other_down_to_the_creation(desk: Desk) -> None:
    states, steps = [desk.seen()], []
    first = desk.row()["lines"][0]["id"]
    for body in (
        {"notes": "one"},
        {"lines": [{"id": first, "quantity": "9"}]},
        {"notes": "two", "lines": []},
    ):
        steps.append(desk.change(**body))
        states.append(desk.seen())
    assert "changed again" in desk.told(steps[0]) and "changed again" in desk.undo(steps[0])
    assert desk.seen() == states.pop()
    for step in reversed(steps):
        assert desk.told(step) == ""
        desk.undo(step)
        assert desk.seen() == states.pop()
    number = desk.seen()["number"]
    gone = desk.undo(desk.made)
    assert desk.seen() == 404
    desk.undo(gone)
    assert desk.seen()["number"] == number, "the number was given to nobody else"


def test_what_a_colleague_changed_since_is_never_lost(desk: Desk, organization: Any) -> None:
    colleague = sign_in(organization, every_permission(), "colleague")
    work = desk.change(notes="ours")
    beef = desk.row()["lines"][0]["id"]
    desk.change(colleague, lines=[{"id": beef, "description": "without bones"}])
    after = desk.seen()
    assert "changed again" in desk.told(work)
    assert "changed again" in desk.undo(work) and "changed again" in desk.undo(desk.made)
    assert desk.seen() == after


def test_a_role_takes_back_no_more_than_it_may_do_by_hand(desk: Desk, organization: Any) -> None:
    work = desk.change(notes="ours")
    weak = sign_in(organization, every_permission() - {f"{desk.name}.update"}, "weak")
    after = desk.seen()
    assert f"{desk.name}.update" in desk.undo(work, weak)
    assert f"{desk.name}.update" in desk.told(work, weak)
    nobody = sign_in(organization, every_permission() - {"audit.undo"}, "nobody")
    assert "audit.undo" in desk.told(work, nobody)
    assert desk.seen() == after


def test_what_would_not_become_what_it_was_is_left_and_said(desk: Desk) -> None:
    """The pack holds more by now: the line would come back with another quantity in stock."""
    pork = Product.objects.within(desk.shop.actor).get(code="PORK")
    desk.shop.pack(pork, "CASE", "10")
    keep, _other = desk.row()["lines"]
    rest = {"product": "PORK", "quantity": "4", "unit": "CASE", "unit_price": "1"}
    desk.change(lines=[{"id": keep["id"]}, rest])
    work = desk.change(lines=[{"id": keep["id"]}])
    ProductUnit.objects.within(desk.shop.actor).update(factor=12)
    after = desk.seen()
    assert "would not be what it was" in desk.undo(work)
    assert desk.seen() == after


def test_a_confirmed_order_is_not_changed_by_an_undo(organization: Any, actor: Any) -> None:
    desk = Desk(sign_in(organization, every_permission()), Shop(actor), "purchase-orders", "supplier")
    desk.open()
    work = desk.change(notes="ours")
    confirmed = desk.api.post(
        "operations/purchasing.confirm/", {"order": desk.row()["id"]}, version=desk.row()["version"]
    )
    assert confirmed.status_code == 200, confirmed.content
    after = desk.seen()
    for step in (work, desk.made):
        assert "changed again" in desk.told(step) and "changed again" in desk.undo(step)
    assert desk.seen() == after
    desk.undo(confirmed.json()["change_set"])
    assert desk.told(work) == "", "the draft is as it was left, so its changes are taken back again"
    desk.undo(work)
    assert desk.seen()["notes"] == ""


def test_a_cancelled_order_says_that_nothing_takes_it_back(organization: Any, actor: Any) -> None:
    desk = Desk(sign_in(organization, every_permission()), Shop(actor), "purchase-orders", "supplier")
    desk.open()
    row = desk.row()
    cancelled = desk.api.post("operations/purchasing.cancel/", {"order": row["id"]}, version=row["version"])
    work = cancelled.json()["change_set"]
    after = desk.seen()
    assert desk.told(work) == desk.undo(work) == "Only an operation of its own can take this back."
    assert desk.seen() == after


def test_lists_and_handlers_hear_of_an_order_that_was_taken_back(organization: Any, actor: Any) -> None:
    desk = Desk(sign_in(organization, every_permission()), Shop(actor), "purchase-orders", "supplier")
    desk.open()
    work = desk.change(notes="ours")
    last = DomainEvent.objects.within(actor).latest("pk").pk
    desk.undo(work)
    told = DomainEvent.objects.within(actor).filter(pk__gt=last, entity_type="purchase-orders")
    assert set(told.values_list("type", flat=True)) == {"record_updated", "purchase_order_changed"}


def test_locks_are_taken_before_the_look_so_that_nobody_slips_between(desk: Desk) -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("on SQLite the write transaction is the lock")
    work = desk.change(notes="ours")
    with CaptureQueriesContext(connection) as statements:
        desk.undo(work)
    asked = [query["sql"] for query in statements]
    locked = next(number for number, sql in enumerate(asked) if "FOR UPDATE" in sql and "order" in sql)
    looked = max(
        number
        for number, sql in enumerate(asked)
        if "audit_auditentry" in sql and "root_table" in sql and sql.startswith("SELECT")
    )
    assert locked < looked
