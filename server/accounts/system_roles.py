"""The roles that every organization begins with, as data. To change one, copy it: these follow the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.utils.translation import gettext, gettext_noop

from server.core.context import system_context
from server.core.reasons import declare_reason
from server.core.recording import record_changes
from server.core.records import created
from server.organizations.models import Organization

from .changes import permissions_changed
from .models import Permission, Role, RolePermission
from .rights import rights_changed

ADMINISTRATOR = gettext_noop("Administrator")
CLERK = gettext_noop("Clerk")
BUYER = gettext_noop("Buyer")
HR_CLERK = gettext_noop("HR clerk")
READ_ONLY = gettext_noop("Read-only")
REASON = declare_reason(gettext_noop("System roles"))

_TRADE = (
    "suppliers",
    "customers",
    "partners",
    "contacts",
    "products",
    "categories",
    "units",
    "product-units",
    "barcodes",
    "supplier-prices",
    "locations",
    "lots",
    "stock-balances",
    "stock-moves",
    "opening-stock",
    "purchase-orders",
    "receipts",
    "sales-orders",
    "opportunities",
)
_SEE_TRADE = tuple(f"{name}.{verb}" for name in _TRADE for verb in ("view", "export"))
_OWN_FILTERS = tuple(f"saved-filters.{verb}" for verb in ("view", "create", "update", "delete"))
_OWN_WORK = ("jobs.view", "jobs.cancel", "imports.*", "audit.undo", *_OWN_FILTERS)


@dataclass(slots=True, frozen=True)
class SystemRole:
    """A role and the patterns of the permissions that it grants."""

    name: str
    description: str
    patterns: tuple[str, ...]

    def grants(self, permission: str) -> bool:
        """Whether one of the patterns fits."""
        return any(fnmatchcase(permission, pattern) for pattern in self.patterns)


SYSTEM_ROLES = (
    SystemRole(ADMINISTRATOR, gettext_noop("May do everything"), ("*",)),
    SystemRole(
        CLERK,
        gettext_noop("Receives and moves stock"),
        (
            *_SEE_TRADE,
            *_OWN_WORK,
            "purchasing.receive",
            "purchasing.reverse-receipt",
            "inventory.*",
            "lots.*",
            "opening-stock.*",
            "barcodes.*",
            "product-units.*",
        ),
    ),
    SystemRole(
        BUYER,
        gettext_noop("Keeps suppliers and prices, and orders from them"),
        (
            *_SEE_TRADE,
            *_OWN_WORK,
            "suppliers.*",
            "contacts.*",
            "products.*",
            "categories.*",
            "product-units.*",
            "barcodes.*",
            "supplier-prices.*",
            "purchase-orders.*",
            "purchasing.*",
        ),
    ),
    SystemRole(
        HR_CLERK,
        gettext_noop("Keeps employees and departments"),
        (*_OWN_WORK, "employees.*", "departments.*", "hr.*"),
    ),
    SystemRole(
        READ_ONLY, gettext_noop("Sees trade and stock, changes nothing"), (*_SEE_TRADE, "saved-filters.view")
    ),
)


def names() -> Iterator[tuple[str, str]]:
    """What is stored as the name of every system role, with the same in the language in force."""
    for role in SYSTEM_ROLES:
        yield role.name, gettext(role.name)


def descriptions() -> Iterator[tuple[str, str]]:
    """What is stored of every system role, with the same in the language in force."""
    for role in SYSTEM_ROLES:
        yield role.description, gettext(role.description)


def synchronize_system_roles(organization: Organization) -> None:
    """Bring the organization's system roles to what `SYSTEM_ROLES` says; running it again changes nothing.

    A role of the organization's own that has the name of a system role becomes that system role. The permissions
    must be there already: see `synchronize_permissions`.
    """
    actor = system_context(organization.pk, reason=REASON)
    keys = dict(Permission.objects.values_list("name", "pk"))
    roles = {role.name: role for role in Role.objects.within(organization)}
    changes = []
    for system_role in SYSTEM_ROLES:
        role = roles.get(system_role.name)
        if role is None:
            role = Role.objects.create(
                organization=organization,
                name=system_role.name,
                description=system_role.description,
                is_system_role=True,
            )
            changes.append(created(role))
        elif not role.is_system_role:
            role.is_system_role = True
            role.save(update_fields=["is_system_role"])
        wanted = {name for name in keys if system_role.grants(name)}
        had = set_permissions(role, wanted, keys)
        if had != wanted:
            changes.append(permissions_changed(role, had, wanted))
    if changes:
        record_changes(actor, changes)
        rights_changed(organization.pk)


def set_permissions(role: Role, wanted: Iterable[str], keys: dict[str, int]) -> set[str]:
    """Make the role grant exactly these permissions; answers those that it granted before.

    `keys` gives the key of each permission by its name. Statements do not grow with the permissions.
    """
    granted = RolePermission.objects.within(role).filter(role=role)
    had = set(granted.values_list("permission__name", flat=True))
    names = set(wanted)
    if had - names:
        granted.filter(permission__name__in=had - names).delete()
    RolePermission.objects.bulk_create(
        RolePermission(organization_id=role.organization_id, role=role, permission_id=keys[name])
        for name in sorted(names - had)
    )
    return had
