"""Orders with their lines from flat files: a row a line, the head repeated, created by the services of the orders."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from server.audit.models import AuditEntry
from server.core.errors import Conflict, Forbidden
from server.core.models import DomainEvent
from server.inventory.models import Product
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from server.purchasing.services import confirm_order
from server.sales.models import SalesOrder
from tests.server.api_client import sign_in
from tests.server.conftest import every_permission
from tests.server.imports.sessions import apply, issues, plans, take_in, undo, upload, validate
from tests.server.shop import Shop

pytestmark = pytest.mark.django_db

HEAD = "Order id,Supplier,Location,Ordered on,Product,Quantity,Unit price\n"


@pytest.fixture
def shop(actor: Any) -> Shop:
    shop = Shop(actor)
    shop.product("BEEF")
    shop.product("PORK")
    return shop


def rows(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


ONE = "A-1,S-1,MAIN,2026-01-05,BEEF,2,3.50"
ONE_MORE = "A-1,S-1,MAIN,2026-01-05,PORK,1.5,4"
OTHER = "A-2,S-1,MAIN,2026-01-06,BEEF,10,3"


def test_rows_of_one_key_become_one_order_with_its_number_audit_and_event(shop: Shop) -> None:
    session = take_in(shop.actor, rows(ONE, OTHER, ONE_MORE), into="purchase-orders")
    assert session.counts["created"] == 3, list(issues(session))
    assert session.result["documents"] == {"created": 2, "updated": 0}
    first, second = PurchaseOrder.objects.within(shop.actor).order_by("pk")
    assert (first.external_id, first.total, first.state) == ("A-1", Decimal("13.00"), "draft")
    assert (second.external_id, second.total) == ("A-2", Decimal("30.00"))
    assert first.number and first.number != second.number
    lines = PurchaseOrderLine.objects.within(shop.actor).filter(order=first).order_by("number")
    assert [(line.number, line.product.code, line.quantity) for line in lines] == [
        (1, "BEEF", Decimal(2)),
        (2, "PORK", Decimal("1.5")),
    ]
    entries = AuditEntry.objects.within(shop.actor).filter(change_set=session.change_set, root_id=first.pk)
    assert entries.count() == 3
    assert (
        DomainEvent.objects.within(shop.actor)
        .filter(type="purchase_order_created", entity_id=first.pk)
        .count()
        == 1
    )


def test_it_is_what_the_service_makes_of_the_same_values(shop: Shop) -> None:
    by_hand = shop.order((shop.product("BEEF"), "2"), price="3.50", confirm=False)
    take_in(
        shop.actor,
        "Order id,Supplier,Location,Product,Quantity,Unit price\nB,S-1,MAIN,BEEF,2,3.5\n",
        into="purchase-orders",
    )
    taken_in = PurchaseOrder.objects.within(shop.actor).get(external_id="B")
    own = {"id", "number", "external_id", "created_at", "updated_at"}
    for name in (field.attname for field in PurchaseOrder._meta.concrete_fields):
        if name not in own:
            assert getattr(taken_in, name) == getattr(by_hand, name), name
    ours, theirs = (
        PurchaseOrderLine.objects.within(shop.actor).get(order=order) for order in (taken_in, by_hand)
    )
    for name in (field.attname for field in PurchaseOrderLine._meta.concrete_fields):
        if name not in ("id", "order_id"):
            assert getattr(ours, name) == getattr(theirs, name), name


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    take_in(shop.actor, rows(ONE, ONE_MORE), into="purchase-orders")
    again = take_in(shop.actor, rows(ONE, ONE_MORE), into="purchase-orders")
    assert again.counts["unchanged"] == 2
    assert again.result["documents"] == {"created": 0, "updated": 0}
    assert PurchaseOrder.objects.within(shop.actor).count() == 1


def test_contradicting_heads_are_refused_with_both_rows(shop: Shop) -> None:
    differing = "A-1,S-1,BACK,2026-01-05,PORK,1,4"
    session = validate(shop.actor, upload(shop.actor, rows(ONE, differing, OTHER), into="purchase-orders"))
    assert (session.counts["refused"], session.counts["created"]) == (2, 1)
    found = {plan.row: plan.issues for plan in plans(session, "refused")}
    assert [issue.code for issue in found[2]] == ["contradiction"]
    for row in (2, 3):
        assert "row 2" in found[row][0].message and "row 3" in found[row][0].message
        assert found[row][0].column == 2


def test_a_document_goes_in_whole_or_not_at_all(shop: Shop) -> None:
    broken = "A-1,S-1,MAIN,2026-01-05,PORK,many,4"
    session = take_in(shop.actor, rows(ONE, broken, OTHER), into="purchase-orders")
    assert {plan.row: [issue.code for issue in plan.issues] for plan in plans(session, "refused")} == {
        2: ["refused_document"],
        3: ["invalid"],
    }
    assert list(PurchaseOrder.objects.within(shop.actor).values_list("external_id", flat=True)) == ["A-2"]


def test_what_the_service_would_refuse_is_told_at_its_row_and_column(shop: Shop) -> None:
    shop.product("GONE", is_active=False)
    file = rows(
        "A-1,S-1,MAIN,2026-01-05,BEEF,1,1",
        "A-1,S-1,MAIN,2026-01-05,GONE,1,1",
        "A-2,S-1,MAIN,,BEEF,0,1",
        "A-3,S-1,SCRAP,,BEEF,1,",
    )
    session = validate(shop.actor, upload(shop.actor, file, into="purchase-orders"))
    found = {(row, field, code) for row, field, code, _level in issues(session)}
    assert (3, "lines.product", "not_a_choice") in found
    assert (4, "lines.quantity", "not_positive") in found or (4, "lines.quantity", "too_small") in found
    assert (5, "location", "not_a_choice") in found
    assert session.counts["refused"] == 4


def test_rows_without_a_head_go_on_with_the_document_above_where_that_is_chosen(shop: Shop) -> None:
    file = rows(ONE, ",,,,PORK,1.5,4", OTHER)
    session = validate(shop.actor, upload(shop.actor, file, into="purchase-orders"))
    assert [(row, code) for row, _field, code, _level in issues(session)] == [(3, "required")]
    chosen = take_in(shop.actor, file, into="purchase-orders", dialect={"empty_head": "above"})
    assert chosen.result["documents"] == {"created": 2, "updated": 0}
    order = PurchaseOrder.objects.within(shop.actor).get(external_id="A-1")
    assert order.lines.count() == 2


def test_a_draft_is_changed_and_a_confirmed_order_refused_with_the_reason(shop: Shop) -> None:
    take_in(shop.actor, rows(ONE, ONE_MORE, OTHER), into="purchase-orders")
    confirmed = PurchaseOrder.objects.within(shop.actor).get(external_id="A-2")
    confirm_order(actor=shop.fresh(), order_id=confirmed.pk)
    changed = ONE_MORE.replace("1.5", "2")
    session = take_in(shop.actor, rows(ONE, changed, OTHER.replace(",10,", ",11,")), into="purchase-orders")
    assert {plan.row: plan.status for plan in plans(session)} == {2: "unchanged", 3: "updated", 4: "refused"}
    assert plans(session)[1].old == {"lines.quantity": "1.500000"}
    assert plans(session)[1].values["lines.quantity"] == "2.000000"
    assert [issue.code for issue in plans(session, "refused")[0].issues] == ["frozen"]
    assert confirmed.number in plans(session, "refused")[0].issues[0].message
    order = PurchaseOrder.objects.within(shop.actor).get(external_id="A-1")
    assert (order.total, order.version) == (Decimal("15.00"), 2)


def test_lines_that_no_row_holds_are_removed_and_said_to_be(shop: Shop) -> None:
    take_in(shop.actor, rows(ONE, ONE_MORE), into="purchase-orders")
    session = take_in(shop.actor, rows(ONE), into="purchase-orders")
    assert [(code, level) for _row, _field, code, level in issues(session)] == [("removes_lines", "warning")]
    order = PurchaseOrder.objects.within(shop.actor).get(external_id="A-1")
    assert [line.product.code for line in order.lines.all()] == ["BEEF"]


def test_undo_takes_back_what_was_created_and_what_was_changed(shop: Shop) -> None:
    before = take_in(shop.actor, rows(ONE, ONE_MORE), into="purchase-orders")
    order = PurchaseOrder.objects.within(shop.actor).get(external_id="A-1")
    session = take_in(shop.actor, rows(ONE.replace(",2,", ",5,"), OTHER), into="purchase-orders")
    assert undo(shop.actor, session) == {"deleted": 1, "restored": 1}
    lines = PurchaseOrderLine.objects.within(shop.actor).filter(order=order).order_by("number")
    assert [(line.product.code, line.quantity) for line in lines] == [
        ("BEEF", Decimal(2)),
        ("PORK", Decimal("1.5")),
    ]
    assert undo(shop.actor, before, force=True)["deleted"] == 1
    assert not PurchaseOrder.objects.within(shop.actor).exists()


def test_an_external_id_that_another_order_has_is_refused_before_anything_is_done(shop: Shop) -> None:
    take_in(shop.actor, rows(ONE, OTHER), into="purchase-orders")
    take_in(shop.actor, rows(ONE.replace("A-1", "A-3")), into="purchase-orders")
    first, second, third = PurchaseOrder.objects.within(shop.actor).order_by("pk")
    file = f"Number,External id\n{first.number},A-2\n{second.number},A-2\n{third.number},A-9\n"
    session = validate(shop.actor, upload(shop.actor, file, into="purchase-orders"))
    assert [(plan.row, plan.status) for plan in plans(session)] == [
        (2, "refused"),
        (3, "unchanged"),
        (4, "updated"),
    ]
    assert second.number in plans(session)[0].issues[0].message
    twice = file.replace("A-2", "A-8")
    session = validate(shop.actor, upload(shop.actor, twice, into="purchase-orders"))
    assert [plan.status for plan in plans(session)] == ["updated", "refused", "updated"]


def test_an_unknown_number_of_ours_is_refused_with_the_way_out(shop: Shop) -> None:
    session = validate(
        shop.actor,
        upload(
            shop.actor,
            "Number,Supplier,Product,Quantity,Unit price\nPO-9,S-1,BEEF,1,1\n",
            into="purchase-orders",
        ),
    )
    [refused] = plans(session, "refused")
    assert [issue.code for issue in refused.issues] == ["not_found"]
    assert "external id" in refused.issues[0].remedy


def known(export: bytes) -> list[dict[str, str]]:
    """The rows of an export, without what is another in every organization: our number, and who bought."""
    rows = csv.DictReader(io.StringIO(export.decode()))
    return [{**row, "number": "", "buyer_username": ""} for row in rows]


def as_csv(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def test_an_export_with_lines_makes_the_same_orders_in_another_organization(
    organization: Any, other_organization: Any, make_actor: Any
) -> None:
    exports = {}
    for place in (organization, other_organization):
        api = sign_in(place, every_permission(), f"clerk-{place.pk}")
        actor = make_actor(place, user_id=api.user.pk)
        own = Shop(actor)
        own.product("BEEF")
        own.product("PORK")
        if place == organization:
            file: bytes | str = rows(ONE, OTHER, ONE_MORE)
        else:
            file = as_csv(known(exports[organization.pk]))
        session = take_in(actor, file, into="purchase-orders", match_on="external_id")
        assert session.counts["created"] == 3, list(issues(session))
        response = api.get("purchase-orders/export/?format=csv&headers=names&lines=yes&ordering=id")
        exports[place.pk] = b"".join(response.streaming_content)
        assert response["X-Export-Rows"] == "3"
    ours, theirs = (known(each) for each in exports.values())
    assert ours == theirs and len(ours) == 3
    assert [row["lines.product_code"] for row in ours] == ["BEEF", "PORK", "BEEF"]


@pytest.mark.parametrize("step", [validate, apply])
def test_the_statements_do_not_grow_with_the_orders_or_their_lines(shop: Shop, step: Any) -> None:
    counts = []
    for orders in (2, 40):
        file = rows(
            *(
                f"N{orders}-{n},S-1,MAIN,2026-01-05,{code},2,3.50"
                for n in range(orders)
                for code in ("BEEF", "PORK")
            )
        )
        session = upload(shop.actor, file, into="purchase-orders")
        if step is apply:
            validate(shop.actor, session)
        with CaptureQueriesContext(connection) as statements:
            step(shop.actor, session)
        assert session.counts["created"] == 2 * orders
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 1, counts


def test_sales_orders_go_in_and_out_again_likewise(shop: Shop) -> None:
    file = "Order id,Customer,Order date,Product,Qty,Price\nS-9,C-1,2026-02-03,BEEF,2,1.25\nS-9,C-1,2026-02-03,PORK,4,2\n"
    session = take_in(shop.actor, file, into="sales-orders")
    assert session.result["documents"] == {"created": 1, "updated": 0}, list(issues(session))
    order = SalesOrder.objects.within(shop.actor).get()
    assert (order.external_id, order.total, str(order.ordered_on)) == ("S-9", Decimal("10.50"), "2026-02-03")
    changed = take_in(shop.actor, file.replace(",4,2", ",5,2"), into="sales-orders")
    assert changed.counts == {"created": 0, "updated": 1, "unchanged": 1, "refused": 0, "warnings": 0}
    assert undo(shop.actor, changed) == {"deleted": 0, "restored": 1}
    order.refresh_from_db()
    assert order.total == Decimal("10.50")
    assert undo(shop.actor, session, force=True)["deleted"] == 1


def test_an_order_that_somebody_else_brought_in_since_the_validation_stops_the_whole(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, rows(ONE, OTHER), into="purchase-orders"))
    take_in(shop.actor, rows(OTHER), into="purchase-orders")
    with pytest.raises(Conflict, match="A-2"), transaction.atomic():
        apply(shop.actor, session)
    assert PurchaseOrder.objects.within(shop.actor).count() == 1


def test_a_product_put_out_of_use_since_the_validation_is_told_with_its_row(shop: Shop) -> None:
    session = validate(shop.actor, upload(shop.actor, rows(ONE, OTHER), into="purchase-orders"))
    Product.objects.within(shop.actor).filter(code="BEEF").update(is_active=False)
    with pytest.raises(Conflict, match=r"row 2.*BEEF"), transaction.atomic():
        apply(shop.actor, session)
    assert not PurchaseOrder.objects.within(shop.actor).exists()


def test_whoever_may_not_import_orders_is_refused(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        upload(shop.fresh(without="purchase-orders.import"), rows(ONE), into="purchase-orders")
