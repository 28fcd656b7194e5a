"""A purchase order created, confirmed and received over HTTP, beside the same rows written set-wise by the ORM."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from server.audit.models import AuditEntry
from server.core.models import DomainEvent, IdempotencyRecord
from server.inventory.models import Product, StockBalance, StockMove
from server.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from tests.bench.ground import database_name, ground
from tests.bench.measure import Row, Spread, in_turns, milliseconds
from tests.server.api_client import Api
from tests.server.shop import Shop

LINES = 100
RUNS = 15
LIMIT = 2.5
WRITTEN: tuple[type[models.Model], ...] = (
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    StockMove,
    ReceiptLine,
    StockBalance,
    AuditEntry,
    DomainEvent,
    IdempotencyRecord,
)


def buy(api: Api, shop: Shop, products: list[Product]) -> int:
    """Create, confirm, receive in full: three requests. Returns the key of the order."""
    lines = [{"product": product.pk, "quantity": "3", "unit_price": "2.50"} for product in products]
    body = {"supplier": shop.supplier.pk, "location": shop.main.pk, "lines": lines}
    order = _answered(api.post("purchase-orders/", body), 201)
    confirmed = _answered(
        api.post("operations/purchasing.confirm/", {"order": order["id"]}, version=order["version"]), 200
    )
    receipt = {"order": order["id"], "all": True}
    version = confirmed["result"]["version"]
    _answered(api.post("operations/purchasing.receive/", receipt, version=version), 200)
    return order["id"]


def _answered(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    return response.json()


class SetWise:
    """The floor: as many rows in the same tables, each table by one `bulk_create`, in one transaction.

    The rows are those that an order of ours left, copied; so the floor writes just what we write.
    """

    def __init__(self, before: dict[type[models.Model], int]) -> None:
        self.rows = {
            model: list(model._base_manager.filter(pk__gt=last).order_by("pk"))
            for model, last in before.items()
        }
        self.run = 0

    def __call__(self) -> None:
        self.run += 1
        keys: dict[Any, dict[Any, Any]] = {}
        with transaction.atomic():
            for model, rows in self.rows.items():
                if model is StockBalance:  # they exist after the first order, and are updated
                    for row in rows:
                        row.quantity += Decimal(3)
                    model._base_manager.bulk_update(rows, ["quantity"])
                    continue
                made = model._base_manager.bulk_create([self._copied(model, row, keys) for row in rows])
                keys[model] = {row.pk: copy.pk for row, copy in zip(rows, made, strict=True)}
            raise _UndoneError

    def _copied(self, model: type[models.Model], row: Any, keys: dict[Any, dict[Any, Any]]) -> models.Model:
        """The row under a new key, belonging to the copies of what it belonged to."""
        values = {}
        for column in model._meta.concrete_fields:
            if not column.primary_key:
                value = getattr(row, column.attname)
                if column.related_model in keys:
                    value = keys[column.related_model].get(value, value)
                values[column.attname] = value
        for name in ("number", "key"):
            if isinstance(values.get(name), str):
                values[name] = f"{values[name]}-{self.run}"
        return model(**values)


class _UndoneError(Exception):
    """Rolls the floor back, so that its rows stand in nobody's way."""


def rows() -> Iterator[Row]:
    """The time of an order of 100 lines, and what the number of statements makes of its lines."""
    api, shop = ground()
    products = [shop.product(f"P{number:03d}") for number in range(LINES)]
    buy(api, shop, products)
    before = {model: _last(model) for model in WRITTEN}
    before[StockBalance] = 0
    buy(api, shop, products)
    floor = SetWise(before)

    def set_wise() -> None:
        try:
            floor()
        except _UndoneError:
            return

    taken = in_turns(
        RUNS,
        ours=milliseconds(lambda: buy(api, shop, products)),
        floor=milliseconds(set_wise),
    )
    yield Row(
        f"order of {LINES} lines, three requests, {database_name()}",
        "ms",
        taken["ours"],
        LIMIT,
        taken["floor"],
        "the same rows by bulk_create",
    )
    few, many = (_statements(api, shop, products[:count]) for count in (5, LINES))
    yield Row(
        f"statements for {LINES} lines, beside 5, {database_name()}",
        "",
        Spread.of([many]),
        1.0,
        Spread.of([few]),
        "an order of 5 lines",
    )


def _last(model: type[models.Model]) -> int:
    found = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return found if isinstance(found, int) else 0


def _statements(api: Api, shop: Shop, products: list[Product]) -> float:
    with CaptureQueriesContext(connection) as captured:
        buy(api, shop, products)
    return len(captured)
