"""What the demonstration consists of, as plain data: codes instead of keys, nothing of a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from .words import Family


@dataclass(slots=True)
class ProductPlan:
    code: str
    name: str
    family: Family
    cost: Decimal
    gtin: str
    case: Decimal
    minimum: Decimal | None
    tolerance: Decimal | None
    suppliers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PartnerPlan:
    code: str
    name: str
    street: str
    city: str
    state: str
    postal_code: str
    phone: str
    email: str
    is_supplier: bool
    group: str = ""
    lead_time_days: int | None = None
    minimum_order: Decimal | None = None
    rating: int | None = None
    credit_limit: Decimal | None = None
    establishment: str = ""
    blocked_reason: str = ""
    contacts: list[tuple[str, str, str]] = field(default_factory=list)  # name, role, e-mail


@dataclass(slots=True)
class EmployeePlan:
    badge: str
    first_name: str
    last_name: str
    department: str
    position: str
    manager: str
    hired_on: dt.date
    birth_date: dt.date


@dataclass(slots=True)
class LinePlan:
    product: ProductPlan
    cases: Decimal
    price: Decimal  # for one case
    received: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)


@dataclass(slots=True)
class ArrivalPlan:
    line: LinePlan
    accepted: Decimal
    rejected: Decimal
    reason: str
    lot: str
    move: MovePlan | None


@dataclass(slots=True)
class ReceiptPlan:
    number: str
    at: dt.datetime
    note: str
    arrivals: list[ArrivalPlan]


@dataclass(slots=True)
class PurchasePlan:
    number: str
    supplier: PartnerPlan
    ordered_at: dt.datetime
    expected_on: dt.date
    state: str
    lines: list[LinePlan]
    customer: str = ""
    closed_at: dt.datetime | None = None
    receipts: list[ReceiptPlan] = field(default_factory=list)


@dataclass(slots=True)
class SalePlan:
    number: str
    customer: str
    ordered_on: dt.date
    state: str
    lines: list[tuple[ProductPlan, Decimal, Decimal]]  # product, quantity in the base unit, price


@dataclass(slots=True)
class LotPlan:
    code: str
    product: ProductPlan
    supplier: str
    received_at: dt.datetime
    expiry_date: dt.date | None


@dataclass(slots=True)
class MovePlan:
    kind: str
    product: ProductPlan
    lot: str
    origin: str
    target: str
    quantity: Decimal  # in the base unit
    at: dt.datetime
    entered: Decimal
    entered_unit: str
    document: tuple[str, str] = ("", "")  # resource, number
    reason: str = ""
    unit_cost: Decimal | None = None


@dataclass(slots=True)
class Demonstration:
    """Everything of one organization, in the order in which it can be written."""

    clock: dt.datetime
    products: list[ProductPlan] = field(default_factory=list)
    suppliers: list[PartnerPlan] = field(default_factory=list)
    customers: list[PartnerPlan] = field(default_factory=list)
    employees: list[EmployeePlan] = field(default_factory=list)
    purchases: list[PurchasePlan] = field(default_factory=list)
    sales: list[SalePlan] = field(default_factory=list)
    lots: list[LotPlan] = field(default_factory=list)
    moves: list[MovePlan] = field(default_factory=list)
