"""The permissions that exist: made from what the apps declare, never by hand (E-020)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy

from server.core.exporting.columns import personal_columns
from server.core.operations import all_operations
from server.core.resources import all_resources
from server.organizations.models import Organization

from .models import Permission
from .system_roles import synchronize_system_roles

VERBS = {
    "list": gettext_lazy("See: %(what)s"),
    "create": gettext_lazy("Create: %(what)s"),
    "update": gettext_lazy("Change: %(what)s"),
    "delete": gettext_lazy("Delete: %(what)s"),
    "import": gettext_lazy("Import: %(what)s"),
    "export": gettext_lazy("Export: %(what)s"),
}
PERSONAL = gettext_lazy("Export with the personal data: %(what)s")
RUN = gettext_lazy("Run: %(what)s")


@dataclass(slots=True, frozen=True)
class PermissionSpec:
    """A permission as declared: its name and what it allows, the name of what it is about put in for `what`."""

    name: str
    pattern: Any
    what: Any = ""

    def said(self) -> str:
        """What it allows, in the language in force."""
        return str(self.pattern) % {"what": self.what} if self.what else str(self.pattern)

    @property
    def description(self) -> str:
        """What it allows in English, as it is stored; `descriptions` says it in the reader's language."""
        with translation.override("en"):
            return self.said()

    @property
    def resource(self) -> str:
        """What is acted on: a resource, or the module of an operation."""
        return self.name.rpartition(".")[0]

    @property
    def action(self) -> str:
        """What is done to it."""
        return self.name.rpartition(".")[2]


_further: dict[str, PermissionSpec] = {}


def declare_permission(name: str, description: Any) -> str:
    """Declare a permission that is neither a resource's nor an operation's, and answer its name.

    For what goes beyond an operation, such as receiving more than is tolerated; its description is lazy. Raises `ValueError` for a name
    without a dot or one that is declared already.
    """
    if "." not in name or name in _further:
        raise ValueError(f"{name} is no name for a further permission.")
    _further[name] = PermissionSpec(name, description)
    return name


def declared_permissions() -> dict[str, PermissionSpec]:
    """All permissions of resources and operations, and the further ones, by name."""
    specs = dict(_further)
    for resource in all_resources().values():
        for verb in resource.operations:
            name = resource.permission(verb)
            specs[name] = PermissionSpec(name, VERBS[verb], resource.title)
        if "export" in resource.operations and personal_columns(resource):
            name = resource.permission("export_personal")
            specs[name] = PermissionSpec(name, PERSONAL, resource.title)
    for operation in all_operations().values():
        specs.setdefault(operation.permission, PermissionSpec(operation.permission, RUN, operation.title))
    return specs


def descriptions() -> Iterator[tuple[str, str]]:
    """What is stored of every permission, with what it allows in the language in force."""
    specs = declared_permissions().values()
    with translation.override("en"):
        stored = [spec.said() for spec in specs]
    yield from zip(stored, (spec.said() for spec in specs), strict=True)


@transaction.atomic
def synchronize_permissions() -> None:
    """Bring the permissions and the system roles of every organization to what the program declares.

    Run after each migration and before each set-up; running it again changes nothing.
    """
    declared = declared_permissions()
    stored = {permission.name: permission for permission in Permission.objects.all()}
    Permission.objects.filter(name__in=stored.keys() - declared.keys()).delete()
    Permission.objects.bulk_create(
        Permission(name=spec.name, resource=spec.resource, action=spec.action, description=spec.description)
        for name, spec in declared.items()
        if name not in stored
    )
    reworded = []
    for name, permission in stored.items():
        if name in declared and permission.description != declared[name].description:
            permission.description = declared[name].description
            reworded.append(permission)
    Permission.objects.bulk_update(reworded, ["description"])
    for organization in Organization.objects.all():
        synchronize_system_roles(organization)
