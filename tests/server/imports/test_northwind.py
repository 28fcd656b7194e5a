"""Northwind, a real set of sales orders, through the whole session; every number is computed from the file itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest
from django.db.models import Sum

from server.core.context import SecurityContext
from server.inventory.models import Product, UnitOfMeasure
from server.partners.models import Partner
from server.sales.models import SalesOrder, SalesOrderLine
from tests.server.imports.files import DATA, real_file
from tests.server.imports.sessions import issues, take_in, undo

pytestmark = [pytest.mark.django_db, pytest.mark.data]

NORTHWIND = DATA / "northwind" / "northwind.sql"
NET_SALES = Decimal("1265793.0395")
"""What is commonly told of this set: the sum of price × quantity × (1 - discount)."""
VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^,']+?))\s*(?:,|$)")


def table(text: str, name: str) -> Iterator[list[str]]:
    """The rows of one table of the dump; null is empty."""
    for row in re.findall(rf"^INSERT INTO {name} VALUES \((.*)\);$", text, re.MULTILINE):
        yield [
            quoted.replace("''", "'") if bare == "" else "" if bare == "NULL" else bare
            for quoted, bare in VALUE.findall(row)
        ]


def as_csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([head, *rows])
    return buffer.getvalue().encode()


def exact(text: str, places: str) -> Decimal:
    """What stood in the database before it was written down as a float: 9.80000019 was 9.80."""
    return Decimal(text).quantize(Decimal(places))


def test_the_orders_of_northwind_come_to_its_net_sales(actor: SecurityContext) -> None:
    text = real_file(NORTHWIND).decode()
    UnitOfMeasure.objects.create(
        organization_id=actor.organization_id, code="EA", name="Each", dimension="count", decimals=0
    )
    suppliers = [(f"V{row[0]}", row[1], row[4], row[5]) for row in table(text, "suppliers")]
    customers = [(row[0], row[1], row[4], row[5]) for row in table(text, "customers")]
    products = [(row[0], row[1], "EA") for row in table(text, "products")]
    heads = {row[0]: row for row in table(text, "orders")}
    details = list(table(text, "order_details"))
    net = {
        (order, product): exact(price, "0.01") * (1 - exact(discount, "0.01"))
        for order, product, price, _quantity, discount in details
    }
    expected = sum(
        (net[order, product] * int(quantity) for order, product, _price, quantity, _discount in details),
        Decimal(0),
    )
    assert expected == NET_SALES
    for into, head, rows in (
        ("suppliers", ("Code", "Name", "Street", "City"), suppliers),
        ("customers", ("Code", "Name", "Street", "City"), customers),
        ("products", ("Code", "Name", "Unit"), products),
    ):
        session = take_in(actor, as_csv(head, rows), into=into)
        assert session.counts["created"] == len(rows) > 0, list(issues(session))
    lines = [
        (order, heads[order][1], heads[order][3], heads[order][4], product, quantity, net[order, product])
        for order, product, _price, quantity, _discount in details
    ]
    head = ("Order id", "Customer", "Order date", "Required date", "Product", "Quantity", "Unit price")
    file = as_csv(head, lines)
    session = take_in(actor, file, into="sales-orders")
    assert session.counts["created"] == len(details), list(issues(session))[:5]
    assert session.result["documents"] == {"created": len(heads), "updated": 0}
    taken = SalesOrderLine.objects.within(actor).aggregate(net=Sum("amount"))["net"]
    assert taken == expected
    orders = SalesOrder.objects.within(actor)
    assert orders.count() == len(heads)
    per_customer = {row[0] for row in customers} & {row[1] for row in heads.values()}
    assert orders.values("customer").distinct().count() == len(per_customer)
    again = take_in(actor, file, into="sales-orders")
    assert again.counts["unchanged"] == len(details)
    print(f"Northwind: {len(heads)} orders, {len(details)} lines, {taken} net")
    assert undo(actor, session) == {"deleted": len(heads), "restored": 0}
    assert not orders.exists()
    assert Partner.objects.within(actor).count() == len(suppliers) + len(customers)
    assert Product.objects.within(actor).count() == len(products)
