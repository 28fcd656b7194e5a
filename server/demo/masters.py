"""Writes the master records of a demonstration, each table with one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from server.core.bulk import create_rows, update_rows
from server.core.context import SecurityContext
from server.core.recording import record_changes
from server.core.records import created
from server.core.rounding import round_half_up
from server.hr.models import Department, Employee
from server.inventory.gtin import check_digit
from server.inventory.models import (
    Barcode,
    Category,
    Location,
    Product,
    ProductUnit,
    SupplierPrice,
    UnitOfMeasure,
)
from server.partners.models import Contact, ContactLink, Partner

from . import words
from .plans import Demonstration, PartnerPlan, ProductPlan

UNITS = (
    ("LB", "Pound", "weight", Decimal("0.45359237"), 3),
    ("KG", "Kilogram", "weight", Decimal(1), 3),
    ("EA", "Each", "count", Decimal(1), 0),
    ("CASE", "Case", "count", None, 0),
    ("GAL", "Gallon (US)", "volume", Decimal("3.78541178"), 3),
)
LOCATIONS = (
    ("DOCK", "Receiving dock", "internal"),
    ("COOLER", "Cooler, 34 °F", "internal"),
    ("FREEZER", "Freezer, 0 °F", "internal"),
    ("DRY", "Dry store", "internal"),
    ("PICK", "Picking and dispatch", "internal"),
    ("SUPPLIERS", "Suppliers", "supplier"),
    ("CUSTOMERS", "Customers", "customer"),
    ("ADJUSTMENT", "Adjustments", "adjustment"),
    ("SCRAP", "Scrap and rendering", "scrap"),
    ("CUTTING", "Cutting room", "production"),
    ("TRUCKS", "On the road", "transit"),
)
STORAGE = {"COOLER": "chilled", "FREEZER": "frozen", "DRY": "dry"}
KILOGRAMS_PER_POUND = Decimal("0.45359237")


@dataclass(slots=True)
class Masters:
    """The written records by their codes."""

    actor: SecurityContext
    units: dict[str, UnitOfMeasure] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, int]:
        return {"organization_id": self.actor.organization_id}

    def write(self, plan: Demonstration, users: dict[str, Any]) -> None:
        """Write everything but the history."""
        self._places_and_units()
        self._categories()
        self._partners([*plan.suppliers, *plan.customers])
        self._products(plan.products)
        self._people(plan, users)

    def _keep(self, model: type[Any], rows: Iterable[Any], by: str = "code") -> dict[str, Any]:
        written = create_rows(rows)
        record_changes(self.actor, [created(row) for row in written])
        return {getattr(row, by): row for row in written}

    def _places_and_units(self) -> None:
        self.units = self._keep(
            UnitOfMeasure,
            (
                UnitOfMeasure(
                    code=code, name=name, dimension=dimension, factor=factor, decimals=decimals, **self.own
                )
                for code, name, dimension, factor, decimals in UNITS
            ),
        )
        self.locations = self._keep(
            Location,
            (Location(code=code, name=name, kind=kind, **self.own) for code, name, kind in LOCATIONS),
        )

    def _categories(self) -> None:
        groups = self._keep(
            Category, (Category(code=code, name=name, **self.own) for code, name in words.GROUPS.items())
        )
        families = self._keep(
            Category,
            (
                Category(
                    code=f"{family.code}.{family.prefix}",
                    name=family.name,
                    parent=groups[family.parent],
                    **self.own,
                )
                for family in words.FAMILIES
            ),
        )
        self.categories = groups | families

    def _partners(self, plans: list[PartnerPlan]) -> None:
        self.partners = self._keep(Partner, (self._partner(plan) for plan in plans))
        people = {name: (plan, role, email) for plan in plans for name, role, email in plan.contacts}
        self.contacts = self._keep(
            Contact,
            (
                Contact(name=name, position=role, email=email, phone=plan.phone, **self.own)
                for name, (plan, role, email) in people.items()
            ),
            by="name",
        )
        create_rows(
            ContactLink(
                partner=self.partners[plan.code],
                contact=self.contacts[name],
                role=role,
                is_primary=number == 0,
                **self.own,
            )
            for plan in plans
            for number, (name, role, _email) in enumerate(plan.contacts)
        )

    def _partner(self, plan: PartnerPlan) -> Partner:
        return Partner(
            code=plan.code,
            name=plan.name,
            is_supplier=plan.is_supplier,
            is_customer=not plan.is_supplier,
            street=plan.street,
            city=plan.city,
            state=plan.state,
            postal_code=plan.postal_code,
            country="US",
            phone=plan.phone,
            email=plan.email,
            currency="USD",
            lead_time_days=plan.lead_time_days,
            minimum_order=plan.minimum_order,
            rating=plan.rating,
            credit_limit=plan.credit_limit,
            establishment_number=plan.establishment,
            activities="Meat Processing" if plan.establishment else "",
            blocked_reason=plan.blocked_reason,
            **self.own,
        )

    def _products(self, plans: list[ProductPlan]) -> None:
        self.products = self._keep(Product, (self._product(plan) for plan in plans))
        case = self.units["CASE"]
        create_rows(
            ProductUnit(
                product=self.products[plan.code],
                unit=case,
                factor=plan.case,
                description=f"Case of {plan.case} {plan.family.unit.lower()}",
                is_purchase_unit=True,
                **self.own,
            )
            for plan in plans
        )
        create_rows(
            Barcode(code=code, product=self.products[plan.code], unit=unit, **self.own)
            for plan in plans
            for code, unit in ((plan.gtin, None), (_case_gtin(plan.gtin), case))
        )
        create_rows(
            SupplierPrice(
                product=self.products[plan.code],
                supplier=self.partners[supplier],
                supplier_item_code=f"{supplier[-2:]}{plan.code[-4:]}",
                unit=case,
                currency="USD",
                price=plan.cost * plan.case,
                preferred=number == 0,
                **self.own,
            )
            for plan in plans
            for number, supplier in enumerate(plan.suppliers)
        )

    def _product(self, plan: ProductPlan) -> Product:
        family = plan.family
        weight = KILOGRAMS_PER_POUND if family.unit == "LB" else None
        return Product(
            code=plan.code,
            name=plan.name,
            category=self.categories[f"{family.code}.{family.prefix}"],
            unit=self.units[family.unit],
            tracks_lots=family.tracks_lots,
            shelf_life_days=family.shelf_life_days,
            storage=STORAGE[family.room],
            over_receipt_percent=plan.tolerance,
            minimum_level=plan.minimum,
            maximum_level=plan.minimum * 6 if plan.minimum else None,
            order_multiple=plan.case,
            standard_cost=plan.cost,
            list_price=round_half_up(plan.cost * Decimal("1.32"), 2),
            net_weight=weight and round_half_up(weight, 6),
            country_of_origin="US",
            **self.own,
        )

    def _people(self, plan: Demonstration, users: dict[str, Any]) -> None:
        departments = self._keep(
            Department,
            (
                Department(code=code, name=name, **self.own)
                for code, (name, _all) in words.DEPARTMENTS.items()
            ),
        )
        employees = self._keep(
            Employee,
            (
                Employee(
                    badge=person.badge,
                    first_name=person.first_name,
                    last_name=person.last_name,
                    email=f"{person.first_name}.{person.last_name}.{person.badge}@prairie-meat.example".lower(),
                    position=person.position,
                    department=departments[person.department],
                    hired_on=person.hired_on,
                    birth_date=person.birth_date,
                    city="Omaha",
                    state="NE",
                    country="US",
                    **self.own,
                )
                for person in plan.employees
            ),
            by="badge",
        )
        for person in plan.employees:
            employee = employees[person.badge]
            employee.manager = employees.get(person.manager)
            if employee.manager is None or departments[person.department].manager is None:
                departments[person.department].manager = employee
        for username, position in (("buyer", "Buyer"), ("hr", "HR clerk"), ("clerk", "Receiving clerk")):
            next(row for row in employees.values() if row.position == position).user = users[username]
        update_rows(list(employees.values()), ("manager", "user"))
        update_rows(list(departments.values()), ("manager",))


def _case_gtin(gtin: str) -> str:
    """The GTIN-14 of a case of what carries this GTIN-13: indicator 1 and a check digit of its own."""
    digits = f"1{gtin[:-1]}"
    return digits + str(check_digit(digits))
