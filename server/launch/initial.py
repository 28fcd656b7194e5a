"""`init`: a real organization with its first administrator, so that somebody can sign in and go on."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from server.accounts.models import Role, User
from server.accounts.models.users import normal_username
from server.accounts.permissions import synchronize_permissions
from server.accounts.services import create_user
from server.accounts.system_roles import ADMINISTRATOR, synchronize_system_roles
from server.core.context import SecurityContext
from server.core.errors import Problem
from server.core.models import NumberSeries
from server.core.ports import record_changes
from server.core.records import created
from server.inventory.models import Location, UnitOfMeasure
from server.organizations.models import Organization

from .errors import LaunchError
from .migrating import say

PASSWORD_VARIABLE = "ERP_INIT_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_UNITS = ("EA:Each", "KG:Kilogram", "CASE:Case")
DEFAULT_LOCATIONS = ("MAIN:Main warehouse",)
DEFAULT_SERIES = ("purchase-order:PO-:5", "receipt:GR-:5", "sales-order:SO-:5")
# Every move has two ends; what leaves or enters our own places has one of these at the other.
COUNTERPARTS = (
    ("SUPPLIERS", "Suppliers", Location.Kind.SUPPLIER),
    ("CUSTOMERS", "Customers", Location.Kind.CUSTOMER),
    ("ADJUSTMENT", "Adjustments", Location.Kind.ADJUSTMENT),
    ("SCRAP", "Scrap", Location.Kind.SCRAP),
)
# The dimension and factor of units that everybody knows; another one counts pieces until it is told otherwise.
KNOWN_UNITS = {
    "KG": ("weight", "1", 3),
    "G": ("weight", "0.001", 0),
    "LB": ("weight", "0.45359237", 3),
    "OZ": ("weight", "0.02834952", 3),
    "T": ("weight", "1000", 6),
    "L": ("volume", "1", 3),
    "M": ("length", "1", 3),
    "H": ("time", "1", 2),
}


@dataclass(frozen=True, slots=True)
class Named:
    """One `CODE:NAME` of the command line."""

    code: str
    name: str


def initialize(options: argparse.Namespace) -> int:
    """Make everything in one transaction, or nothing. The exit code.

    Raises `LaunchError` where the organization or the user exists already, or a value is not acceptable.
    """
    if Organization.objects.filter(code=options.code).exists():
        raise LaunchError(f"The organization {options.code} exists already. Nothing was changed.")
    if User.objects.filter(username=normal_username(options.admin)).exists():
        raise LaunchError(
            f"There is a user {options.admin} already. Choose another by --admin. Nothing was changed."
        )
    password = _password(from_stdin=options.password_stdin)
    units = _named(options.unit or DEFAULT_UNITS, "--unit")
    locations = _named(options.location or DEFAULT_LOCATIONS, "--location")
    try:
        with transaction.atomic():
            actor = _organization(options)
            _administrator(actor, options, password)
            _records(actor, units, locations, options.series or DEFAULT_SERIES)
    except ValidationError as error:
        raise LaunchError(f"{_sentences(error)} Nothing was changed.") from error
    except Problem as problem:
        raise LaunchError(f"{problem.detail} Nothing was changed.") from problem
    say(f"The organization {options.code} is ready. Start “erp serve”, then sign in as {options.admin}.")
    return 0


def _password(*, from_stdin: bool) -> str:
    """From standard input, the environment, or the terminal; never from an argument, which others can read."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    elif sys.stdin.isatty():
        password = getpass.getpass("Password of the administrator: ")
        if getpass.getpass("The same again: ") != password:
            raise LaunchError("The two were not the same. Nothing was changed.")
    else:
        raise LaunchError(f"There is no password: give it by --password-stdin or in {PASSWORD_VARIABLE}.")
    if not password:
        raise LaunchError("The password is empty. Nothing was changed.")
    return password


def _organization(options: argparse.Namespace) -> SecurityContext:
    """Make the organization with its roles; the actor that makes the rest, with every right."""
    organization = Organization(
        code=options.code,
        name=options.name,
        base_currency=options.currency.upper(),
        country=options.country.upper(),
        time_zone=options.time_zone,
        language=options.language,
    )
    organization.full_clean()
    organization.save()
    synchronize_permissions()
    synchronize_system_roles(organization)
    actor = SecurityContext(organization_id=organization.pk, username=getpass.getuser(), reason="erp init")
    record_changes(actor, [created(organization)])
    return actor


def _administrator(actor: SecurityContext, options: argparse.Namespace, password: str) -> None:
    create_user(
        actor=actor,
        username=options.admin,
        password=password,
        full_name=options.admin_name,
        email=options.email,
        roles=[Role.objects.within(actor).get(name=ADMINISTRATOR)],
    )


def _records(
    actor: SecurityContext, units: list[Named], locations: list[Named], series: Iterable[str]
) -> None:
    own = {"organization_id": actor.organization_id}
    made: list[UnitOfMeasure | Location | NumberSeries] = [_unit(own, unit) for unit in units]
    made += [
        Location(code=place.code, name=place.name, kind=Location.Kind.INTERNAL, **own) for place in locations
    ]
    made += [Location(code=code, name=name, kind=kind, **own) for code, name, kind in COUNTERPARTS]
    made += [_series(own, text) for text in series]
    for record in made:
        record.full_clean(exclude=["organization"])
        record.save()
    record_changes(actor, [created(record) for record in made])


def _unit(own: dict[str, int], unit: Named) -> UnitOfMeasure:
    dimension, factor, decimals = KNOWN_UNITS.get(unit.code.upper(), ("count", None, 0))
    return UnitOfMeasure(
        code=unit.code, name=unit.name, dimension=dimension, factor=factor, decimals=decimals, **own
    )


def _series(own: dict[str, int], text: str) -> NumberSeries:
    code, _colon, rest = text.partition(":")
    prefix, _colon, digits = rest.partition(":")
    if not code or (digits and not digits.isdigit()):
        raise LaunchError(f"--series {text} is not CODE:PREFIX[:DIGITS], such as purchase-order:PO-:5.")
    return NumberSeries(code=code, prefix=prefix, padding=int(digits or 5), **own)


def _named(texts: Iterable[str], flag: str) -> list[Named]:
    found = []
    for text in texts:
        code, colon, name = text.partition(":")
        if not (code.strip() and colon and name.strip()):
            raise LaunchError(f"{flag} {text} is not CODE:NAME, such as KG:Kilogram.")
        found.append(Named(code.strip(), name.strip()))
    if len({item.code for item in found}) < len(found):
        raise LaunchError(f"{flag} names a code twice.")
    return found


def _sentences(error: ValidationError) -> str:
    if hasattr(error, "message_dict"):
        return " ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
    return " ".join(error.messages)
