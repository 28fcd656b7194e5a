"""The seeded generator: the same seed and the same clock always give the same demonstration."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from server.inventory.gtin import check_digit

from . import words
from .history import simulate
from .plans import Demonstration, EmployeePlan, PartnerPlan, ProductPlan

SEED = 20261121
SUPPLIERS = 40
PRODUCTS = 600
EMPLOYEES = 48
COMPANY_PREFIX = "0612345"  # GS1: a company's own part of its numbers


def generate(*, clock: dt.datetime, seed: int = SEED) -> Demonstration:
    """Three months of business that end at the clock (UTC)."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret comes of it
    demonstration = Demonstration(clock=clock)
    demonstration.suppliers = [_supplier(dice, number) for number in range(1, SUPPLIERS + 1)]
    demonstration.suppliers[-1].blocked_reason = "Failed the audit of its cold chain"
    demonstration.customers = [
        _customer(dice, number, name) for number, name in enumerate(words.CUSTOMER_NAMES, start=1)
    ]
    demonstration.products = _products(dice)
    _divide_among_suppliers(dice, demonstration)
    demonstration.employees = _employees(dice, clock.date())
    simulate(dice, demonstration)
    return demonstration


def _supplier(dice: random.Random, number: int) -> PartnerPlan:
    groups = list(words.SUPPLIER_LAST)
    group = groups[(number - 1) % len(groups)] if number > 8 else "MEAT"
    first = words.SUPPLIER_FIRST[(number * 7) % len(words.SUPPLIER_FIRST)]
    last = words.SUPPLIER_LAST[group][(number // len(words.SUPPLIER_FIRST)) % len(words.SUPPLIER_LAST[group])]
    plan = _partner(dice, f"S{number:04d}", f"{first} {last}", is_supplier=True)
    plan.group = group
    plan.lead_time_days = dice.choice((2, 3, 5, 7, 10))
    plan.minimum_order = Decimal(dice.choice((0, 250, 500, 1000)))
    plan.rating = dice.randint(62, 99)
    if group in ("MEAT", "POULTRY"):
        plan.establishment = f"{'M' if group == 'MEAT' else 'P'}{dice.randint(100, 48000)}"
    plan.contacts = [_contact(dice, plan, role) for role in dice.sample(words.CONTACT_ROLES, 2)]
    return plan


def _customer(dice: random.Random, number: int, name: str) -> PartnerPlan:
    plan = _partner(dice, f"C{number:04d}", name, is_supplier=False)
    plan.credit_limit = Decimal(dice.choice((2_500, 5_000, 10_000, 25_000)))
    plan.contacts = [_contact(dice, plan, "Kitchen")]
    return plan


def _partner(dice: random.Random, code: str, name: str, *, is_supplier: bool) -> PartnerPlan:
    city, state, postal_code = dice.choice(words.PLACES)
    domain = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    return PartnerPlan(
        code=code,
        name=name,
        street=f"{dice.randint(100, 9800)} {dice.choice(words.STREETS)}",
        city=city,
        state=state,
        postal_code=postal_code,
        phone=f"({dice.randint(201, 989)}) 555-{dice.randint(100, 199):04d}",
        email=f"orders@{domain}.example",
        is_supplier=is_supplier,
    )


def _contact(dice: random.Random, partner: PartnerPlan, role: str) -> tuple[str, str, str]:
    first, last = dice.choice(words.FIRST_NAMES), dice.choice(words.LAST_NAMES)
    domain = partner.email.partition("@")[2]
    return f"{first} {last}", role, f"{first}.{last}@{domain}".lower()


def _products(dice: random.Random) -> list[ProductPlan]:
    names = [
        (family, f"{item} · {form}")
        for form_number in range(max(len(family.forms) for family in words.FAMILIES))
        for family in words.FAMILIES
        for item in family.items
        for form in family.forms[form_number : form_number + 1]
    ]
    plans: list[ProductPlan] = []
    counts: dict[str, int] = {}
    for family, name in names[:PRODUCTS]:
        counts[family.prefix] = counts.get(family.prefix, 1000) + 1
        low, high = family.cost
        cost = Decimal(dice.randint(low * 100, high * 100)) / 100
        item_reference = f"{len(plans) + 1:06d}"
        digits = COMPANY_PREFIX + item_reference[1:]
        plans.append(
            ProductPlan(
                code=f"{family.prefix}-{counts[family.prefix]}",
                name=name,
                family=family,
                cost=cost,
                gtin=digits + str(check_digit(digits)),
                case=Decimal(family.pack),
                minimum=Decimal(family.pack * dice.randint(1, 4)) if dice.random() < 0.5 else None,
                tolerance=Decimal(5) if family.tracks_lots else None,
            )
        )
    return plans


def _divide_among_suppliers(dice: random.Random, demonstration: Demonstration) -> None:
    by_group: dict[str, list[str]] = {}
    for supplier in demonstration.suppliers:
        if not supplier.blocked_reason:
            by_group.setdefault(supplier.group, []).append(supplier.code)
    for product in demonstration.products:
        candidates = by_group[product.family.parent]
        product.suppliers = dice.sample(candidates, min(len(candidates), dice.choice((1, 1, 2))))


def _employees(dice: random.Random, today: dt.date) -> list[EmployeePlan]:
    plans: list[EmployeePlan] = []
    heads: dict[str, str] = {}
    positions = [(code, position) for code, (_name, all_) in words.DEPARTMENTS.items() for position in all_]
    for number in range(1, EMPLOYEES + 1):
        # Every position is filled once before the warehouse and the cutting room get their crews.
        department, position = (
            positions[number - 1] if number <= len(positions) else dice.choice(positions[1:8])
        )
        badge = f"{4000 + number}"
        plans.append(
            EmployeePlan(
                badge=badge,
                first_name=dice.choice(words.FIRST_NAMES),
                last_name=dice.choice(words.LAST_NAMES),
                department=department,
                position=position,
                manager=heads.get(department, heads.get("OPS", "")),
                hired_on=today - dt.timedelta(days=dice.randint(40, 4000)),
                birth_date=today - dt.timedelta(days=dice.randint(7000, 22000)),
            )
        )
        heads.setdefault(department, badge)
    return plans
