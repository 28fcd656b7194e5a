"""Loads the demonstration: a meat and provisions distributor, and a tiny neighbour that must not see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from server.accounts import passwords
from server.accounts.models import Role, User
from server.accounts.permissions import declared_permissions, synchronize_permissions
from server.accounts.services import create_user
from server.accounts.system_roles import ADMINISTRATOR, BUYER, CLERK, HR_CLERK
from server.core.context import SecurityContext
from server.core.models import NumberSeries
from server.core.recording import record_changes
from server.core.records import created
from server.inventory.models import Location, Product, UnitOfMeasure
from server.organizations.models import Organization
from server.partners.models import Partner

from .apps import DEMONSTRATION
from .generate import SEED, generate
from .history import FIRST_PURCHASE
from .ledger import History
from .masters import Masters
from .plans import Demonstration

ORGANIZATION = "MEAT"
NEIGHBOUR = "BISTRO"
USERS = (
    ("admin", "Ada Holm", ADMINISTRATOR),
    ("buyer", "Bruno Keller", BUYER),
    ("clerk", "Clara Vance", CLERK),
    ("hr", "Hana Reyes", HR_CLERK),
)


@dataclass(frozen=True, slots=True)
class DemoCredentials:
    """How to sign in: all users have the same password. `username` may do everything."""

    username: str
    password: str
    organization: str
    usernames: tuple[str, ...]
    other_organization: str
    other_username: str


@transaction.atomic
def load(*, password: str, clock: dt.datetime | None = None, seed: int = SEED) -> DemoCredentials:
    """Make the two organizations in an empty database; history ends at the clock (now unless told otherwise).

    Raises `Invalid` for a password that cannot be accepted, and `RuntimeError` where the ledger does not add up.
    """
    passwords.check_new_password(password, second_factor=False, context=[ORGANIZATION])
    encoded = passwords.encode(password)  # once: scrypt takes its time for each
    plan = generate(clock=clock or timezone.now(), seed=seed)
    organizations = _organizations()
    actor = _actor(organizations[0])
    record_changes(actor, [created(organization) for organization in organizations[:1]])
    users = {name: _user(actor, name, full_name, role, encoded) for name, full_name, role in USERS}
    masters = Masters(actor)
    masters.write(plan, users)
    History(masters, users).write(plan)
    _series(actor, plan)
    _neighbour(_actor(organizations[1]), encoded)
    return DemoCredentials(
        username="admin",
        password=password,
        organization=ORGANIZATION,
        usernames=tuple(users),
        other_organization=NEIGHBOUR,
        other_username="neighbour",
    )


def _organizations() -> list[Organization]:
    made = [
        Organization.objects.create(
            code=ORGANIZATION,
            name="Prairie Meat & Provisions",
            base_currency="USD",
            country="US",
            time_zone="America/Chicago",
            over_receipt_percent=Decimal(2),
            settings={"receiving_location": "DOCK"},
        ),
        Organization.objects.create(
            code=NEIGHBOUR, name="Harbor Bistro", base_currency="EUR", country="ES", time_zone="Europe/Madrid"
        ),
    ]
    synchronize_permissions()
    return made


def _actor(organization: Organization) -> SecurityContext:
    return SecurityContext(
        organization_id=organization.pk,
        username="demo",
        permissions=frozenset(declared_permissions()),
        reason=DEMONSTRATION,
    )


def _user(actor: SecurityContext, username: str, full_name: str, role: str, encoded: str) -> User:
    return create_user(
        actor=actor,
        username=username,
        encoded_password=encoded,
        full_name=full_name,
        email=f"{username}@prairie-meat.example",
        roles=[Role.objects.within(actor).get(name=role)],
    )


def _series(actor: SecurityContext, plan: Demonstration) -> None:
    receipts = sum(len(purchase.receipts) for purchase in plan.purchases)
    series = (
        ("purchase-order", "", FIRST_PURCHASE + len(plan.purchases)),
        ("receipt", "GR", receipts + 1),
        ("sales-order", "SO", len(plan.sales) + 1),
        ("opportunity", "OP", 13),
    )
    NumberSeries.objects.bulk_create(
        NumberSeries(
            organization_id=actor.organization_id,
            code=code,
            prefix=prefix,
            padding=4 if prefix == "OP" else 5,
            next_value=following,
        )
        for code, prefix, following in series
    )


def _neighbour(actor: SecurityContext, encoded: str) -> None:
    """A few records under codes that the first organization has too."""
    own = {"organization_id": actor.organization_id}
    _user(actor, "neighbour", "Nora Puig", ADMINISTRATOR, encoded)
    kilogram = UnitOfMeasure.objects.create(
        code="KG", name="Kilogram", dimension="weight", factor=Decimal(1), **own
    )
    for code, name, kind in (("DOCK", "Back door", "internal"), ("SUPPLIERS", "Suppliers", "supplier")):
        Location.objects.create(code=code, name=name, kind=kind, **own)
    Partner.objects.create(code="S0001", name="Lonja del Puerto", is_supplier=True, currency="EUR", **own)
    for code, name in (
        ("BF-1001", "Lomo de ternera"),
        ("FS-1001", "Merluza"),
        ("PN-1001", "Aceite de oliva"),
    ):
        Product.objects.create(code=code, name=name, unit=kilogram, **own)
