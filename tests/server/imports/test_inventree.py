"""InvenTree's demonstration set: companies, parts and purchase orders; every number is computed from the file itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from server.core.context import SecurityContext
from server.inventory.models import Location, UnitOfMeasure
from server.organizations.models import Organization
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine
from tests.server.imports.files import DATA, real_file
from tests.server.imports.sessions import issues, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.data]

INVENTREE = DATA / "inventree" / "inventree_data_2024-03-19_6200e34.json"
FOREIGN_RATE = "1.25"
"""The set tells no rates; what is not in the base currency needs one."""


def as_csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([head, *rows])
    return buffer.getvalue().encode()


def test_the_purchase_orders_of_inventree_go_in_with_their_lines(
    actor: SecurityContext, organization: Organization
) -> None:
    records: dict[str, dict[int, dict[str, Any]]] = {}
    for record in json.loads(real_file(INVENTREE)):
        if isinstance(record["pk"], int):
            records.setdefault(record["model"], {})[record["pk"]] = record["fields"]
    own = {"organization_id": actor.organization_id}
    UnitOfMeasure.objects.create(code="EA", name="Each", dimension="count", decimals=5, **own)
    Location.objects.create(code="MAIN", name="Main", kind=Location.Kind.INTERNAL, **own)
    suppliers = {key: each for key, each in records["company.company"].items() if each["is_supplier"]}
    session = take_in(
        actor,
        as_csv(("Code", "Name"), [(f"C{key}", each["name"]) for key, each in suppliers.items()]),
        into="suppliers",
    )
    assert session.counts["created"] == len(suppliers), list(issues(session))
    parts = records["part.part"]
    session = take_in(
        actor,
        as_csv(("Code", "Name", "Unit"), [(key, each["name"], "EA") for key, each in parts.items()]),
        into="products",
    )
    assert session.counts["created"] == len(parts), list(issues(session))[:5]
    orders = records["order.purchaseorder"]
    rows = []
    for line in records["order.purchaseorderlineitem"].values():
        order = orders[line["order"]]
        currency = line["purchase_price_currency"]
        rows.append(
            (
                f"{order['reference']}/{currency}",
                f"C{order['supplier']}",
                order["creation_date"],
                currency,
                "" if currency == organization.base_currency else FOREIGN_RATE,
                records["company.supplierpart"][line["part"]]["part"],
                line["quantity"],
                line["purchase_price"] or "0",
            )
        )
    head = ("Order id", "Supplier", "Order date", "Currency", "Rate", "Part", "Quantity", "Unit price")
    session = take_in(actor, as_csv(head, rows), into="purchase-orders")
    assert session.counts["created"] == len(rows) > 0, list(issues(session))
    assert session.result["documents"]["created"] == len({row[0] for row in rows})
    lines = PurchaseOrderLine.objects.within(actor)
    expected = sum((Decimal(row[6]) * Decimal(row[7]) for row in rows), Decimal(0))
    assert lines.aggregate(sum=Sum("amount"))["sum"] == expected
    assert PurchaseOrder.objects.within(actor).values("supplier").distinct().count() == len(
        {row[1] for row in rows}
    )
    print(f"InvenTree: {len({row[0] for row in rows})} orders, {len(rows)} lines, {expected}")
