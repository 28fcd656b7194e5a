"""What a real organization begins with, and the making of it: in one transaction, or not at all."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from server.accounts.models import Role, User
from server.accounts.models.users import normal_username
from server.accounts.permissions import synchronize_permissions
from server.accounts.services import create_user
from server.accounts.system_roles import ADMINISTRATOR, synchronize_system_roles
from server.core.context import SecurityContext
from server.core.errors import Invalid
from server.core.models import NumberSeries
from server.core.operations import Param, Parameters
from server.core.recording import record_changes
from server.core.records import created
from server.core.resources.constraints import translated
from server.inventory.models import Location, UnitOfMeasure
from server.organizations.models import Organization

MOST_DIGITS = 18
"""A number of a series fits a 64-bit integer."""

# Every move has two ends; what leaves or enters our own places has one of these at the other.
COUNTERPARTS = (
    ("SUPPLIERS", _("Suppliers"), Location.Kind.SUPPLIER),
    ("CUSTOMERS", _("Customers"), Location.Kind.CUSTOMER),
    ("ADJUSTMENT", _("Adjustments"), Location.Kind.ADJUSTMENT),
    ("SCRAP", _("Scrap"), Location.Kind.SCRAP),
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


class Named(Parameters):
    """A unit or a location by its code and name."""

    code: Annotated[str, Param("code", _("Code"), blank=False)]
    name: Annotated[str, Param("text", _("Name"), blank=False)]


class Series(Parameters):
    """The numbers of one kind of document: prefix and at least so many digits."""

    code: Annotated[str, Param("code", _("Kind of document"), blank=False)]
    prefix: Annotated[str, Param("text", _("Prefix"))] = ""
    padding: Annotated[int, Param("integer", _("Digits"), minimum=1)] = 5


class Setup(Parameters):
    """Everything that `erp init` asks. `password` is told to nobody: it is in no `repr` and no change."""

    code: Annotated[str, Param("code", _("Code"), blank=False)]
    name: Annotated[str, Param("text", _("Name"), blank=False)]
    base_currency: Annotated[str, Param("code", _("Base currency"), blank=False)]
    country: Annotated[str, Param("code", _("Country"))] = ""
    time_zone: Annotated[str, Param("code", _("Time zone"), blank=False)] = "UTC"
    language: Annotated[str, Param("code", _("Language"), blank=False)] = "en"
    units: Annotated[list[Named], Param("lines", _("Units"))]
    locations: Annotated[list[Named], Param("lines", _("Locations"))]
    series: Annotated[list[Series], Param("lines", _("Number series"))]
    username: Annotated[str, Param("code", _("User name"), blank=False)]
    full_name: Annotated[str, Param("text", _("Full name"))] = ""
    email: Annotated[str, Param("code", _("E-mail"))] = ""
    password: Annotated[str, Param("secret", _("Password"), blank=False)]

    def __repr__(self) -> str:
        return f"Setup({self.code!r})"


def set_up(setup: Setup, *, dry_run: bool = False) -> SecurityContext:
    """Make the organization, its units, places, series and administrator. Returns the actor with the changes.

    A dry run does all of it and takes it back. Raises `Invalid` with the path of each refused value in `Setup`,
    such as `units[2].code`; then nothing is there.
    """
    with transaction.atomic():
        actor = _organization(setup)
        _records(actor, setup)
        _administrator(actor, setup)
        if dry_run:
            transaction.set_rollback(True)
    return actor


def _organization(setup: Setup) -> SecurityContext:
    """Make the organization with its roles; the actor that makes the rest, with every right."""
    if Organization.objects.filter(code=setup.code).exists():
        message = _t("The organization %(code)s exists already. Choose another code.")
        raise Invalid.field("code", "duplicate", message % {"code": setup.code})
    organization = Organization(
        code=setup.code,
        name=setup.name,
        base_currency=setup.base_currency.upper(),
        country=setup.country.upper(),
        time_zone=setup.time_zone,
        language=setup.language,
    )
    _save(organization)
    synchronize_permissions()
    synchronize_system_roles(organization)
    actor = SecurityContext(organization_id=organization.pk, username=getpass.getuser(), reason="erp init")
    record_changes(actor, [created(organization)])
    return actor


def _administrator(actor: SecurityContext, setup: Setup) -> None:
    if User.objects.filter(username=normal_username(setup.username)).exists():
        message = _t("There is a user %(name)s already. Choose another name.")
        raise Invalid.field("username", "duplicate", message % {"name": setup.username})
    create_user(
        actor=actor,
        username=setup.username,
        password=setup.password,
        full_name=setup.full_name,
        email=setup.email,
        roles=[Role.objects.within(actor).get(name=ADMINISTRATOR)],
    )


def _records(actor: SecurityContext, setup: Setup) -> None:
    own = {"organization_id": actor.organization_id}
    made: list[tuple[str, UnitOfMeasure | Location | NumberSeries]] = []
    # First, so that a place of the person's own with such a code is refused on its own line.
    with translation.override(setup.language):
        made += [
            ("", Location(code=code, name=str(name), kind=kind, **own)) for code, name, kind in COUNTERPARTS
        ]
    made += [(f"units[{index}]", _unit(own, unit)) for index, unit in enumerate(setup.units)]
    made += [
        (
            f"locations[{index}]",
            Location(code=place.code, name=place.name, kind=Location.Kind.INTERNAL, **own),
        )
        for index, place in enumerate(setup.locations)
    ]
    made += [(f"series[{index}]", _series(own, series, index)) for index, series in enumerate(setup.series)]
    for path, record in made:
        with _placed(path):
            _save(record)
    record_changes(actor, [created(record) for _path, record in made])


def _unit(own: dict[str, int], unit: Named) -> UnitOfMeasure:
    dimension, factor, decimals = KNOWN_UNITS.get(unit.code.upper(), ("count", None, 0))
    return UnitOfMeasure(
        code=unit.code, name=unit.name, dimension=dimension, factor=factor, decimals=decimals, **own
    )


def _series(own: dict[str, int], series: Series, index: int) -> NumberSeries:
    if series.padding > MOST_DIGITS:
        message = _t("At most %(most)d digits.") % {"most": MOST_DIGITS}
        raise Invalid.field(f"series[{index}].padding", "too_large", message)
    return NumberSeries(code=series.code, prefix=series.prefix, padding=series.padding, **own)


def _save(record: models.Model) -> None:
    with translated(record):
        record.full_clean(exclude=["organization"], validate_unique=False, validate_constraints=False)
        record.save()


@contextmanager
def _placed(path: str) -> Iterator[None]:
    """Refusals of a record as refusals of its line."""
    try:
        yield
    except Invalid as refusal:
        raise Invalid([error.at(path) if path else error for error in refusal.errors]) from refusal
