"""Descriptions and rows as the server gives them, for tests of widgets and screens."""

from __future__ import annotations

from typing import Any

from erp_tui.core.remote.models import Description, FieldDescription, OperationDescription, Preview
from tests.tui.fake_api import FakeApi, FakeResource, ManyRows

ALL = {"list": True, "create": True, "update": True, "delete": True}


def field(name: str, type: str = "text", **more: Any) -> FieldDescription:
    """One field, titled by its name."""
    return FieldDescription.model_validate(
        {"name": name, "title": name.replace("_", " ").capitalize(), "type": type, "sortable": True, **more}
    )


SUPPLIERS = Description(
    name="suppliers",
    title="Suppliers",
    title_one="Supplier",
    module="partners",
    label=["code", "name"],
    may=ALL,  # type: ignore[arg-type]
    fields=[
        field("code", "code", required=True, max_length=20, create_only=True),
        field("name", required=True, max_length=120),
        field("credit_limit", "money", currency="currency_code"),
        field("minimum_order", "quantity", positive=True),
        field("lead_time", "integer"),
        field("since", "date"),
        field("active", "boolean", default=True),
        field(
            "terms",
            "choice",
            choices=[{"value": "net30", "title": "Net 30"}, {"value": "cash", "title": "Cash"}],
        ),
        field("note", "long_text"),
        field("currency_code", "code", read_only=True),
    ],
    columns=["code", "name", "credit_limit", "lead_time", "since", "terms"],
    default_ordering="code",
    row_actions=["partners.block"],
    related=[{"resource": "purchase-orders", "title": "Orders", "filter": "supplier=id:{id}"}],  # type: ignore[list-item]
    etag="s1",
)

PRODUCTS = Description(
    name="products",
    title="Products",
    title_one="Product",
    label=["code", "name"],
    may=ALL,  # type: ignore[arg-type]
    fields=[field("code", "code"), field("name"), field("on_hand", "quantity")],
    columns=["code", "name", "on_hand"],
    default_ordering="code",
    etag="p1",
)

ORDERS = Description(
    name="purchase-orders",
    title="Orders",
    title_one="Order",
    label=["number"],
    may=ALL,  # type: ignore[arg-type]
    fields=[
        field("number", "code", read_only=True),
        field(
            "supplier",
            "reference",
            reference="suppliers",
            display=["supplier_code", "supplier_name"],
            required=True,
        ),
        field("ordered_on", "date"),
    ],
    columns=["number", "supplier", "ordered_on"],
    lines={  # type: ignore[arg-type]
        "name": "lines",
        "fields": [
            field(
                "product",
                "reference",
                reference="products",
                display=["product_code", "product_name"],
                required=True,
            ),
            field("quantity", "quantity", required=True, positive=True),
            field("unit_price", "unit_price", required=True),
            field("note"),
        ],
    },
    default_ordering="number",
    etag="o1",
)

BLOCK = OperationDescription.model_validate(
    {
        "name": "partners.block",
        "title": "Block",
        "target": {"resource": "suppliers", "parameter": "supplier"},
        "parameters": [field("reason", required=True).model_dump()],
        "etag": "b1",
    }
)


def supplier(number: int, **more: Any) -> dict[str, Any]:
    """One supplier."""
    return {
        "id": number,
        "version": 1,
        "code": f"S{number:03}",
        "name": f"Supplier {number}",
        "credit_limit": f"{number * 1000}.5000",
        "minimum_order": "12.500000",
        "lead_time": number,
        "since": "2026-02-28",
        "active": True,
        "terms": "net30",
        "note": None,
        "currency_code": "EUR",
        "_actions": {
            "update": {"enabled": True},
            "delete": {"enabled": False, "reason": "orders refer to it"},
            "partners.block": {"enabled": True},
        },
        **more,
    }


def sample_api(suppliers: int = 12) -> FakeApi:
    """Suppliers, products and orders, one of which belongs to the first supplier."""
    products = [
        {"id": n, "version": 1, "code": f"P{n}", "name": f"Product {n}", "on_hand": f"{n}.000000"}
        for n in range(1, 6)
    ]
    order = {
        "id": 1,
        "version": 3,
        "number": "10023",
        "supplier": 1,
        "supplier_code": "S001",
        "supplier_name": "Supplier 1",
        "ordered_on": "2026-11-20",
        "lines": [
            {
                "id": 71,
                "product": 2,
                "product_code": "P2",
                "product_name": "Product 2",
                "quantity": "3.000000",
                "unit_price": "1.250000",
                "note": None,
            }
        ],
        "_actions": {"update": {"enabled": True}},
    }
    api = FakeApi(
        FakeResource(SUPPLIERS, [supplier(n) for n in range(1, suppliers + 1)]),
        FakeResource(PRODUCTS, products),
        FakeResource(ORDERS, [order]),
    )
    api.operations["partners.block"] = BLOCK
    api.previews["partners.block"] = Preview.model_validate(
        {
            "changes": [
                {
                    "resource": "suppliers",
                    "id": 1,
                    "label": "S001 Supplier 1",
                    "action": "update",
                    "fields": {"active": {"old": True, "new": False}},
                }
            ]
        }
    )
    return api


def million_api() -> FakeApi:
    """A million products."""

    def product(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "version": 1,
            "code": f"SKU-{number:07}",
            "name": f"Item [{number}] /x",
            "on_hand": f"{number}.500000",
        }

    return FakeApi(FakeResource(PRODUCTS, ManyRows(1_000_000, product)))
