"""A small warehouse for tests: units, locations, a supplier, products, and shortcuts to order and receive."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from server.core.context import SecurityContext
from server.inventory.ledger import Movement, post_moves
from server.inventory.models import (
    Location,
    Lot,
    Product,
    ProductUnit,
    StockBalance,
    StockMove,
    UnitOfMeasure,
)
from server.partners.models import Partner
from server.purchasing.models import PurchaseOrder, Receipt
from server.purchasing.services import (
    EXCEED_TOLERANCE,
    Arrival,
    confirm_order,
    create_order,
    receive_order,
)

__all__ = ["Arrival", "Shop", "state_of_everything"]

KINDS = ("supplier", "customer", "adjustment", "scrap", "production", "transit")


@dataclass
class Shop:
    """Everything that a test of trade needs, in the organization of its actor."""

    actor: SecurityContext
    units: dict[str, UnitOfMeasure] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Only who may exceed the tolerance says so.
        self.actor = replace(self.actor, permissions=self.actor.permissions - {EXCEED_TOLERANCE})
        own = {"organization_id": self.actor.organization_id}
        for code, dimension, factor, decimals in (
            ("KG", "weight", "1", 6),
            ("LB", "weight", "0.45359237", 6),
            ("EA", "count", "1", 0),
            ("CASE", "count", None, 0),
        ):
            self.units[code] = UnitOfMeasure.objects.create(
                code=code,
                name=code,
                dimension=dimension,
                factor=factor and Decimal(factor),
                decimals=decimals,
                **own,
            )
        for code, kind in (
            ("MAIN", "internal"),
            ("BACK", "internal"),
            *((kind.upper(), kind) for kind in KINDS),
        ):
            self.locations[code] = Location.objects.create(code=code, name=code.title(), kind=kind, **own)
        self.supplier = Partner.objects.create(code="S-1", name="North Packing", is_supplier=True, **own)
        self.customer = Partner.objects.create(code="C-1", name="Corner Grill", is_customer=True, **own)

    @property
    def main(self) -> Location:
        return self.locations["MAIN"]

    def fresh(self, *, without: str = "", **values: Any) -> SecurityContext:
        """The same actor for the next piece of work, optionally with one permission less or more."""
        permissions = values.pop("permissions", self.actor.permissions) - {without}
        return SecurityContext(
            organization_id=self.actor.organization_id,
            user_id=self.actor.user_id,
            username=self.actor.username,
            permissions=permissions,
            **values,
        )

    def product(self, code: str = "BEEF", *, unit: str = "KG", **values: Any) -> Product:
        """A product of this code, made when first asked for."""
        if code not in self.products:
            self.products[code] = Product.objects.create(
                organization_id=self.actor.organization_id,
                code=code,
                name=code.title(),
                unit=self.units[unit],
                **values,
            )
        return self.products[code]

    def pack(self, product: Product, unit: str, factor: str, **values: Any) -> ProductUnit:
        return ProductUnit.objects.create(
            organization_id=self.actor.organization_id,
            product=product,
            unit=self.units[unit],
            factor=Decimal(factor),
            **values,
        )

    def lot(self, product: Product, code: str = "L-1") -> Lot:
        return Lot.objects.create(organization_id=self.actor.organization_id, product=product, code=code)

    def order(
        self, *lines: tuple[Product, str], confirm: bool = True, price: str = "2.50", **data: Any
    ) -> PurchaseOrder:
        """A confirmed order at our main location: one line for each (product, quantity)."""
        order = create_order(
            actor=self.fresh(),
            data={"supplier": self.supplier.pk, "location": self.main.pk, **data},
            lines=[
                {"product": product.pk, "quantity": Decimal(quantity), "unit_price": Decimal(price)}
                for product, quantity in lines
            ],
        )
        if confirm:
            confirm_order(actor=self.fresh(), order_id=order.pk)
        return self.reread(order)

    def receive(
        self, order: PurchaseOrder, *arrivals: Arrival, actor: SecurityContext | None = None
    ) -> Receipt:
        return receive_order(actor=actor or self.fresh(), order_id=order.pk, arrivals=arrivals)

    def reread(self, order: PurchaseOrder) -> PurchaseOrder:
        return PurchaseOrder.objects.within(self.actor).get(pk=order.pk)

    def movement(self, product: Product, quantity: str, origin: str, target: str, **values: Any) -> Movement:
        return Movement(
            product_id=product.pk,
            from_location_id=self.locations[origin].pk,
            to_location_id=self.locations[target].pk,
            quantity=Decimal(quantity),
            entered_quantity=Decimal(quantity),
            entered_unit_id=product.unit_id,
            kind=StockMove.Kind.TRANSFER,
            **values,
        )

    def stock_up(self, product: Product, quantity: str, at: str = "MAIN", **values: Any) -> StockMove:
        """Opening stock."""
        return post_moves(
            actor=self.fresh(), moves=[self.movement(product, quantity, "ADJUSTMENT", at, **values)]
        )[0]

    def on_hand(self, product: Product, at: str = "MAIN") -> Decimal:
        """What lies of a product at a location, over all its lots."""
        rows = StockBalance.objects.within(self.actor).filter(product=product, location=self.locations[at])
        return sum((row.quantity for row in rows), Decimal(0))


def state_of_everything(organization: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that trade writes: two of these are equal when nothing happened between."""
    from django.apps import apps

    names = ("inventory", "purchasing", "audit")
    models = [model for name in names for model in apps.get_app_config(name).get_models()]
    models += [apps.get_model("core", "DomainEvent"), apps.get_model("core", "NumberSeries")]
    return {
        model.__name__: list(model.objects.within(organization).order_by("pk").values_list())
        for model in models
    }
