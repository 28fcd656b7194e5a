"""What is on the labels of goods and shelves, and what a scan of goods stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.core.context import SecurityContext
from server.core.records_by_key import records_of
from server.core.resources.scanning import Label, on_label

from .gtin import forms_of
from .models import Product
from .units import ONE, UnitTable

ITEM, LOCATION, LOT = "item", "location", "lot"
# What one scan counts, and every other unit, says what the goods are counted in.
_TOLD_BY = {"counts": "unit", "units": "unit"}


def item_details(
    actor: SecurityContext, rows: Sequence[Mapping[str, Any]]
) -> Mapping[int, Mapping[str, Any]]:
    """By product: its base unit, whether it is tracked by lot, what one scan counts, and all of its units.

    `counts` is how many base units one scan of the code stands for; of each unit, `factor` is how many base
    units and `kg` how many kilograms it is, null where that cannot be known. What a rule hides of products is left
    out. Three statements.
    """
    products = {product.pk: product for product in records_of(actor, Product, "pk", _keys(rows, "id"))}
    table = UnitTable.load(actor, products.values())
    packs = {product: [unit for owner, unit in table.packs if owner == product] for product in products}
    details: dict[int, dict[str, Any]] = {}
    for row in rows:
        product = products[row["id"]]
        units = [product.unit_id, *packs[product.pk]]
        if (scanned := row.get("unit")) and scanned not in units:
            units.append(scanned)
        told = {
            "unit": scanned or product.unit_id,
            "counts": (table.factor(product, scanned) if scanned else ONE),
            "tracks_lots": product.tracks_lots,
            "is_active": product.is_active,
            "units": [_unit(table, product, unit) for unit in units],
        }
        details[product.pk] = {
            name: value
            for name, value in told.items()
            if actor.access("products", _TOLD_BY.get(name, name)) != "hidden"
        }
    return details


def _unit(table: UnitTable, product: Product, key: int) -> dict[str, Any]:
    unit, base = table.units[key], table.units[product.unit_id]
    factor = table.factor(product, key)
    kilograms = unit.factor if unit.dimension == unit.Dimension.WEIGHT else None
    if kilograms is None and factor and base.dimension == base.Dimension.WEIGHT and base.factor:
        kilograms = factor * base.factor
    return {
        "id": key,
        "code": unit.code,
        "decimals": unit.decimals,
        "is_weight": unit.dimension == unit.Dimension.WEIGHT,
        "factor": factor,
        "kg": kilograms,
    }


def _keys(rows: Sequence[Mapping[str, Any]], name: str) -> set[int]:
    return {row[name] for row in rows}


on_label(
    Label(
        10, ITEM, "barcodes", "code", meant="product", also=("unit",), forms=forms_of, details=item_details
    ),
    Label(11, ITEM, "products", "code", details=item_details),
    Label(
        12,
        ITEM,
        "supplier-prices",
        "supplier_item_code",
        meant="product",
        also=("unit",),
        details=item_details,
    ),
    Label(13, ITEM, "products", "external_id", details=item_details),
    Label(20, LOCATION, "locations", "code", also=("is_active",)),
    Label(21, LOCATION, "locations", "external_id", also=("is_active",)),
    Label(30, LOT, "lots", "code", also=("product", "product__code", "expiry_date")),
)
